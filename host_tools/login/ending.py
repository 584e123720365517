"""What ends with account, password, number or device: its sessions, and what waits for an answer. Nowhere else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, literal, or_, select, update

from host_tools.inventory.schema import DemandRow, DeviceRow, LoginSessionRow, UtcTime, table_of
from host_tools.inventory.settling_logins import ENDED
from host_tools.login import kept, outbox
from host_tools.login.system import Work
from host_tools.policy.kinds import DeviceKind


def of_user(work: Work, user: int, *, keeping: int | None = None) -> int:
    """All of the user's sessions but the one that is kept, and what waits for his answer, or to be sent to him.

    How many sessions there were.
    """
    outbox.stop(work, user)
    others = [] if keeping is None else [_S.id != keeping]
    return _end(work, [_S.user_id == user, *others], _D.user_id == user)


def of_device(work: Work, device: int) -> int:
    """The sessions that this device has opened, and what waits for its answer; how many sessions."""
    return _end(work, [_S.device_id == device], _D.device_id == device)


def device(work: Work, number: int, secret: int | None) -> None:
    """The device itself, which answers no more; its sessions end, and its secret (by number) is forgotten."""
    work.connection.execute(update(_DEVICES).where(_V.id == number).values(state=ENDED, ended_at=work.now))
    of_device(work, number)
    if secret is not None:
        kept.forget(work, secret)


def of_messages(work: Work, user: int) -> int:
    """The sessions that codes by text message have opened, and what waits for such a code; how many sessions."""
    devices = select(_V.id).where(_V.user_id == user, _V.kind == DeviceKind.SMS.value)
    return _end(work, [_S.device_id.in_(devices)], _D.device_id.in_(devices))


def cards_by_messages(work: Work, user: int, name: str) -> list[int]:
    """The user's online cards that may have been obtained by a code to his number, in use or not; which devices.

    What a session was opened by when a card was obtained is not on record: it counts that he had codes by message then.
    """
    messages = _DEVICES.alias("messages")
    had_messages = (
        select(messages.c.id)
        .where(
            messages.c.user_id == user,
            messages.c.kind == DeviceKind.SMS.value,
            messages.c.added_at <= _V.added_at,
            or_(messages.c.ended_at.is_(None), messages.c.ended_at >= _V.added_at),
        )
        .exists()
    )
    card = DeviceKind.ONLINE_SECURITY_CODE_CARD.value
    found = select(_V.id, _V.secret_id).where(
        _V.user_id == user, _V.kind == card, _V.state != ENDED, had_messages
    )
    rows = work.connection.execute(found.order_by(_V.id)).all()
    for row in rows:
        device(work, row.id, row.secret_id)
        work.note("device ended", user=name, device=row.id, kind=card)
    return [row.id for row in rows]


def _end(work: Work, sessions: list[Any], demands: Any) -> int:
    # A device that is taken up again later has the same row: what it opened before must not come back.
    # What was answered can still be good for something until it expires: for the confirmation of a PIN change.
    closed = update(_DEMANDS).where(demands, _D.expires_at > work.now)
    used = func.coalesce(_D.used_at, literal(work.now, UtcTime))
    work.connection.execute(closed.values(used_at=used, expires_at=work.now))
    # Also those that are over, if the clock was set back they would not be.
    ended = update(_SESSIONS).where(*sessions, _S.ended_at.is_(None)).values(ended_at=work.now)
    return int(work.connection.execute(ended).rowcount)


_DEMANDS, _SESSIONS, _DEVICES = table_of(DemandRow), table_of(LoginSessionRow), table_of(DeviceRow)
_D, _S, _V = _DEMANDS.c, _SESSIONS.c, _DEVICES.c
