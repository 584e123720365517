"""What a withdrawal was answered, told again to whoever asks again with the same idempotency key.

An allowed one counts once, and a refused one stays refused (docs/decisions/0033).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, insert, select

from host_tools.inventory.schema import WithdrawalAnswerRow, WithdrawalRow, table_of
from host_tools.login.rules.limits import Judged, Reason
from host_tools.login.system import Work
from host_tools.login.use_errors import (
    CancelledWithdrawalError,
    IdempotencyKeyError,
    IdempotencyKeyUsedError,
)

KEY: Final = "^[A-Za-z0-9_-]{16,64}$"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What is said of a withdrawal; `reference` is what it can be cancelled by, None if it is refused."""

    judged: Judged
    reference: str | None


def check_key(key: str) -> None:
    """Raises IdempotencyKeyError for what can be none."""
    if re.fullmatch(KEY, key) is None:
        raise IdempotencyKeyError


def told(work: Work, user: int, key: str, cents: int) -> Withdrawn | None:
    """What this key was answered before; None if it is new.

    Raises IdempotencyKeyUsedError (for another user's withdrawal, or another amount), CancelledWithdrawalError.
    """
    row = work.connection.execute(_BY_KEY, {"key": key}).first()
    if row is None:
        return None
    if row.user_id != user:
        raise IdempotencyKeyUsedError("user")
    if row.cents != cents:
        raise IdempotencyKeyUsedError("amount")
    if row.reference is not None and row.counted is None:
        raise CancelledWithdrawalError(row.reference.hex())
    reason = None if row.reason is None else Reason(row.reason)
    judged = Judged(reason, row.left_today, row.left_in_window, row.possible_at, row.more_at)
    return Withdrawn(judged, None if row.reference is None else row.reference.hex())


def remember(work: Work, user: int, key: str, cents: int, withdrawn: Withdrawn) -> None:
    """The first answer, in the transaction that judged it."""
    judged, reference = withdrawn.judged, withdrawn.reference
    values = {
        "idempotency_key": key,
        "user_id": user,
        "cents": cents,
        "reference": None if reference is None else bytes.fromhex(reference),
        "reason": None if judged.reason is None else judged.reason.value,
        "left_today": judged.left_today,
        "left_in_window": judged.left_in_window,
        "possible_at": judged.possible_at,
        "more_at": judged.more_at,
    }
    work.connection.execute(_INSERT, values)


_ANSWERS, _WITHDRAWALS = table_of(WithdrawalAnswerRow), table_of(WithdrawalRow)
_A, _W = _ANSWERS.c, _WITHDRAWALS.c
_INSERT: Final = insert(_ANSWERS)
_BY_KEY: Final = (
    select(*_A, _W.id.label("counted"))
    .select_from(_ANSWERS.outerjoin(_WITHDRAWALS, _W.reference == _A.reference))
    .where(_A.idempotency_key == bindparam("key"))
)
