"""What logins need no more is removed long after its end: what was asked, sessions, messages, cards and passcodes.

A little at a time, so that whoever logs in meanwhile hardly waits. A table is gone through in the order in which it was
written: where a thousand in a row are young, so is all that follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select

from host_tools.inventory.schema import DeviceRow, UserRow, table_of
from host_tools.login import expiring, outlived
from host_tools.login.accounts import user_in
from host_tools.login.device_life import end
from host_tools.login.devices import DeviceState, device_in
from host_tools.login.outlived import Table
from host_tools.login.system import LoginSystem, Work

AT_ONCE: Final = 100  # rows removed in one transaction: some milliseconds in which nobody else writes
LOOKED_AT: Final = 1000  # rows looked at in one step


@dataclass(frozen=True, slots=True)
class Tidied:
    """How much was removed, and how many cards and passcodes ended that were long over."""

    demands: int = 0
    challenges: int = 0
    sessions: int = 0
    messages: int = 0
    devices: int = 0

    def __add__(self, other: Tidied) -> Tidied:
        return Tidied(
            self.demands + other.demands,
            self.challenges + other.challenges,
            self.sessions + other.sessions,
            self.messages + other.messages,
            self.devices + other.devices,
        )


def tidy(system: LoginSystem) -> Tidied:
    """All of it, after codes and texts that have expired; what was done."""
    expiring.forget(system)
    return sum(steps(system), Tidied())


def steps(system: LoginSystem) -> Iterator[Tidied]:
    """What `tidy` does but for codes and texts, in steps, as whoever goes through them likes; what each has done.

    A step looks at a thousand rows, and holds up nobody who writes for longer than a hundred take to be removed.
    """
    # First the devices: the pairs of a card are kept until it has ended. Demands before the challenges that they asked.
    yield from _end_devices(system)
    for demands in _forget(system, outlived.DEMANDS):
        yield Tidied(demands=demands)
    for challenges in _forget(system, outlived.CHALLENGES):
        yield Tidied(challenges=challenges)
    for sessions in _forget(system, outlived.SESSIONS):
        yield Tidied(sessions=sessions)
    for messages in _forget(system, outlived.MESSAGES):
        yield Tidied(messages=messages)


def _end_devices(system: LoginSystem) -> Iterator[Tidied]:
    """Their secrets are forgotten, and no clock that is set back brings them to life."""
    with system.reading() as work:
        found = work.connection.execute(_OVER, {"before": _before(work)}).all()
    for start in range(0, len(found), AT_ONCE):
        ended = sum(_end(system, name, number) for name, number in found[start : start + AT_ONCE])
        system.inventory.empty_log()
        yield Tidied(devices=ended)


def _end(system: LoginSystem, name: str, number: int) -> bool:
    with system.writing() as work:
        user = user_in(work, name)
        device = device_in(work, user, number)
        if device.state is DeviceState.ENDED:
            return False  # by another process
        end(work, user, device)
        return True


def _forget(system: LoginSystem, table: Table) -> Iterator[int]:
    """How many rows each step has removed: of those that ended long ago, the ones that may go."""
    after, goes_on = 0, True
    while goes_on:
        with system.reading() as work:
            before = _before(work)
            rows = work.connection.execute(table.rows_after, {"after": after, "most": LOOKED_AT}).all()
            old = [row for row in rows if row.expires_at <= before]
            numbers = table.spent(work, old)
        yield _removed(system, table, numbers)
        goes_on = bool(old)
        after = rows[-1].id if rows else after


def _removed(system: LoginSystem, table: Table, numbers: list[int]) -> int:
    """How many rows were removed; another process may have been faster."""
    done = 0
    for start in range(0, len(numbers), AT_ONCE):
        with system.writing() as work:
            values = {"which": numbers[start : start + AT_ONCE], "before": _before(work)}
            done += work.connection.execute(table.forget, values).rowcount
    return done


def _before(work: Work) -> datetime:
    """What ended then or earlier is old; never before it has no part in any lock any more."""
    failures = work.rules.failures
    return work.now - max(work.rules.demand.kept_for, failures.within + failures.locked_for)


_DEVICES = table_of(DeviceRow)
_V, _U = _DEVICES.c, table_of(UserRow).c
_OVER: Final = (
    select(_U.name, _V.id)
    .join_from(_DEVICES, _U.id.table, _U.id == _V.user_id)
    .where(_V.expires_at <= bindparam("before"), _V.state != DeviceState.ENDED.value)
    .order_by(_V.id)
)
