"""A token's way from the station to its user and back: legal steps only, each in the audit log."""

from __future__ import annotations

from sqlalchemy.orm import Session

from host_tools.inventory.errors import FieldError, TokenStateError
from host_tools.inventory.recording import token_of
from host_tools.inventory.rows import Token
from host_tools.inventory.schema import TokenRow
from host_tools.inventory.states import KEYLESS, TokenState
from host_tools.inventory.store import Inventory, move

LONGEST_USER = 64  # characters


def assign(inventory: Inventory, serial: str, user: str) -> Token:
    """The token is this user's. Raises UnknownSerialError, TokenStateError, FieldError."""
    checked_user(user)
    return _moved(inventory, serial, TokenState.ASSIGNED, user=user)


def release(inventory: Inventory, serial: str) -> Token:
    """An assigned token that was not sent is nobody's again. Raises UnknownSerialError, TokenStateError."""
    return _moved(inventory, serial, TokenState.SEALED, begin=TokenState.ASSIGNED)


def ship(inventory: Inventory, serial: str) -> Token:
    """The token is sent to its user. Raises UnknownSerialError, TokenStateError."""
    return _moved(inventory, serial, TokenState.SHIPPED)


def take_back(inventory: Inventory, serial: str) -> Token:
    """The token came back. Raises UnknownSerialError, TokenStateError."""
    return _moved(inventory, serial, TokenState.RETURNED)


def make_blank(inventory: Inventory, serial: str) -> Token:
    """The unit was seen blank: its keys are dropped here too. Raises UnknownSerialError, TokenStateError."""
    return _moved(inventory, serial, TokenState.BLANK)


def destroy(inventory: Inventory, serial: str) -> Token:
    """The token is no more, or lost for good: its keys are dropped. Raises UnknownSerialError, TokenStateError."""
    return _moved(inventory, serial, TokenState.DESTROYED)


def checked_user(user: str) -> str:
    """A user's name, if it can be one. Raises FieldError."""
    if not 1 <= len(user) <= LONGEST_USER or not user.isprintable() or user != user.strip():
        raise FieldError(
            "user", f"a user's name has 1 to {LONGEST_USER} printable characters, and no space at its ends"
        )
    return user


def _moved(
    inventory: Inventory,
    serial: str,
    state: TokenState,
    user: str | None = None,
    begin: TokenState | None = None,
) -> Token:
    """The token in its new state; `begin` is where it has to come from, where several states would do."""
    with inventory.writing() as session:
        row = inventory.token_row(session, serial)
        if begin is not None and row.state != begin:
            raise TokenStateError(serial, row.state, [begin])
        was = move(row, state)
        if state in KEYLESS:
            _drop_keys(session, row)
        if state is TokenState.ASSIGNED:
            row.user = user
        elif state in KEYLESS or state is TokenState.SEALED:
            row.user = None
        detail = {} if user is None else {"user": user}
        inventory.note(session, state.words, serial, was=was.words, **detail)
        token = token_of(row)
    if state in KEYLESS:
        inventory.empty_log()
    return token


def _drop_keys(session: Session, row: TokenRow) -> None:
    row.secrets.clear()
    row.credentials.clear()
    session.flush()
