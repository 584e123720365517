"""What logins need no more is removed long after its end: what was asked, messages, cards and passcodes.

A little at a time, so that whoever logs in meanwhile hardly waits. What is asked goes by the order in which it was
written: where a thousand in a row are young, so is all that follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, select

from host_tools.inventory.schema import DemandRow, DeviceRow, OutboxRow, UserRow, table_of
from host_tools.login import standing
from host_tools.login.accounts import user_in
from host_tools.login.device_life import end
from host_tools.login.devices import DeviceState, device_in
from host_tools.login.system import LoginSystem, Work

AT_ONCE: Final = 100  # rows removed in one transaction: some milliseconds in which nobody else writes
LOOKED_AT: Final = 1000  # rows looked at in one step


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many demands and messages were removed, and how many cards and passcodes ended that were long over."""

    demands: int = 0
    messages: int = 0
    devices: int = 0

    def __add__(self, other: Tidied) -> Tidied:
        return Tidied(
            self.demands + other.demands, self.messages + other.messages, self.devices + other.devices
        )


def tidy(system: LoginSystem) -> Tidied:
    """All of it; what was done."""
    return sum(steps(system), Tidied())


def steps(system: LoginSystem) -> Iterator[Tidied]:
    """The same in steps of some ten milliseconds, as whoever goes through them likes; what each has done."""
    # First the devices: the pairs of a card are kept until it has ended.
    yield from _end_devices(system)
    for demands in _forget(system, _DEMANDS_AFTER, _FORGET_DEMANDS, _spent):
        yield Tidied(demands=demands)
    for messages in _forget(system, _MESSAGES_AFTER, _FORGET_MESSAGES, _without_secret):
        yield Tidied(messages=messages)


def _end_devices(system: LoginSystem) -> Iterator[Tidied]:
    """Their secrets are forgotten, and no clock that is set back brings them to life."""
    with system.reading() as work:
        found = work.connection.execute(_OVER, {"before": _before(work)}).all()
    for name, number in found:
        with system.writing() as work:
            user = user_in(work, name)
            device = device_in(work, user, number)
            if device.state is DeviceState.ENDED:
                continue  # by another process
            end(work, user, device)
        yield Tidied(devices=1)
    if found:
        system.inventory.empty_log()


def _forget(
    system: LoginSystem, rows_after: Any, forget: Any, spent: Callable[[Work, Sequence[Any]], list[int]]
) -> Iterator[int]:
    """How many rows each step has removed: of those that ended long ago, the ones that `spent` names."""
    after, goes_on = 0, True
    while goes_on:
        with system.reading() as work:
            before = _before(work)
            rows = work.connection.execute(rows_after, {"after": after, "most": LOOKED_AT}).all()
            old = [row for row in rows if row.expires_at <= before]
            numbers = spent(work, old)
        yield _removed(system, forget, numbers)
        goes_on = bool(old)
        after = rows[-1].id if rows else after


def _without_secret(_: Work, old: Sequence[Any]) -> list[int]:
    return [row.id for row in old if row.secret_id is None]


def _spent(work: Work, old: Sequence[Any]) -> list[int]:
    """Of demands that ended long ago, those that nothing goes by any more, by their rows.

    A pair is never asked for again as long as its card lives, and what was left unanswered may count as a failure.
    Challenges do not come again: the token's sequence has passed them.
    """
    counting: dict[int, set[tuple[datetime, int | None]]] = {}
    spent = []
    for row in old:
        if row.secret_id is not None or (row.first is not None and row.state != DeviceState.ENDED):
            continue
        if row.used_at is None and (row.challenge_id is not None or row.first is not None):
            if row.user_id not in counting:
                counting[row.user_id] = standing.still_counting(work, row.user_id)
            if (row.expires_at, row.device_id) in counting[row.user_id]:
                continue
        spent.append(row.id)
    return spent


def _removed(system: LoginSystem, query: Any, numbers: list[int]) -> int:
    """How many rows were removed; another process may have been faster."""
    done = 0
    for start in range(0, len(numbers), AT_ONCE):
        with system.writing() as work:
            values = {"which": numbers[start : start + AT_ONCE], "before": _before(work)}
            done += work.connection.execute(query, values).rowcount
    return done


def _before(work: Work) -> datetime:
    """What ended then or earlier is old; never before it has no part in any lock any more."""
    failures = work.rules.failures
    return work.now - max(work.rules.demand.kept_for, failures.within + failures.locked_for)


_DEMANDS, _DEVICES, _OUTBOX = table_of(DemandRow), table_of(DeviceRow), table_of(OutboxRow)
_D, _V, _O, _U = _DEMANDS.c, _DEVICES.c, _OUTBOX.c, table_of(UserRow).c
_OVER: Final = (
    select(_U.name, _V.id)
    .join_from(_DEVICES, _U.id.table, _U.id == _V.user_id)
    .where(_V.expires_at <= bindparam("before"), _V.state != DeviceState.ENDED.value)
    .order_by(_V.id)
)
_DEMANDS_AFTER: Final = (
    select(
        _D.id, _D.user_id, _D.device_id, _D.challenge_id, _D.first, _D.secret_id, _D.expires_at, _D.used_at, _V.state
    )
    .join_from(_DEMANDS, _DEVICES, _V.id == _D.device_id)
    .where(_D.id > bindparam("after"))
    .order_by(_D.id)
    .limit(bindparam("most"))
)  # fmt: skip
_MESSAGES_AFTER: Final = (
    select(_O.id, _O.secret_id, _O.expires_at)
    .where(_O.id > bindparam("after"))
    .order_by(_O.id)
    .limit(bindparam("most"))
)
_WHICH: Final[Any] = bindparam("which", expanding=True)
# By its time again: SQLite may have given the number of a row that another process has removed to a new one.
_FORGET_DEMANDS: Final = delete(_DEMANDS).where(_D.id.in_(_WHICH), _D.expires_at <= bindparam("before"))
# People call messages by their numbers; the last one stays, or SQLite would give its number again.
_FORGET_MESSAGES: Final = delete(_OUTBOX).where(
    _O.id.in_(_WHICH), _O.expires_at <= bindparam("before"), _O.id < select(func.max(_O.id)).scalar_subquery()
)
