"""The inventory in a PostgreSQL database, for several stations: an advisory lock lets one at a time write."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import URL, Connection, Engine, column, create_engine, inspect, select, table
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from host_tools.inventory.database import BUSY_SECONDS, Database
from host_tools.inventory.errors import (
    ForeignDatabaseError,
    InventoryBusyError,
    InventoryError,
    NewerInventoryError,
    UnusableDatabaseError,
)
from host_tools.inventory.schema import SCHEMA_VERSION, MasterKeyRow
from host_tools.inventory.server_address import protection
from host_tools.inventory.upgrades import NUMBERS, upgrade

WRITER_LOCK: Final = 0x70647363  # "pdsc": whoever holds this writes
CONNECT_SECONDS: Final = 10
CONNECTIONS: Final = 15  # of one process, at most
LOOKS, LOOK_SECONDS = 10, 0.1
NAME: Final = "picodsc"  # what the server knows our connections by
OTHERS: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %(name)s"
    " AND pid <> pg_backend_pid()"
)
# SQLSTATE (PostgreSQL manual, appendix A): what the server's administrator has to see to, by code or class.
BUSY: Final = "55P03"
UNUSABLE: Final = ("08", "28", "3D", "53", "57P", "42501", "25006")


def is_there(address: URL) -> bool:
    """Whether there are any tables in the database's schema. Raises UnusableDatabaseError."""
    engine = _engine(address, BUSY_SECONDS)
    try:
        with _naming(address, BUSY_SECONDS), engine.connect() as connection:
            return bool(inspect(connection).get_table_names())
    finally:
        engine.dispose()


def create(address: URL, first_rows: Callable[[Session], None]) -> bool:
    """Make the tables with `first_rows`, in a database that is there; False if it has tables already."""
    engine = _engine(address, BUSY_SECONDS)
    try:
        with _naming(address, BUSY_SECONDS), engine.begin() as connection:
            _begin_locked(connection)
            if inspect(connection).get_table_names():
                return False
            upgrade(connection)
            with Session(connection) as session:
                first_rows(session)
                session.flush()
            return True
    finally:
        engine.dispose()


def is_open_elsewhere(address: URL) -> bool:
    """Whether the server has other connections of ours to the database. Raises UnusableDatabaseError."""
    engine = _engine(address, BUSY_SECONDS)
    try:
        # The server knows for a moment yet those that were closed just now.
        for _ in range(LOOKS):
            with _naming(address, BUSY_SECONDS), engine.connect() as connection:
                if not connection.exec_driver_sql(OTHERS, {"name": NAME}).scalar_one():
                    return False
            time.sleep(LOOK_SECONDS)
        return True
    finally:
        engine.dispose()


class PostgresqlDatabase(Database):
    """Sessions on one PostgreSQL database.

    What is dropped stays in its files until they are vacuumed, and in its write-ahead log and backups for longer.
    """

    def __init__(self, address: URL, busy_seconds: int = BUSY_SECONDS) -> None:
        """Open, check, and bring an older one up to date.

        Raises ForeignDatabaseError, NewerInventoryError, InventoryBusyError, UnusableDatabaseError.
        """
        self._address = address
        super().__init__(_engine(address, busy_seconds), place(address), busy_seconds)

    def empty_log(self) -> None:
        """Nothing that a client of the server could do."""

    def _check(self) -> None:
        with self.named_errors(), self._readers() as session:
            version = self._version(session.connection())
        if version < SCHEMA_VERSION:
            with self.named_errors(), self._engine.begin() as connection:
                if self._version(connection) < SCHEMA_VERSION:  # or else another process has just done it
                    upgrade(connection)

    def _version(self, connection: Connection) -> int:
        tables = inspect(connection).get_table_names()
        if NUMBERS not in tables or MasterKeyRow.__tablename__ not in tables:
            raise ForeignDatabaseError(self._place)
        number = connection.scalar(select(column("version_num")).select_from(table(NUMBERS)))
        if number is None or not number.isdigit():
            raise ForeignDatabaseError(self._place)
        version = int(number)
        if version > SCHEMA_VERSION:
            raise NewerInventoryError(self._place, version, SCHEMA_VERSION)
        return version

    def _begin_reading(self, connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def _begin_writing(self, connection: Connection) -> None:
        _begin_locked(connection)

    def _end_reading(self, session: Session) -> None:
        # By a rollback the driver forgets what it has prepared, and the server would plan each statement anew.
        if session.in_transaction():
            session.connection().commit()

    def _named(self, cause: BaseException | None) -> InventoryError | None:
        return _named(self._address, self._busy_seconds, cause)


def place(address: URL) -> str:
    """The address as people may see it: without its password."""
    return address.render_as_string(hide_password=True)


def _begin_locked(connection: Connection) -> None:
    # Each statement after it sees what the writer before has committed: that is what READ COMMITTED is for.
    connection.exec_driver_sql(
        f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({WRITER_LOCK})"
    )


def _engine(address: URL, busy_seconds: int) -> Engine:
    return create_engine(
        address.set(drivername="postgresql+psycopg"),
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": f"-c lock_timeout={max(1, 1000 * busy_seconds)}",
            "application_name": NAME,
            "autocommit": True,  # or the driver would send a BEGIN of its own, which takes a way there and back
            **protection(address),
        },
        pool_timeout=busy_seconds,
        # One that was just used knows its statements best; none is closed that the next request would open again.
        pool_use_lifo=True,
        pool_size=CONNECTIONS,
        max_overflow=0,
        hide_parameters=True,  # a failing statement must not print what was bound to it
    )


@contextmanager
def _naming(address: URL, busy_seconds: int) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        named = _named(address, busy_seconds, error.orig)
        if named is None:
            raise
        raise named from error


def _named(address: URL, busy_seconds: int, cause: BaseException | None) -> InventoryError | None:
    import psycopg

    state = getattr(cause, "sqlstate", None)
    if state == BUSY:
        return InventoryBusyError(place(address), busy_seconds)
    if (isinstance(cause, psycopg.OperationalError) and state is None) or (state or "").startswith(UNUSABLE):
        reason = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
        return UnusableDatabaseError(place(address), reason)
    return None
