"""Serials issued from batches: each number once, to whichever station asks first."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_tools.inventory import token_rows
from host_tools.inventory.errors import (
    BatchInUseError,
    BatchSpentError,
    BatchStoppedError,
    FieldError,
    UnknownBatchError,
)
from host_tools.inventory.schema import BatchRow, TokenRow
from host_tools.inventory.serials import Batch
from host_tools.inventory.states import TokenState
from host_tools.inventory.store import Inventory


def begin_batch(inventory: Inventory, batch: Batch, first: int = 1) -> None:
    """Make a batch whose first serial has the number `first`, or go on at it with one that a restore has stopped.

    Raises FieldError, BatchInUseError.
    """
    batch.serial(first)
    with inventory.writing() as session:
        row = session.get(BatchRow, batch.prefix)
        if row is not None and row.stopped:
            _go_on(row, batch, first)
            inventory.note(session, "batch gone on with", prefix=batch.prefix, first=first)
            return
        if row is not None:
            raise BatchInUseError(batch.prefix)
        session.add(BatchRow(prefix=batch.prefix, digits=batch.digits, next_number=first))
        inventory.note(session, "batch begun", prefix=batch.prefix, digits=batch.digits, first=first)


def check_batch(inventory: Inventory, prefix: str) -> None:
    """Find out whether serials of this batch can be issued.

    Raises UnknownBatchError, BatchStoppedError, BatchSpentError.
    """
    with inventory.reading() as session:
        _next_of(_known(session, prefix))


def check_free(inventory: Inventory, serial: str) -> None:
    """Find out whether a unit can get this serial. Raises SerialInUseError, SerialFormError, FieldError."""
    with inventory.reading() as session:
        token_rows.check_free(session, serial)


def issue_serial(inventory: Inventory, prefix: str) -> str:
    """The next serial of a batch, which is never issued again, whatever becomes of the token.

    Raises UnknownBatchError, BatchSpentError, BatchStoppedError.
    """
    with inventory.writing() as session:
        return _next(inventory, session, prefix)


def _next(inventory: Inventory, session: Session, prefix: str) -> str:
    row = _known(session, prefix)
    serial = _next_of(row)
    row.next_number += 1
    session.flush()
    inventory.note(session, "serial issued", serial)
    return serial


def _next_of(row: BatchRow) -> str:
    batch = Batch(row.prefix, row.digits)
    if row.stopped:
        raise BatchStoppedError(row.prefix, batch.serial(row.next_number))
    if row.next_number not in batch.numbers:
        raise BatchSpentError(row.prefix)
    return batch.serial(row.next_number)


def allot_serial(
    inventory: Inventory,
    uid: bytes,
    *,
    board: str,
    firmware_version: str,
    prefix: str | None = None,
    serial: str | None = None,
) -> str:
    """The serial that a blank unit is to get: this one, or the next of a batch. It stands as blank from here on.

    A unit that was allotted one of that batch before, and was not made, keeps it.
    Raises UnknownBatchError, BatchSpentError, BatchStoppedError, SerialInUseError, SerialFormError, FieldError.
    """
    if (prefix is None) == (serial is None):
        raise FieldError("serial", "a unit gets a serial, or one of a batch")
    with inventory.writing() as session:
        row = None if prefix is None else _allotted_before(session, uid, prefix)
        if row is None:
            wanted = _next(inventory, session, prefix) if prefix is not None else serial
            row = token_rows.take_serial(session, wanted or "", inventory.now())
        row.uid, row.board, row.firmware_version = bytes(uid), board, firmware_version
        return row.serial


def _allotted_before(session: Session, uid: bytes, prefix: str) -> TokenRow | None:
    query = select(TokenRow).where(
        TokenRow.uid == bytes(uid),
        TokenRow.state == TokenState.BLANK,
        TokenRow.serial.startswith(f"{prefix}-", autoescape=True),
    )
    return session.scalar(query.order_by(TokenRow.id).limit(1))


def _go_on(row: BatchRow, batch: Batch, first: int) -> None:
    if batch.digits != row.digits:
        raise FieldError("digits", f"serials {row.prefix} have {row.digits} digits, not {batch.digits}")
    if first < row.next_number:
        raise FieldError("first", f"serials {row.prefix} were issued up to the number {row.next_number - 1}")
    row.next_number, row.stopped = first, False


def _known(session: Session, prefix: str) -> BatchRow:
    row = session.get(BatchRow, prefix)
    if row is None:
        raise UnknownBatchError(
            prefix, session.scalars(select(BatchRow.prefix).order_by(BatchRow.prefix)).all()
        )
    return row
