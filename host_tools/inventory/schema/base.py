"""What all tables share: their base, the schema's version, and columns for times, counters and serials."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import DateTime, LargeBinary, String, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = 9
# In bytes' order, which PostgreSQL has to be told: so an index finds what begins alike.
SERIAL = String(32).with_variant(String(32, collation="C"), "postgresql")
USER_NAME = String(64).with_variant(String(64, collation="C"), "postgresql")


class UtcTime(TypeDecorator[datetime]):
    """Times with a zone go in, UTC comes out, also where the database (SQLite) keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; a time without a zone is refused, because nobody can tell when it was."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone cannot be recorded")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """From UTC."""
        if value is None:
            return None
        stored: datetime = value
        return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)


class Unsigned64(TypeDecorator[int]):
    """OCRA and HOTP counters: 64 bits without sign, which SQL integers lack; 8 bytes sort the same."""

    impl = LargeBinary(8)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> bytes | None:
        """To 8 bytes, big-endian."""
        return None if value is None else value.to_bytes(8, "big")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> int | None:
        """From 8 bytes, big-endian."""
        return None if value is None else int.from_bytes(value, "big")


class Base(DeclarativeBase):
    """Base of all tables. Rows keep the plain default repr: no column of theirs ever lands in a log."""


def table_of(rows: type[Base]) -> Table:
    """The table itself: its statements cost a third of what the class's do, which map every row."""
    return cast(Table, rows.__table__)
