"""A token's way from the station to its user and back: legal steps only, each in the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from host_tools.inventory.errors import FieldError, TokenStateError
from host_tools.inventory.recording import token_of
from host_tools.inventory.rows import Token
from host_tools.inventory.schema import TokenRow
from host_tools.inventory.states import KEYLESS, TokenState
from host_tools.inventory.store import Inventory
from host_tools.inventory.taken import refuse_operators_token
from host_tools.inventory.token_rows import move, token_row

LONGEST_USER = 64  # characters


@dataclass(frozen=True, slots=True)
class Step:
    """Where it leads; `begin` is where the token has to come from, where several states would do."""

    end: TokenState
    begin: TokenState | None = None


ASSIGN: Final = Step(TokenState.ASSIGNED)
RELEASE: Final = Step(TokenState.SEALED, TokenState.ASSIGNED)
SHIP: Final = Step(TokenState.SHIPPED)
TAKE_BACK: Final = Step(TokenState.RETURNED)
MAKE_BLANK: Final = Step(TokenState.BLANK)
DESTROY: Final = Step(TokenState.DESTROYED)


def take(inventory: Inventory, step: Step, serials: Iterable[str], user: str | None = None) -> list[Token]:
    """Take a step with all of these tokens, or with none; `user` is whose they are, for ASSIGN.

    An operator's token keeps its keys. Raises UnknownSerialError, TokenStateError, FieldError, OperatorTokenError.
    """
    if step is ASSIGN:
        checked_user(user or "")
    with inventory.writing() as session:
        tokens = [_moved(inventory, session, serial, step, user) for serial in dict.fromkeys(serials)]
    if step.end in KEYLESS:
        inventory.empty_log()
    return tokens


def assign(inventory: Inventory, serial: str, user: str) -> Token:
    """The token is this user's. Raises UnknownSerialError, TokenStateError, FieldError."""
    return _one(inventory, ASSIGN, serial, user)


def release(inventory: Inventory, serial: str) -> Token:
    """An assigned token that was not sent is nobody's again. Raises UnknownSerialError, TokenStateError."""
    return _one(inventory, RELEASE, serial)


def ship(inventory: Inventory, serial: str) -> Token:
    """The token is sent to its user. Raises UnknownSerialError, TokenStateError."""
    return _one(inventory, SHIP, serial)


def take_back(inventory: Inventory, serial: str) -> Token:
    """The token came back. Raises UnknownSerialError, TokenStateError."""
    return _one(inventory, TAKE_BACK, serial)


def make_blank(inventory: Inventory, serial: str) -> Token:
    """The unit was seen blank: its keys are dropped here too. Raises as `take` does."""
    return _one(inventory, MAKE_BLANK, serial)


def destroy(inventory: Inventory, serial: str) -> Token:
    """The token is no more, or lost for good: its keys are dropped. Raises as `take` does."""
    return _one(inventory, DESTROY, serial)


def checked_user(user: str) -> str:
    """A user's name, if it can be one. Raises FieldError."""
    if not 1 <= len(user) <= LONGEST_USER or not user.isprintable() or user != user.strip():
        raise FieldError(
            "user", f"a user's name has 1 to {LONGEST_USER} printable characters, and no space at its ends"
        )
    return user


def _one(inventory: Inventory, step: Step, serial: str, user: str | None = None) -> Token:
    return take(inventory, step, [serial], user)[0]


def _moved(inventory: Inventory, session: Session, serial: str, step: Step, user: str | None) -> Token:
    row = token_row(session, serial)
    if step.begin is not None and row.state != step.begin:
        raise TokenStateError(serial, row.state, [step.begin])
    was = move(row, step.end)
    if step.end in KEYLESS:
        refuse_operators_token(session, serial)
        _drop_keys(session, row)
    if step.end is TokenState.ASSIGNED:
        row.user = user
    elif step.end in KEYLESS or step.end is TokenState.SEALED:
        row.user = None
    detail = {} if user is None else {"user": user}
    inventory.note(session, step.end.words, serial, was=was.words, **detail)
    return token_of(row)


def _drop_keys(session: Session, row: TokenRow) -> None:
    row.secrets.clear()
    row.credentials.clear()
    session.flush()
