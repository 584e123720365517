"""The operator's view of a user's withdrawals, without a session: what was made, and what is left by each device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select

from host_tools.inventory.schema import WithdrawalAnswerRow, WithdrawalRow, table_of
from host_tools.login.accounts import user_in
from host_tools.login.devices import devices_in
from host_tools.login.system import LoginSystem
from host_tools.login.withdrawals import Left, left_in
from host_tools.policy.kinds import DeviceKind


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One that counts; times are UTC. `cents` is None for all that may have been withdrawn between backup and restore.

    `is_alarm`: the duress PIN had opened its session, or was used in it before. What is done then is for the operator
    to know alone. `idempotency_key` is what the caller chose for it, if he did.
    """

    reference: str
    cents: int | None
    at: datetime
    kind: DeviceKind | None
    is_alarm: bool
    idempotency_key: str | None


def limits_of(system: LoginSystem, name: str) -> list[Left]:
    """What may be withdrawn without a device, and by each kind that the user can log in with.

    A limited session withdraws nothing, whatever is left. Raises UnknownUserError, CalendarEndError.
    """
    with system.reading() as work:
        user = user_in(work, name)
        usable = [one.kind for one in devices_in(work, user.id) if one.is_usable(work.now)]
        return [left_in(work, user.id, kind) for kind in (None, *dict.fromkeys(usable))]


def withdrawals_of(system: LoginSystem, name: str) -> list[Withdrawal]:
    """All that are on record, the first one first. Raises UnknownUserError."""
    with system.reading() as work:
        rows = work.connection.execute(_OF_USER, {"user": user_in(work, name).id})
        return [
            Withdrawal(
                row.reference.hex(),
                row.cents,
                row.at,
                None if row.device_kind is None else DeviceKind(row.device_kind),
                row.is_alarm,
                row.idempotency_key,
            )
            for row in rows
        ]


_WITHDRAWALS, _ANSWERS = table_of(WithdrawalRow), table_of(WithdrawalAnswerRow)
_W, _A = _WITHDRAWALS.c, _ANSWERS.c
_OF_USER: Final = (
    select(_W.reference, _W.cents, _W.at, _W.device_kind, _W.is_alarm, _A.idempotency_key)
    .select_from(_WITHDRAWALS.outerjoin(_ANSWERS, _A.reference == _W.reference))
    .where(_W.user_id == bindparam("user"))
    .order_by(_W.at, _W.id)
)
