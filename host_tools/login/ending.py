"""What ends with account, password, number or device: its sessions, and what waits for an answer. Nowhere else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, literal, select, update

from host_tools.inventory.schema import DemandRow, DeviceRow, LoginSessionRow, UtcTime, table_of
from host_tools.login import outbox
from host_tools.login.system import Work
from host_tools.policy.kinds import DeviceKind


def of_user(work: Work, user: int, *, keeping: int | None = None) -> int:
    """All of the user's sessions but the one that is kept, and what waits for his answer, or to be sent to him.

    How many sessions there were.
    """
    outbox.stop(work, user)
    kept = [] if keeping is None else [_S.id != keeping]
    return _end(work, [_S.user_id == user, *kept], _D.user_id == user)


def of_device(work: Work, device: int) -> int:
    """The sessions that this device has opened, and what waits for its answer; how many sessions."""
    return _end(work, [_S.device_id == device], _D.device_id == device)


def of_messages(work: Work, user: int) -> int:
    """The sessions that codes by text message have opened, and what waits for such a code; how many sessions."""
    devices = select(_V.id).where(_V.user_id == user, _V.kind == DeviceKind.SMS.value)
    return _end(work, [_S.device_id.in_(devices)], _D.device_id.in_(devices))


def _end(work: Work, sessions: list[Any], demands: Any) -> int:
    # A device that is taken up again later has the same row: what it opened before must not come back.
    # What was answered can still be good for something until it expires: for the confirmation of a PIN change.
    closed = update(_DEMANDS).where(demands, _D.expires_at > work.now)
    used = func.coalesce(_D.used_at, literal(work.now, UtcTime))
    work.connection.execute(closed.values(used_at=used, expires_at=work.now))
    # Also those that are over, if the clock was set back they would not be.
    ended = update(_SESSIONS).where(*sessions, _S.ended_at.is_(None)).values(ended_at=work.now)
    return int(work.connection.execute(ended).rowcount)


_DEMANDS, _SESSIONS = table_of(DemandRow), table_of(LoginSessionRow)
_D, _S, _V = _DEMANDS.c, _SESSIONS.c, table_of(DeviceRow).c
