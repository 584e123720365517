"""Users: their names, their first factor, and the end of their accounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert, select, update

from host_tools.inventory.schema import UserRow, table_of
from host_tools.login import ending, expiring, outbox, passwords
from host_tools.login.errors import ClosedUserError, UnknownUserError, UserExistsError, UserFieldError
from host_tools.login.sms.errors import PhoneError
from host_tools.login.sms.phone import checked
from host_tools.login.system import LoginSystem, Work

if TYPE_CHECKING:
    from host_tools.login.sessions import LoginSession

LANGUAGES: Final = ("en", "fr", "de", "ru", "ja")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class User:
    """One user; times are UTC. `has_password` is false where another system checks the first factor."""

    id: int
    name: str
    has_password: bool
    phone: str | None
    language: str
    created_at: datetime
    closed_at: datetime | None


def checked_name(name: str) -> str:
    """The name as it is kept, in lower case. Raises UserFieldError."""
    lower = name.lower() if name.isascii() else name
    if not _NAME.fullmatch(lower):
        raise UserFieldError(
            "name", "a user name has 1 to 64 letters, digits or . _ @ - (ASCII), a letter or digit first"
        )
    return lower


def checked_phone(phone: str | None) -> str | None:
    """The number as it is kept (E.164). Raises UserFieldError, without the number."""
    try:
        return None if phone is None else checked(phone)
    except PhoneError as error:
        raise UserFieldError("phone", str(error)) from None


def add_user(
    system: LoginSystem,
    name: str,
    password: str | None = None,
    *,
    phone: str | None = None,
    language: str = "en",
) -> User:
    """A new user. Raises UserFieldError, UserExistsError."""
    kept = checked_name(name)
    if language not in LANGUAGES:
        raise UserFieldError("language", f"the language is one of {', '.join(LANGUAGES)}")
    number = checked_phone(phone)
    secret = None if password is None else passwords.hashed(password, system.rules().password)
    with system.writing() as work:
        if _row(work, kept) is not None:
            raise UserExistsError(kept)
        row = {
            "name": kept, "password": secret, "phone": number, "language": language, "created_at": work.now,
        }  # fmt: skip
        work.connection.execute(insert(UserRow), row)
        work.note("user added", user=kept)
        return user_in(work, kept)


def user(system: LoginSystem, name: str) -> User:
    """Raises UnknownUserError."""
    with system.reading() as work:
        return user_in(work, name)


def some_users(system: LoginSystem, after: str, most: int, *, closed: bool = True) -> list[User]:
    """At most so many users, by name, that come after this one, as it is typed; the empty name comes before all.

    Without `closed`, only those whose accounts are open.
    """
    with system.reading() as work:
        rows = work.connection.execute(
            _SOME if closed else _SOME_OPEN, {"after": after.lower(), "most": most}
        )
        return [user_of(row) for row in rows]


def set_password(
    system: LoginSystem, name: str, password: str | None, *, keeping: LoginSession | None = None
) -> None:
    """None: from now on another system checks the first factor. The user's sessions end, but the one it is set in.

    Raises UnknownUserError, UserFieldError.
    """
    secret = None if password is None else passwords.hashed(password, system.rules().password)
    with system.writing() as work:
        found = user_in(work, name)
        _change(work, found, password=secret)
        ending.of_user(work, found.id, keeping=None if keeping is None else keeping.id)
        event = "password set" if secret else "password removed"
        if keeping is None:
            work.note(event, user=found.name)
        else:
            keeping.note(work, event)


def set_phone(system: LoginSystem, name: str, phone: str | None) -> list[int]:
    """The number for text messages (E.164); a code that was sent to the one before is good for nothing any more.

    Nor is a session that such a code has opened, nor an online card that may have been obtained by one: the telephone
    may have been stolen. Which devices have ended with it.

    Raises UnknownUserError, UserFieldError.
    """
    number = checked_phone(phone)
    with system.writing() as work:
        found = user_in(work, name)
        _change(work, found, phone=number)
        outbox.stop(work, found.id)
        expiring.close_codes(work, found.id)
        ending.of_messages(work, found.id)
        work.note("phone set" if number else "phone removed", user=found.name)
        return ending.cards_by_messages(work, found.id, found.name)


def close_user(system: LoginSystem, name: str) -> None:
    """The account is closed for good: its sessions end, and it logs in no more.

    Raises UnknownUserError, ClosedUserError.
    """
    with system.writing() as work:
        found = user_in(work, name)
        if found.closed_at is not None:
            raise ClosedUserError(found.name)
        _change(work, found, closed_at=work.now)
        ending.of_user(work, found.id)
        work.note("user closed", user=found.name)


def user_in(work: Work, name: str) -> User:
    """The user, in a transaction of the caller's. Raises UnknownUserError."""
    try:
        found = _row(work, checked_name(name))
    except UserFieldError:
        found = None  # no database is asked for what it may not even take
    if found is None:
        raise UnknownUserError(name)
    return found


def user_of_row(work: Work, number: int) -> User:
    """The user with this row, which there is, in a transaction of the caller's."""
    return user_of(work.connection.execute(_ALL.where(_U.id == number)).one())


_U = table_of(UserRow).c
USER_COLUMNS: Final = (
    _U.id.label("user"), _U.name, _U.password, _U.phone, _U.language, _U.created_at, _U.closed_at,
)  # fmt: skip
_ALL: Final = select(*USER_COLUMNS)
_SOME: Final = _ALL.where(_U.name > bindparam("after")).order_by(_U.name).limit(bindparam("most"))
_SOME_OPEN: Final = _SOME.where(_U.closed_at.is_(None))


def _row(work: Work, name: str) -> User | None:
    row = work.connection.execute(_ALL.where(UserRow.name == name)).first()
    return None if row is None else user_of(row)


def user_of(row: Any) -> User:
    """Out of a row of `USER_COLUMNS`."""
    return User(
        row.user, row.name, row.password is not None, row.phone, row.language, row.created_at, row.closed_at
    )


def _change(work: Work, found: User, **values: object) -> None:
    work.connection.execute(update(UserRow).where(UserRow.id == found.id).values(**values))
