"""A record from the future: something was written while the clock was ahead, and holds the clock until then.

The login service goes by the later of its clock and the audit log's newest entry, so that setting the clock back opens
nothing again. If the clock was wrong then, an operator says that it is right now. That is an entry of its own, at the
time that the clock shows; from it on, the log's times go on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Table, func, literal, select, update

from host_tools.inventory import allowance, audit
from host_tools.inventory.schema import (
    AttemptRow,
    ConfirmationRow,
    CredentialRow,
    DemandRow,
    DeviceRow,
    LoginSessionRow,
    OutboxRow,
    UnlockRow,
    UtcTime,
    WithdrawalRow,
    table_of,
)
from host_tools.login.system import LoginSystem, Work


@dataclass(frozen=True, slots=True)
class ClockRecord:
    """What the clock shows and the newest time on record (None: there is none), in UTC.

    `behind` is by how much the clock is behind the record, None if that is within the policy's tolerance.
    """

    shows: datetime
    record: datetime | None
    behind: timedelta | None


def clock_record(system: LoginSystem) -> ClockRecord:
    """How the two are. The system is one that believes its clock: one that judges it would not tell what it shows."""
    with system.reading() as work:
        return _compared(work)


def accept_clock(system: LoginSystem) -> ClockRecord:
    """Believe the clock, although the record is ahead of it; how they were. Nothing is done if it is not.

    All sessions end, and nothing waits for an answer any more: how old they are is not known. What was counted at a
    time that is yet to come goes back by as much as the record is ahead: else a lock, a withdrawal or an allowance of
    the future would hold until then. The system is as for `clock_record`. A service that runs goes by the later
    time, and would write it once more: it has to be stopped before.
    """
    with system.writing() as work:
        found = _compared(work)
        if found.behind is None or found.record is None:
            return found
        # What has expired unanswered goes on to count as a failure.
        waiting = update(_DEMANDS).where(_DEMANDS.c.expires_at > work.now)
        used = func.coalesce(_DEMANDS.c.used_at, literal(work.now, UtcTime))
        work.connection.execute(waiting.values(used_at=used, expires_at=work.now))
        open_ones = update(_SESSIONS).where(_SESSIONS.c.ended_at.is_(None))
        work.connection.execute(open_ones.values(ended_at=work.now))
        moved = sum(_move_back(work, *one, found.behind) for one in _COUNTED)
        moved += sum(_move_due(work, name, found.behind) for name in _DUE)
        work.note("clock accepted", record=found.record.isoformat(), moved=moved)
        return found


def _compared(work: Work) -> ClockRecord:
    latest = audit.latest(work.session)
    ahead = timedelta() if latest is None else latest - work.now
    return ClockRecord(work.now, latest, ahead if ahead > work.rules.clock.tolerance else None)


def _move_back(work: Work, table: Table, begin: str, ends: tuple[str, ...], by: timedelta) -> int:
    """Move the times of the rows that begin later than now, and when they end with it; how many rows."""
    names = (begin, *ends)
    query = select(table.c.id, *(table.c[name] for name in names)).where(table.c[begin] > work.now)
    rows = work.connection.execute(query).all()
    for row in rows:
        began = getattr(row, begin)
        back = began - min(began - by, work.now)
        moved = {name: _earlier(getattr(row, name), back) for name in names}
        work.connection.execute(update(table).where(table.c.id == row.id).values(**moved))
    return len(rows)


def _move_due(work: Work, name: str, by: timedelta) -> int:
    """The same for allowances, of which no more than the whole can be owed."""
    column = _CREDENTIALS.c[name]
    most = allowance.nothing_left(work.now)
    rows = work.connection.execute(select(_CREDENTIALS.c.id, column).where(column > most)).all()
    for row in rows:
        moved = {name: min(row[1] - by, most)}
        work.connection.execute(update(_CREDENTIALS).where(_CREDENTIALS.c.id == row.id).values(**moved))
    return len(rows)


def _earlier(at: datetime | None, by: timedelta) -> datetime | None:
    return None if at is None else at - by


_DEMANDS, _SESSIONS, _CREDENTIALS = table_of(DemandRow), table_of(LoginSessionRow), table_of(CredentialRow)
_DEVICES = table_of(DeviceRow)
_DUE: Final = ("challenges_due", "references_due")
_COUNTED: Final[tuple[tuple[Table, str, tuple[str, ...]], ...]] = (
    (table_of(AttemptRow), "at", ()),
    (table_of(ConfirmationRow), "at", ()),
    (table_of(UnlockRow), "at", ()),
    (table_of(WithdrawalRow), "at", ()),
    (table_of(OutboxRow), "made_at", ("expires_at", "due_at")),
    (_DEVICES, "added_at", ("expires_at",)),
    (_DEVICES, "activated_at", ()),
)
