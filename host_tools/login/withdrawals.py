"""Withdrawals: allowed by the limit of the device that authenticated the session, and recorded as they are allowed.

All of a user's withdrawals count, by whichever device (docs/decisions/0033).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, case, delete, func, insert, select

from host_tools.inventory.cancelling import CANCELLED, detail_of
from host_tools.inventory.schema import UserRow, WithdrawalRow, table_of
from host_tools.login import withdrawal_number
from host_tools.login.accounts import user_in
from host_tools.login.rules.calendar import BusinessCalendar
from host_tools.login.rules.limits import LARGEST, Made, day_begins, judge
from host_tools.login.sessions import LoginSession, full_session_in
from host_tools.login.system import LoginSystem, Work
from host_tools.login.use_errors import UnknownWithdrawalError
from host_tools.login.withdrawal_answers import Withdrawn, check_key, remember, told
from host_tools.policy.kinds import DeviceKind
from host_tools.policy.rules import Limit

REFERENCE_LENGTH: Final = 16  # bytes


@dataclass(frozen=True, slots=True)
class Left:
    """What may be withdrawn with a device of this kind (None: with none), in cents; None is unlimited. Times are UTC.

    `more_at` is when more than now will be possible; None if the limits are untouched. `unknown_since_backup`: after a
    restore nobody knows what was withdrawn, which counts as if the limits were used up.
    """

    kind: DeviceKind | None
    limit: Limit
    left_today: int | None
    left_in_window: int | None
    left: int | None
    more_at: datetime | None
    unknown_since_backup: bool


def withdraw(system: LoginSystem, token: str, cents: int, idempotency_key: str | None = None) -> Withdrawn:
    """Judge a withdrawal in a session, and record it if it is allowed, so that no two use one limit twice.

    Whoever asks again with the same key, in any session of the same user, is told the first answer again, and nothing
    is judged or recorded; without a key each call is a withdrawal of its own. What is told to be left is what is left
    after it. The answer is the same in a session of the duress PIN; the audit log has the alarm. Raises SessionError,
    LimitedSessionError, AmountError, CalendarEndError, IdempotencyKeyError, IdempotencyKeyUsedError,
    CancelledWithdrawalError, TooManyWithdrawalsError.
    """
    if idempotency_key is not None:
        check_key(idempotency_key)
    with system.writing() as work:
        found = full_session_in(work, token)
        user = found.user.id
        before = None if idempotency_key is None else told(work, user, idempotency_key, cents)
        if before is not None:
            found.note(work, "withdrawal answered again", cents=cents, withdrawal=before.reference)
            return before
        withdrawal_number.count(work, user)
        withdrawn = _judged(work, found, cents)
        if idempotency_key is not None:
            remember(work, user, idempotency_key, cents, withdrawn)
        return withdrawn


def limits(system: LoginSystem, token: str) -> Left:
    """What may be withdrawn in a session. Raises SessionError, LimitedSessionError, CalendarEndError."""
    with system.reading() as work:
        found = full_session_in(work, token)
        return left_in(work, found.user.id, found.device.kind)


def left_in(work: Work, user: int, kind: DeviceKind | None) -> Left:
    """The same for a user and a kind of device, in a transaction of the caller's. Raises CalendarEndError."""
    limit = work.rules.withdrawals.limit(kind)
    rows = _counting(work, user)
    smallest = judge(1, _made(rows), work.now, limit, BusinessCalendar.of(work.rules))
    return Left(
        kind, limit, smallest.left_today, smallest.left_in_window, smallest.left, smallest.more_at,
        any(row.unknown for row in rows),
    )  # fmt: skip


def cancel(system: LoginSystem, reference: str) -> None:
    """The operator's word that a withdrawal was not made after all: it counts no more.

    The holder of a session cannot do this. Raises UnknownWithdrawalError.
    """
    try:
        wanted = bytes.fromhex(reference)
    except ValueError:
        wanted = b""
    with system.writing() as work:
        row = work.connection.execute(_ONE, {"reference": wanted}).first()
        if row is None:
            raise UnknownWithdrawalError(reference)
        work.connection.execute(delete(_WITHDRAWALS).where(_W.id == row.id))
        work.note(CANCELLED, **detail_of(row.name, row.cents, wanted))


def none_since_backup(system: LoginSystem, name: str | None = None) -> int:
    """The operator's word, after a restore, that what the user (or anybody) has withdrawn since the backup is known.

    Until then all limits of theirs count as used up at the restore. For how many users that was lifted. Raises
    UnknownUserError.
    """
    with system.writing() as work:
        of_user = [] if name is None else [_W.user_id == user_in(work, name).id]
        lifted = work.connection.execute(delete(_WITHDRAWALS).where(_W.cents.is_(None), *of_user)).rowcount
        work.note("withdrawals known", user=name, users=lifted)
        return int(lifted)


def _counting(work: Work, user: int) -> Sequence[Any]:
    """What counts now, in one row a day: a moment of it (`at`), the `amount`, how many `unknown` ones are in that.

    Only what is of a later day than today has a row for each moment: no more than were made while the clock was ahead.
    """
    first, *ends = day_begins(work.now, BusinessCalendar.of(work.rules))
    day = case(*((_W.at < end, number) for number, end in enumerate(ends)))
    later = case((_W.at >= ends[-1], _W.at))
    query = _SUMS.where(_W.user_id == user, _W.at >= first).group_by(day, later)
    return work.connection.execute(query).all()


def _made(rows: Sequence[Any]) -> list[Made]:
    return [Made(row.at, int(row.amount)) for row in rows]


def _judged(work: Work, found: LoginSession, cents: int) -> Withdrawn:
    """One that was not asked for before."""
    limit = work.rules.withdrawals.limit(found.device.kind)
    made = [] if limit.is_none else _made(_counting(work, found.user.id))
    calendar = BusinessCalendar.of(work.rules)
    judged = judge(cents, made, work.now, limit, calendar)
    reference = _record(work, found, cents) if judged.allowed else None
    event = "withdrawal allowed" if judged.allowed else "withdrawal refused"
    found.note(work, event, cents=cents, withdrawal=reference)
    if judged.allowed:
        left = judge(1, [*made, Made(work.now, cents)], work.now, limit, calendar)
        judged = replace(
            judged, left_today=left.left_today, left_in_window=left.left_in_window, more_at=left.more_at
        )
    return Withdrawn(judged, reference)


def _record(work: Work, found: LoginSession, cents: int) -> str:
    reference = os.urandom(REFERENCE_LENGTH)
    values = {
        "reference": reference,
        "user_id": found.user.id,
        "session_id": found.id,
        "device_kind": found.device.kind.value,
        "cents": cents,
        "at": work.now,
        "is_alarm": found.is_alarm,
    }
    work.connection.execute(_INSERT, values)
    return reference.hex()


_WITHDRAWALS, _USERS = table_of(WithdrawalRow), table_of(UserRow)
_W = _WITHDRAWALS.c
_SUMS: Final = select(
    func.min(_W.at).label("at"),
    func.sum(func.coalesce(_W.cents, LARGEST)).label("amount"),
    (func.count() - func.count(_W.cents)).label("unknown"),
)
_ONE: Final = (
    select(_W.id, _W.cents, _USERS.c.name)
    .join_from(_WITHDRAWALS, _USERS, _USERS.c.id == _W.user_id)
    .where(_W.reference == bindparam("reference"))
)
_INSERT: Final = insert(_WITHDRAWALS)
