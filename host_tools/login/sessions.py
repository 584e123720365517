"""Sessions: what an accepted login opens. One that the duress PIN opened looks like any other to whoever holds it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, insert, select, update

from host_tools.inventory.audit import Detail
from host_tools.inventory.schema import LoginSessionRow, UserRow, table_of
from host_tools.login.accounts import USER_COLUMNS, User, user_of
from host_tools.login.devices import COLUMNS, JOINED, Device, device_of
from host_tools.login.errors import SessionError
from host_tools.login.system import LoginSystem, Work
from host_tools.login.use_errors import LimitedSessionError


@dataclass(frozen=True, slots=True)
class LoginSession:
    """One session; times are UTC. `is_limited` is true of what a temporary passcode opens at its end.

    `is_alarm`: the duress PIN was used in it, once and so for ever. `answered_by_alarm`: so was the last answer of its
    token, whose key confirms.
    """

    id: int
    user: User
    device: Device
    opened_at: datetime
    expires_at: datetime
    is_limited: bool
    is_alarm: bool = field(repr=False)
    answered_by_alarm: bool = field(repr=False)

    def note(self, work: Work, event: str, *, alarm: bool = False, **detail: Detail) -> None:
        """What is done in it, into the audit log; and an alarm, if this or the whole session is one."""
        serial = None if self.device.token is None else self.device.token.serial
        of: dict[str, Detail] = {
            "user": self.user.name,
            "device": self.device.id,
            "kind": self.device.kind.value,
        }
        work.note(event, serial, **of, **detail)
        if alarm or self.is_alarm:
            work.note("alarm", serial, **of, during=event, **detail)


def open_session(
    work: Work, user: User, device: Device, *, is_alarm: bool, is_limited: bool, ends_at: datetime | None
) -> tuple[str, datetime]:
    """A new one, in the transaction that accepted the answer: what the caller knows it by, and until when (UTC).

    `ends_at` is when it ends at the latest, if that is set.
    """
    token = secrets.token_urlsafe(32)
    until = work.now + work.rules.session.login
    if ends_at is not None:
        until = min(until, ends_at)
    values = {
        "digest": _digest(token),
        "user_id": user.id,
        "device_id": device.id,
        "opened_at": work.now,
        "expires_at": until,
        "is_alarm": is_alarm,
        "answered_by_alarm": is_alarm,
        "is_limited": is_limited,
    }
    work.connection.execute(_INSERT, values)
    return token, until


def answered_again(work: Work, found: LoginSession, *, by_alarm: bool) -> None:
    """Its token has answered within it, by one key or the other: what is confirmed goes by that one.

    Once the alarm key has answered, the session is an alarm, whatever answers after that.
    """
    _write(work, found, is_alarm=found.is_alarm or by_alarm, answered_by_alarm=by_alarm)


def other_answered(work: Work, found: LoginSession, *, by_alarm: bool) -> None:
    """Another device of its user was activated within it: by the alarm key, that makes the session an alarm.

    What its own token confirms goes by the key of that token's last answer, as before.
    """
    _write(work, found, is_alarm=found.is_alarm or by_alarm)


def session(system: LoginSystem, token: str) -> LoginSession:
    """The session that is open. Raises SessionError."""
    with system.reading() as work:
        return session_in(work, token)


def session_in(work: Work, token: str) -> LoginSession:
    """The same in a transaction of the caller's. A clock that was set back ends it, too.

    So does whatever ends its device: a token that came back or is no more, a card or passcode that is over.
    """
    row = work.connection.execute(_FOUND, {"digest": _digest(token)}).first()
    if row is None or row.session_ended is not None or row.closed_at is not None:
        raise SessionError
    if not row.opened_at <= work.now < row.session_expires:
        raise SessionError
    device = device_of(row)
    if not device.is_usable(work.now):
        raise SessionError
    return LoginSession(
        row.session, user_of(row), device, row.opened_at, row.session_expires, row.is_limited, row.is_alarm,
        row.answered_by_alarm,
    )  # fmt: skip


def full_session_in(work: Work, token: str) -> LoginSession:
    """The same, if it is for more than obtaining an online card. Raises SessionError, LimitedSessionError."""
    found = session_in(work, token)
    if found.is_limited:
        raise LimitedSessionError
    return found


def end_session(system: LoginSystem, token: str) -> None:
    """Log out. Raises SessionError."""
    with system.writing() as work:
        found = session_in(work, token)
        _write(work, found, ended_at=work.now)


def _write(work: Work, found: LoginSession, **values: object) -> None:
    # Also what is there already: one statement more would tell an alarm.
    work.connection.execute(update(_SESSIONS).where(_S.id == found.id).values(**values))


def _digest(token: str) -> bytes:
    # What came by JSON may have half a surrogate pair in it.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


_SESSIONS, _USERS = table_of(LoginSessionRow), table_of(UserRow)
_S = _SESSIONS.c
_INSERT: Final = insert(_SESSIONS)
_FOUND: Final = (
    select(
        *USER_COLUMNS,
        *COLUMNS,
        _S.id.label("session"),
        _S.opened_at,
        _S.expires_at.label("session_expires"),
        _S.ended_at.label("session_ended"),
        _S.is_limited,
        _S.is_alarm,
        _S.answered_by_alarm,
    )
    .select_from(
        JOINED.join(_SESSIONS, _S.device_id == COLUMNS[0].element).join(_USERS, _USERS.c.id == _S.user_id)
    )
    .where(_S.digest == bindparam("digest"))
)
