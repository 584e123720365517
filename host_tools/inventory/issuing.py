"""Serials issued from batches: each number once, to whichever station asks first."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_tools.inventory.errors import BatchInUseError, BatchSpentError, UnknownBatchError
from host_tools.inventory.schema import BatchRow
from host_tools.inventory.serials import Batch
from host_tools.inventory.store import Inventory


def begin_batch(inventory: Inventory, batch: Batch, first: int = 1) -> None:
    """Make a batch whose first serial has the number `first`. Raises FieldError, BatchInUseError."""
    batch.serial(first)
    with inventory.writing() as session:
        if session.get(BatchRow, batch.prefix) is not None:
            raise BatchInUseError(batch.prefix)
        session.add(BatchRow(prefix=batch.prefix, digits=batch.digits, next_number=first))
        inventory.note(session, "batch begun", prefix=batch.prefix, digits=batch.digits, first=first)


def issue_serial(inventory: Inventory, prefix: str) -> str:
    """The next serial of a batch, which is never issued again, whatever becomes of the token.

    Raises UnknownBatchError, BatchSpentError.
    """
    with inventory.writing() as session:
        row = _known(session, prefix)
        batch = Batch(row.prefix, row.digits)
        if row.next_number not in batch.numbers:
            raise BatchSpentError(prefix)
        serial = batch.serial(row.next_number)
        row.next_number += 1
        inventory.note(session, "serial issued", serial)
        return serial


def _known(session: Session, prefix: str) -> BatchRow:
    row = session.get(BatchRow, prefix)
    if row is None:
        raise UnknownBatchError(
            prefix, session.scalars(select(BatchRow.prefix).order_by(BatchRow.prefix)).all()
        )
    return row
