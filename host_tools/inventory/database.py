"""The database under the inventory, whichever it is: views to read, and transactions of which one at a time writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from host_tools.inventory.errors import InventoryBusyError, InventoryError

BUSY_SECONDS = 30
_USE = "picodsc_use"
_READS, _LOOKS_UP = "reads", "looks up"

Address = Path | URL
Turn = Callable[[], AbstractContextManager[None]]


class Database(ABC):
    """Sessions on one database, by one of the adapters: sqlite_file or postgresql."""

    def __init__(self, engine: Engine, place: Path | str, busy_seconds: int) -> None:
        """`place` is what errors call it; `busy_seconds` is how long is waited for others.

        Raises what `_check` does, and then has closed the engine.
        """
        self._engine = engine
        self._place = place
        self._busy_seconds = busy_seconds
        self._turn: Turn = nullcontext
        event.listen(engine, "begin", self._begin)
        self._readers = sessionmaker(engine.execution_options(**{_USE: _READS}))
        self._for_lookups = engine.execution_options(**{_USE: _LOOKS_UP})
        self._writers = sessionmaker(engine)
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def take_turns(self, turn: Turn) -> None:  # noqa: B027 - most databases wake whoever waits themselves
        """Have each transaction that writes wait for its turn first, where the database has none for them."""

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent view of the inventory; nothing may be written."""
        with self.named_errors(), self._readers() as session:
            yield session
            self._end_reading(session)

    @contextmanager
    def looking_up(self) -> Iterator[Connection]:
        """For one statement that reads: it has a consistent view by itself, and needs no transaction around it."""
        with self.named_errors(), self._for_lookups.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The only writer while it lasts; commits at the end, an exception leaves everything as it was."""
        with self._turn(), self.named_errors(), self._writers.begin() as session:
            yield session

    @contextmanager
    def named_errors(self) -> Iterator[None]:
        """Turns what the driver reports into our errors, and leaves what is a bug of ours."""
        try:
            yield
        except DatabaseError as error:
            named = self._named(error.orig)
            if named is None:
                raise
            raise named from error
        except PoolTimeoutError as error:
            # More threads are at work than there are connections, and none was given back in time.
            raise InventoryBusyError(self._place, self._busy_seconds) from error

    def _begin(self, connection: Connection) -> None:
        use = connection.get_execution_options().get(_USE)
        if use == _READS:
            self._begin_reading(connection)
        elif use != _LOOKS_UP:
            self._begin_writing(connection)

    @abstractmethod
    def empty_log(self) -> None:
        """Keep as little as can be of what was dropped."""

    @abstractmethod
    def _check(self) -> None:
        """Make sure that it is an inventory, and bring an older one up to date.

        Raises ForeignDatabaseError, NewerInventoryError, InventoryBusyError, UnusableFileError.
        """

    @abstractmethod
    def _begin_reading(self, connection: Connection) -> None: ...

    @abstractmethod
    def _begin_writing(self, connection: Connection) -> None: ...

    def _end_reading(self, session: Session) -> None:  # noqa: B027 - most databases need no more than its end
        """What ends a view that was only read, where it is more than to close the session."""

    @abstractmethod
    def _named(self, cause: BaseException | None) -> InventoryError | None:
        """Our error for what the driver reports; None for all that is a bug of ours."""


def is_there(address: Address) -> bool:
    """Whether there is an inventory, or something in its place. Raises UnusableFileError."""
    if isinstance(address, Path):
        return address.exists()
    from host_tools.inventory import postgresql

    return postgresql.is_there(address)


def is_open_elsewhere(address: Address) -> bool:
    """Whether others have an inventory open that is there, such as a login service; nobody in this process may have.

    Raises what opening it does.
    """
    if isinstance(address, Path):
        from host_tools.inventory import sqlite_file

        return sqlite_file.is_open_elsewhere(address)
    from host_tools.inventory import postgresql

    return postgresql.is_open_elsewhere(address)


def create(address: Address, first_rows: Callable[[Session], None]) -> bool:
    """Make the inventory's tables with `first_rows`; False if another process was faster."""
    if isinstance(address, Path):
        from host_tools.inventory import sqlite_file

        return sqlite_file.create(address, first_rows)
    from host_tools.inventory import postgresql

    return postgresql.create(address, first_rows)


def opened(address: Address, busy_seconds: int = BUSY_SECONDS) -> Database:
    """The inventory's database, checked and up to date.

    Raises ForeignDatabaseError, NewerInventoryError, InventoryBusyError, UnusableFileError.
    """
    if isinstance(address, Path):
        from host_tools.inventory.sqlite_file import SqliteFile

        return SqliteFile(address, busy_seconds)
    from host_tools.inventory.postgresql import PostgresqlDatabase

    return PostgresqlDatabase(address, busy_seconds)
