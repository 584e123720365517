"""The inventory in an SQLite file: made whole, opened with care, written in immediate transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.orm import Session

from host_tools.inventory.database import BUSY_SECONDS, Database, Turn
from host_tools.inventory.errors import (
    ForeignDatabaseError,
    InventoryBusyError,
    InventoryError,
    NewerInventoryError,
    UnusableFileError,
)
from host_tools.inventory.private_files import create_private
from host_tools.inventory.schema import SCHEMA_VERSION

APPLICATION_ID = 0x70647363  # "pdsc" in the file's header, so that a foreign database is told apart
FIRST_NUMBERED = 3  # the first schema version whose files say it in Alembic's own table, too


def create(path: Path, first_rows: Callable[[Session], None]) -> bool:
    """Make the file (mode 0600) with its tables and `first_rows`; False if another process was faster."""
    from host_tools.inventory.upgrades import upgrade

    def fill(draft: Path) -> None:
        engine = _engine(draft, BUSY_SECONDS)
        event.listen(engine, "begin", _begin_immediate)
        try:
            with engine.connect() as connection:
                # Kept in the file's header, so no later opening has to fight for the lock to set it.
                _outside_transaction(connection, "PRAGMA journal_mode = WAL")
                _outside_transaction(connection, f"PRAGMA application_id = {APPLICATION_ID}")
            with engine.begin() as connection:
                upgrade(connection)
                _set_version(connection)
                with Session(connection) as session:
                    first_rows(session)
                    session.flush()
        finally:
            engine.dispose()  # the last connection to close folds the write-ahead log into the file

    return create_private(path, fill)


def is_open_elsewhere(path: Path) -> bool:
    """Whether another process has the file open: the last connection to close removes what they share.

    Raises what `SqliteFile` does.
    """
    SqliteFile(path).close()
    return path.with_name(f"{path.name}-shm").exists()


class SqliteFile(Database):
    """Sessions on one SQLite file."""

    def __init__(self, path: Path, busy_seconds: int = BUSY_SECONDS) -> None:
        """Open, check, and bring an older file up to date.

        Raises ForeignDatabaseError, NewerInventoryError, InventoryBusyError.
        """
        self._path = path
        super().__init__(_engine(path, busy_seconds), path, busy_seconds)

    def take_turns(self, turn: Turn) -> None:
        """SQLite has whoever waits look again after pauses of up to 100 ms: so they wait before."""
        self._turn = turn

    def empty_log(self) -> None:
        """Move all that was written into the database file and cut the write-ahead log to nothing.

        The log keeps what was dropped since, wrapped keys too. If another process reads or writes just now, or the
        disk is full, this does what it can: the last connection to close does the rest.
        """
        with suppress(InventoryError), self.named_errors(), self._engine.connect() as connection:
            _outside_transaction(connection, "PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def named_errors(self) -> Iterator[None]:
        """Pragmas go past SQLAlchemy, and so do their errors."""
        try:
            with super().named_errors():
                yield
        except sqlite3.DatabaseError as error:
            named = self._named(error)
            if named is None:
                raise
            raise named from error

    def _check(self) -> None:
        with self.named_errors(), self._engine.connect() as connection:
            application = _outside_transaction(connection, "PRAGMA application_id")
            version = _outside_transaction(connection, "PRAGMA user_version")
        if application != APPLICATION_ID or version < 1:
            raise ForeignDatabaseError(self._path)
        if version > SCHEMA_VERSION:
            raise NewerInventoryError(self._path, version, SCHEMA_VERSION)
        if version < SCHEMA_VERSION:
            with self.named_errors(), self._engine.begin() as connection:
                _upgrade(connection)

    def _begin_reading(self, connection: Connection) -> None:
        # Readers need no lock: in WAL mode a deferred transaction that only reads never waits nor fails.
        connection.exec_driver_sql("BEGIN")

    def _begin_writing(self, connection: Connection) -> None:
        _begin_immediate(connection)

    def _named(self, cause: BaseException | None) -> InventoryError | None:
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return InventoryBusyError(self._path, self._busy_seconds)
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return ForeignDatabaseError(self._path)
        if code in (
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_READONLY,
            sqlite3.SQLITE_FULL,
            sqlite3.SQLITE_IOERR,
        ):
            return UnusableFileError(self._path, str(cause))
        return None


def _upgrade(connection: Connection) -> None:
    from host_tools.inventory.upgrades import upgrade

    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if version < SCHEMA_VERSION:  # or else another process has just done it
        upgrade(connection, version if version < FIRST_NUMBERED and not _is_numbered(connection) else 0)
        _set_version(connection)


def _is_numbered(connection: Connection) -> bool:
    query = "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
    return bool(connection.exec_driver_sql(query).scalar_one())


def _set_version(connection: Connection) -> None:
    """For those that have no Alembic: picodsc before this, and whoever looks into the file's header."""
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _engine(path: Path, busy_seconds: int) -> Engine:
    # As a URI with mode=rw, SQLite never makes an (empty, world-readable) file of its own.
    address = URL.create("sqlite", database=path.absolute().as_uri(), query={"mode": "rw", "uri": "true"})
    engine = create_engine(
        address,
        connect_args={"timeout": busy_seconds},
        pool_timeout=busy_seconds,
        hide_parameters=True,  # a failing statement must not print what was bound to it
    )
    event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    # The driver would begin deferred transactions on its own; those that read first and write later fail
    # with "database is locked" the moment another process writes. Our own BEGIN IMMEDIATE waits its turn.
    connection.isolation_level = None
    for setting in (
        "foreign_keys = ON",
        "synchronous = FULL",  # a counter that has moved must not move back when the power fails
        # What is dropped is overwritten in the database file, and `empty_log` empties the write-ahead log;
        # the file system, or a flash disk under it, may keep old blocks all the same.
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _outside_transaction(connection: Connection, statement: str) -> Any:
    """Run a pragma on the driver's own connection: SQLite ignores or refuses some within a transaction."""
    driver: Any = connection.connection.driver_connection
    row = driver.execute(statement).fetchone()
    return None if row is None else row[0]
