"""Who may call the service: keys that are shown once, what each may do, and who it is that calls.

A key is 256 bits by chance, so its SHA-256 needs neither salt nor stretching. Nothing is kept in memory: each call is
one statement by a unique index, and a key that was revoked is none from that moment on.
"""

from __future__ import annotations

import enum
import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, insert, select, update

from host_tools.inventory.schema import ApiKeyRow, table_of
from host_tools.login.caller_errors import CallerError, KeyExistsError, KeyFieldError, UnknownKeyError
from host_tools.login.system import LoginSystem, Work

SECRET_LENGTH: Final = 32  # bytes
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,31}", re.ASCII)
_EXPECTED: Final = "a key's name has 1 to 32 of a-z, 0-9, dots and dashes, with a letter or digit first"


class Scope(enum.StrEnum):
    """What a caller may do; none includes another one."""

    LOGIN = "login"  # begin with a password, answer, and act in the session that this opens
    VOUCH = "vouch"  # begin without: the caller has judged the first factor
    HELP_DESK = "help-desk"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what he may do."""

    name: str
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is on record: never the key. Times are UTC."""

    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None


def add_key(system: LoginSystem, name: str, scopes: Collection[Scope]) -> str:
    """A new key, as `picodsc_<name>_<43 characters>`, which nobody can be told again.

    A name is never used twice, so that the log is clear. Raises KeyFieldError, KeyExistsError.
    """
    if not _NAME.fullmatch(name):
        raise KeyFieldError("name", _EXPECTED)
    if not scopes:
        raise KeyFieldError("scopes", f"a key has at least one of the scopes {', '.join(Scope)}")
    text = f"picodsc_{name}_{secrets.token_urlsafe(SECRET_LENGTH)}"
    listed = ",".join(one for one in Scope if one in scopes)
    with system.writing() as work:
        if _key(work, name) is not None:
            raise KeyExistsError(name)
        row = {"name": name, "scopes": listed, "digest": _digest(text), "created_at": work.now}
        work.connection.execute(insert(_KEYS), row)
        work.note("API key added", name=name, scopes=listed)
    return text


def authenticate(system: LoginSystem, text: str) -> Caller:
    """Who calls with this key. Raises CallerError, after the same work whatever is wrong with it."""
    with system.inventory.looking_up() as connection:
        row = connection.execute(_BY_DIGEST, {"digest": _digest(text)}).first()
    if row is None or row.revoked_at is not None:
        raise CallerError
    return Caller(row.name, _scopes(row.scopes))


def named(system: LoginSystem, name: str) -> Caller:
    """The key of this name, for whoever has shown before that he has it. Raises CallerError if it was revoked."""
    with system.inventory.looking_up() as connection:
        row = connection.execute(_BY_NAME, {"name": name}).first()
    if row is None or row.revoked_at is not None:
        raise CallerError
    return Caller(row.name, _scopes(row.scopes))


def revoke_key(system: LoginSystem, name: str) -> None:
    """The key opens nothing any more, from the next call on. Raises UnknownKeyError (also if it was revoked before)."""
    with system.writing() as work:
        found = _key(work, name)
        if found is None or found.revoked_at is not None:
            raise UnknownKeyError(name)
        work.connection.execute(update(_KEYS).where(_K.name == name).values(revoked_at=work.now))
        work.note("API key revoked", name=name)


def keys(system: LoginSystem) -> list[ApiKey]:
    """All of them by name, revoked ones too."""
    with system.reading() as work:
        rows = work.connection.execute(_ALL.order_by(_K.name))
        return [ApiKey(row.name, _scopes(row.scopes), row.created_at, row.revoked_at) for row in rows]


def _key(work: Work, name: str) -> ApiKey | None:
    if not _NAME.fullmatch(name):
        return None  # no database is asked for what it may not even take
    row = work.connection.execute(_ALL.where(_K.name == name)).first()
    return None if row is None else ApiKey(row.name, _scopes(row.scopes), row.created_at, row.revoked_at)


def _scopes(listed: str) -> frozenset[Scope]:
    return frozenset(Scope(one) for one in listed.split(","))


def _digest(text: str) -> bytes:
    # What came by JSON may have half a surrogate pair in it.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


_KEYS: Final = table_of(ApiKeyRow)
_K = _KEYS.c
_ALL: Final = select(_K.name, _K.scopes, _K.created_at, _K.revoked_at)
_BY_NAME: Final = _ALL.where(_K.name == bindparam("name"))
_BY_DIGEST: Final = _ALL.where(_K.digest == bindparam("digest"))
