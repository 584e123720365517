"""Rows of tokens and credentials, found in a transaction of the caller's: by serial, new ones too, and their states."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_tools.inventory.errors import (
    SerialFormError,
    SerialInUseError,
    TokenStateError,
    UnknownCredentialError,
    UnknownSerialError,
)
from host_tools.inventory.nearest import nearest
from host_tools.inventory.rows import OURS, Credential, checked_serial
from host_tools.inventory.schema import BatchRow, CredentialRow, TokenRow
from host_tools.inventory.serials import Batch
from host_tools.inventory.states import NEXT, TokenState, before


def token_row(session: Session, serial: str) -> TokenRow:
    """The token's row; raises UnknownSerialError, which names the nearest ones.

    And SerialFormError, if the serial begins as those of a batch, and is none.
    """
    row = _known(session, serial)
    if row is None:
        nearby = nearest(session, serial)
        try:
            check_issued(session, serial)
        except SerialFormError as error:
            raise SerialFormError(serial, error.reason, nearby) from None
        raise UnknownSerialError(serial, nearby)
    return row


def credential_row(session: Session, credential: Credential) -> CredentialRow:
    """The credential's row; raises UnknownCredentialError if it was dropped in the meantime."""
    row = session.scalar(select(CredentialRow).where(CredentialRow.credential_id == credential.id))
    if row is None or row.token.serial != credential.serial:
        raise UnknownCredentialError(credential.serial, credential.label, [])
    return row


def take_serial(session: Session, serial: str, now: datetime) -> TokenRow:
    """The row of a serial that is blank, or was none yet. Raises SerialInUseError, SerialFormError, FieldError."""
    row = check_free(session, serial)
    if row is None:
        row = TokenRow(
            serial=serial,
            board="",
            uid=b"",
            firmware_version="",
            state=TokenState.BLANK.value,
            created_at=now,
            manufacturer=OURS,
        )
        session.add(row)
    return row


def check_free(session: Session, serial: str) -> TokenRow | None:
    """The row of a serial that is blank, None of one that was none yet. Raises as `take_serial`."""
    checked_serial(serial)
    row = _known(session, serial)
    if row is None:
        check_issued(session, serial)
    elif row.state != TokenState.BLANK:
        raise SerialInUseError(serial)
    return row


def check_issued(session: Session, serial: str) -> None:
    """Raises SerialFormError for what has a batch's prefix and was not issued from it."""
    prefix, dash, _ = serial.partition("-")
    row = session.get(BatchRow, prefix) if dash else None
    if row is None:
        return
    batch = Batch(row.prefix, row.digits)
    if batch.number(serial) >= row.next_number:
        raise SerialFormError(
            serial, f"it was not issued yet; the next one is {batch.serial(row.next_number)}"
        )


def move(row: TokenRow, state: TokenState) -> TokenState:
    """Take a token to another state; returns the one that it was in. Raises TokenStateError."""
    was = TokenState(row.state)
    if state not in NEXT[was]:
        raise TokenStateError(row.serial, was, before(state))
    row.state = state.value
    return was


def _known(session: Session, serial: str) -> TokenRow | None:
    return session.scalar(select(TokenRow).where(TokenRow.serial == serial))
