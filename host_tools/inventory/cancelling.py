"""Withdrawals that an operator has cancelled: their rows are gone, but the log and what was answered tell of them."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_tools.inventory.schema import AuditRow, WithdrawalAnswerRow, WithdrawalRow, table_of

CANCELLED: Final = "withdrawal cancelled"  # the event in the audit log


def detail_of(name: str, cents: int | None, reference: bytes) -> dict[str, Any]:
    """What the audit log tells of one, of the user `name`; `cents` is None for all that nobody knows of."""
    return {"user": name, "cents": cents, "withdrawal": reference.hex()}


def cancelled(session: Session) -> set[bytes]:
    """The references of all that this inventory knows of."""
    connection = session.connection()
    logged = {bytes.fromhex(json.loads(detail)["withdrawal"]) for detail in connection.scalars(_LOGGED)}
    return logged.union(connection.scalars(_ANSWERED))


_LOG, _ANSWERS = table_of(AuditRow).c, table_of(WithdrawalAnswerRow)
_WITHDRAWALS = table_of(WithdrawalRow).c
_LOGGED: Final = select(_LOG.detail).where(_LOG.event == CANCELLED)
_ANSWERED: Final = select(_ANSWERS.c.reference).where(
    _ANSWERS.c.reference.is_not(None),
    ~select(_WITHDRAWALS.id).where(_WITHDRAWALS.reference == _ANSWERS.c.reference).exists(),
)
