"""The audit log: what was done to which token, by whom, in a chain in which every entry binds the one before.

An entry's hash covers its fields and the hash before it: a changed or a missing entry breaks the chain. A tail that was
cut off leaves a whole chain behind; only a head that is kept elsewhere tells. Nothing in it is secret.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, delete, insert, literal_column, select
from sqlalchemy.orm import Session

from host_tools.inventory.errors import AuditError, FieldError
from host_tools.inventory.schema import AuditRow, table_of

DOMAIN: Final = b"picodsc audit 1"
GENESIS: Final = bytes(32)  # before the first entry
_HEAD: Final = re.compile(r"([0-9]{1,18}) ([0-9a-f]{64})", re.ASCII)

_TABLE: Final = table_of(AuditRow)
_INSERT: Final = insert(_TABLE)
_TAKEN_BACK: Final = delete(_TABLE).where(_TABLE.c.sequence > bindparam("last"))
# As a word, not as a parameter: PostgreSQL would not know that it is few rows, and plan each time it is asked.
_ONE: Final[ColumnElement[int]] = literal_column("1")
_LAST: Final = select(_TABLE.c.sequence, _TABLE.c.hash).order_by(_TABLE.c.sequence.desc()).limit(_ONE)
_LATEST: Final = select(_TABLE.c.at).order_by(_TABLE.c.sequence.desc()).limit(_ONE)

Detail = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done; `serial` is None for what concerns no token. Times are UTC."""

    sequence: int
    at: datetime
    actor: str
    event: str
    serial: str | None
    detail: dict[str, Detail]


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's place and hash: whoever has it can tell whether the log still is what it was, and all of it."""

    sequence: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """From what `str` gives. Raises FieldError."""
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise FieldError("head", "an audit head is a number and 64 hex digits")
        return cls(int(found[1]), bytes.fromhex(found[2]))


EMPTY: Final = Head(0, GENESIS)


def append(
    session: Session, at: datetime, actor: str, event: str, serial: str | None = None, **detail: Detail
) -> None:
    """Write an entry, in the transaction of what it tells: there is neither without the other."""
    # By the connection, as all of a login: the session's own way to it costs as much again.
    session.connection().execute(_INSERT, _values(head(session), at, actor, event, serial, detail))


def append_all(
    session: Session, at: datetime, actor: str, event: str, entries: Iterable[tuple[str, dict[str, Detail]]]
) -> None:
    """Write one entry for each serial and its detail, as `append` does, without looking the head up each time."""
    before, rows = head(session), []
    for serial, detail in entries:
        row = _values(before, at, actor, event, serial, detail)
        rows.append(row)
        before = Head(row["sequence"], row["hash"])
    if rows:
        session.connection().execute(_INSERT, rows)


def take_back(session: Session, last: int) -> None:
    """Drop what the same transaction has written after the entry `last`, so that nobody ever sees it.

    Not to write at all would take less work, and tell whoever waits that nothing was written.
    """
    session.connection().execute(_TAKEN_BACK, {"last": last})


def head(session: Session) -> Head:
    """The last entry's place and hash; EMPTY if there is none."""
    last = session.connection().execute(_LAST).first()
    return EMPTY if last is None else Head(last.sequence, last.hash)


def latest(session: Session) -> datetime | None:
    """The last entry's time (UTC); None if there is none."""
    return session.connection().execute(_LATEST).scalar()


def check(session: Session, outside: Head = EMPTY) -> Head:
    """Go through the whole chain; returns its head.

    `outside` is a head that was kept elsewhere: the chain must lead through it. Raises AuditError, which names the
    first entry that is wrong, missing, or another than it was.
    """
    found, passed = EMPTY, outside == EMPTY
    query = select(AuditRow).order_by(AuditRow.sequence).execution_options(yield_per=1000)
    with session.scalars(query) as rows:
        for row in rows:
            if row.sequence != found.sequence + 1:
                raise AuditError(found.sequence + 1, "is missing")
            if row.hash != _hash(
                found.hash, row.sequence, row.at, row.actor, row.event, row.serial, row.detail
            ):
                raise AuditError(row.sequence, "is not what was written, or does not follow the one before")
            found = Head(row.sequence, row.hash)
            if found.sequence == outside.sequence and found != outside:
                raise AuditError(row.sequence, "is another one than the outside copy tells")
            passed = passed or found == outside
    if not passed:
        raise AuditError(found.sequence + 1, f"is missing: the outside copy tells of {outside.sequence}")
    return found


def entries(session: Session, serial: str | None = None, user: str | None = None) -> Iterator[Entry]:
    """All entries, or those that have this serial, or name this user (in capitals or not), oldest first."""
    query = select(AuditRow).order_by(AuditRow.sequence)
    if serial is not None:
        query = query.where(AuditRow.serial == serial)
    if user is not None:
        # The database leaves out most of them; a detail's text may still have this in the value of another name.
        told = json.dumps({"user": user}, ensure_ascii=False)[1:-1]
        query = query.where(AuditRow.detail.icontains(told, autoescape=True))
    for row in session.scalars(query.execution_options(yield_per=1000)):
        entry = _entry(row)
        if user is None or str(entry.detail.get("user", "")).lower() == user.lower():
            yield entry


def last_entries(session: Session, serial: str, count: int) -> list[Entry]:
    """The last entries of one token, oldest first."""
    query = select(AuditRow).where(AuditRow.serial == serial).order_by(AuditRow.sequence.desc()).limit(count)
    return [_entry(row) for row in reversed(session.scalars(query).all())]


def _entry(row: AuditRow) -> Entry:
    return Entry(row.sequence, row.at, row.actor, row.event, row.serial, json.loads(row.detail))


def _values(
    before: Head, at: datetime, actor: str, event: str, serial: str | None, detail: dict[str, Detail]
) -> dict[str, Any]:
    """The row that follows."""
    sequence, told = before.sequence + 1, json.dumps(detail, sort_keys=True, ensure_ascii=False)
    return {
        "sequence": sequence,
        "at": at.astimezone(UTC),
        "actor": actor,
        "event": event,
        "serial": serial,
        "detail": told,
        "hash": _hash(before.hash, sequence, at, actor, event, serial, told),
    }


def _hash(
    before: bytes, sequence: int, at: datetime, actor: str, event: str, serial: str | None, detail: str
) -> bytes:
    """SHA-256 over the hash before and the fields, each with its length (4 bytes, big-endian) in front of it."""
    fields = (
        before,
        str(sequence).encode(),
        at.astimezone(UTC).isoformat(timespec="microseconds").encode(),
        actor.encode(),
        event.encode(),
        b"" if serial is None else b"+" + serial.encode(),
        detail.encode(),
    )
    return hashlib.sha256(
        DOMAIN + b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    ).digest()
