"""The SQLite file under the inventory: made whole, opened with care, written in immediate transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from host_tools.inventory.errors import (
    ForeignDatabaseError,
    InventoryBusyError,
    InventoryError,
    NewerInventoryError,
    UnusableFileError,
)
from host_tools.inventory.private_files import create_private
from host_tools.inventory.schema import APPLICATION_ID, SCHEMA_VERSION, Base
from host_tools.inventory.upgrades import upgrade

BUSY_SECONDS = 30
_BEGIN = "picodsc_begin"


class Database:
    """Sessions on one SQLite file. `create` makes the file with its schema, `Database(path)` opens it."""

    def __init__(self, path: Path, busy_seconds: int = BUSY_SECONDS) -> None:
        """Open, check, and bring an older file up to date.

        Raises ForeignDatabaseError, NewerInventoryError, InventoryBusyError.
        """
        self._path = path
        self._busy_seconds = busy_seconds
        self._engine = _engine(path, busy_seconds)
        # Readers need no lock: in WAL mode a deferred transaction that only reads never waits nor fails.
        self._readers = sessionmaker(self._engine.execution_options(**{_BEGIN: "BEGIN"}))
        self._writers = sessionmaker(self._engine)
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    @staticmethod
    def create(path: Path, first_rows: Callable[[Session], None]) -> bool:
        """Make the file (mode 0600) with the schema and `first_rows`; False if another process was faster."""

        def fill(draft: Path) -> None:
            engine = _engine(draft, BUSY_SECONDS)
            try:
                with engine.connect() as connection:
                    # Kept in the file's header, so no later opening has to fight for the lock to set it.
                    _outside_transaction(connection, "PRAGMA journal_mode = WAL")
                    _outside_transaction(connection, f"PRAGMA application_id = {APPLICATION_ID}")
                    _outside_transaction(connection, f"PRAGMA user_version = {SCHEMA_VERSION}")
                Base.metadata.create_all(engine)
                with Session(engine) as session, session.begin():
                    first_rows(session)
            finally:
                engine.dispose()  # the last connection to close folds the write-ahead log into the file

        return create_private(path, fill)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent view of the inventory; nothing may be written."""
        with self._named_errors(), self._readers() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The only writer while it lasts; commits at the end, an exception leaves everything as it was."""
        with self._named_errors(), self._writers.begin() as session:
            yield session

    def empty_log(self) -> None:
        """Move all that was written into the database file and cut the write-ahead log to nothing.

        The log keeps what was dropped since, wrapped keys too. If another process reads or writes just now, or the
        disk is full, this does what it can: the last connection to close does the rest.
        """
        with suppress(InventoryError), self._named_errors(), self._engine.connect() as connection:
            _outside_transaction(connection, "PRAGMA wal_checkpoint(TRUNCATE)")

    def _check(self) -> None:
        with self._named_errors(), self._engine.connect() as connection:
            application = _outside_transaction(connection, "PRAGMA application_id")
            version = _outside_transaction(connection, "PRAGMA user_version")
        if application != APPLICATION_ID or version < 1:
            raise ForeignDatabaseError(self._path)
        if version > SCHEMA_VERSION:
            raise NewerInventoryError(self._path, version, SCHEMA_VERSION)
        if version < SCHEMA_VERSION:
            with self._named_errors(), self._engine.begin() as connection:
                upgrade(connection)

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except (DatabaseError, sqlite3.DatabaseError) as error:
            cause = error.orig if isinstance(error, DatabaseError) else error
            named = self._named(cause)
            if named is None:
                raise
            raise named from error

    def _named(self, cause: BaseException | None) -> InventoryError | None:
        """Our error for what SQLite reports by its result code; None for all that is a bug of ours."""
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


def _engine(path: Path, busy_seconds: int) -> Engine:
    # As a URI with mode=rw, SQLite never makes an (empty, world-readable) file of its own.
    address = URL.create("sqlite", database=path.absolute().as_uri(), query={"mode": "rw", "uri": "true"})
    engine = create_engine(
        address,
        connect_args={"timeout": busy_seconds},
        hide_parameters=True,  # a failing statement must not print what was bound to it
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
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


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))


def _outside_transaction(connection: Connection, statement: str) -> Any:
    """Run a pragma on the driver's own connection: SQLite ignores or refuses some within a transaction."""
    driver: Any = connection.connection.driver_connection
    row = driver.execute(statement).fetchone()
    return None if row is None else row[0]
