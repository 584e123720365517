"""A backup put in the place of an inventory: whole or not at all, in one transaction of either kind of database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, MetaData, column, inspect, select, table, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from host_tools.inventory import audit, custodies, four_eyes
from host_tools.inventory import database as databases
from host_tools.inventory.account import this_user
from host_tools.inventory.audit import Detail, Head
from host_tools.inventory.backup import write_backup
from host_tools.inventory.backup_errors import ClockBehindError, DamagedBackupError, InventoryExistsError
from host_tools.inventory.backup_file import KINDS, Header, Reader, Row, Table
from host_tools.inventory.carrying import Carried
from host_tools.inventory.custody import Ask, KeyCustody
from host_tools.inventory.errors import AuditError, WrongMasterKeyError
from host_tools.inventory.location import Location
from host_tools.inventory.schema import AuditRow, Base, TokenRow
from host_tools.inventory.settling import Open, settle
from host_tools.inventory.store import Inventory, utc_now
from host_tools.inventory.upgrades import NUMBERS, revision, upgrade
from host_tools.policy import Policy

AT_ONCE: Final = 1000  # rows in one statement


@dataclass(frozen=True, slots=True)
class Checked:
    """What a good backup is: its header, how many tokens are in it, and its SHA-256 as `backup` has told it."""

    header: Header
    tokens: int
    sha256: str

    @property
    def detail(self) -> four_eyes.Details:
        """What two operators have to agree on, if it is to replace an inventory in which anything needs two."""
        at = self.header.at.astimezone(UTC).isoformat()
        return {"sha256": self.sha256, "made": at, "tokens": self.tokens}


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: the audit log's head now, what is open since, and where the inventory is that was there before.

    `operators_lost` are those who are none any more, because the backup does not know their tokens.
    """

    head: Head
    open: Open
    kept: Path | None
    operators_lost: tuple[str, ...] = ()


def check_backup(location: Location, path: Path, ask: Ask | None = None, pin: Ask | None = None) -> Checked:
    """Read a backup to its end, under the master key that is there.

    Raises UnusableFileError, ForeignBackupError, NewerBackupError, DamagedBackupError, BackupChangedError,
    WrongMasterKeyError, and what opening the custody of the master keys raises.
    """
    with closing(custodies.opened(location.master_key, ask, pin)) as custody, closing(Reader(path)) as reader:
        _check_keys(reader.header, custody)
        name, tokens = "", 0
        for part in reader.parts(custody):
            if isinstance(part, Table):
                name = part.name
            else:
                tokens += name == TokenRow.__tablename__
        return Checked(reader.header, tokens, reader.sha256)


def restore(
    location: Location,
    path: Path,
    *,
    kept: Path | None = None,
    now: Callable[[], datetime] = utc_now,
    actor: str | None = None,
    ask: Ask | None = None,
    pin: Ask | None = None,
    policy: Policy | None = None,
) -> Restored:
    """Make the inventory at `location` what the backup says, and settle what nobody can know since.

    If there is an inventory, it is backed up into the new file `kept` first, within the same transaction; if anything
    needs two operators in it, so does this. Whatever fails, and if this is killed, the inventory is what it was.
    `policy` (default: the built-in one) says how far clocks of tokens may be off. Raises what `check_backup` does,
    InventoryExistsError (there is one, and no `kept`), OperatorsNeededError, OperatorsLostError, ClockBehindError,
    FileInTheWayError, RotationUnfinishedError, and what opening an inventory raises.
    """
    checked = check_backup(location, path, ask, pin)
    rules = Policy.load() if policy is None else policy
    work = _Work(path, checked, now, this_user() if actor is None else actor, rules)
    with closing(custodies.opened(location.master_key, ask, pin)) as custody:
        if databases.is_there(location.database):
            if kept is None:
                raise InventoryExistsError(location.place)
            return work.replace(location, custody, kept)
        return work.make(location, custody)


@dataclass(frozen=True, slots=True)
class _Replaced:
    """Of the inventory that was there: where it is kept, its log's head, what goes on to hold, and who agreed."""

    kept: Path
    head: Head
    carried: Carried
    agreed: dict[str, Detail]


class _Work:
    """One restore of one file."""

    def __init__(
        self, path: Path, checked: Checked, now: Callable[[], datetime], actor: str, policy: Policy
    ) -> None:
        self._path = path
        self._checked = checked
        self._now = now
        self._actor = actor
        self._policy = policy

    def make(self, location: Location, custody: KeyCustody) -> Restored:
        done: list[Restored] = []
        if not databases.create(
            location.database, lambda session: done.append(self._filled(session, custody))
        ):
            raise InventoryExistsError(location.place)
        return done[0]

    def replace(self, location: Location, custody: KeyCustody, kept: Path) -> Restored:
        with closing(databases.opened(location.database)) as database:
            # Raises WrongMasterKeyError if it is under another one.
            inventory = Inventory(database, custody, self._now, self._actor)
            with database.writing() as session:
                now = self._now()
                newest = session.scalar(select(AuditRow.at).order_by(AuditRow.sequence.desc()).limit(1))
                if newest is not None and newest > now:
                    raise ClockBehindError(now, newest)
                agreed = four_eyes.spend(inventory, session, four_eyes.RESTORE, None, self._checked.detail)
                carried = Carried.of(session, now)
                before = write_backup(session, custody, now, kept)
                done = self._filled(session, custody, _Replaced(kept, before.head, carried, agreed))
            database.empty_log()
            return done

    def _filled(self, session: Session, custody: KeyCustody, replaced: _Replaced | None = None) -> Restored:
        now = self._now()
        with closing(Reader(self._path)) as reader:
            header = reader.header
            _check_keys(header, custody)
            if now < header.at:
                raise ClockBehindError(now, header.at)
            connection = session.connection()
            _drop_all(connection)
            upgrade(connection, to=revision(header.schema))
            self._insert(connection, reader.parts(custody))
            if reader.sha256 != self._checked.sha256:
                raise DamagedBackupError(self._path, "is another one than was checked")
        upgrade(connection)
        _set_sequences(connection)
        session.expire_all()
        with suppress(AuditError):
            if audit.check(session) == header.head:
                return self._settled(session, header, now, replaced)
        raise DamagedBackupError(self._path, "has another head than its audit log")

    def _settled(
        self, session: Session, header: Header, now: datetime, replaced: _Replaced | None
    ) -> Restored:
        lost = () if replaced is None else replaced.carried.put(session, now, self._actor)
        known = () if replaced is None else replaced.carried.logins.users
        open_ = settle(session, header.at, now, self._policy.at(now).code, known)
        detail: dict[str, Detail] = {
            "made": header.at.astimezone(UTC).isoformat(),
            "head": str(header.head),
            "instead_of": None if replaced is None else str(replaced.head),
            **({} if replaced is None else replaced.agreed),
        }
        audit.append(session, now, self._actor, "restored", None, **detail)
        return Restored(audit.head(session), open_, None if replaced is None else replaced.kept, lost)

    def _insert(self, connection: Connection, parts: Iterator[Table | Row]) -> None:
        there = inspect(connection)
        into: Any = None
        names: list[str] = []
        rows: list[dict[str, Any]] = []

        def flush() -> None:
            if rows:
                connection.execute(into.insert(), rows)
                rows.clear()

        try:
            for part in parts:
                if not isinstance(part, Table):
                    rows.append(dict(zip(names, part, strict=True)))
                    if len(rows) == AT_ONCE:
                        flush()
                    continue
                flush()
                names = list(part.columns)
                if not there.has_table(part.name) or set(names) != {
                    each["name"] for each in there.get_columns(part.name)
                }:
                    raise DamagedBackupError(self._path, "has a table of another schema")
                into = table(part.name, *(column(name, KINDS[kind]) for name, kind in part.columns.items()))
            flush()
        except IntegrityError:
            raise DamagedBackupError(self._path, "has rows that do not fit together") from None


def _check_keys(header: Header, custody: KeyCustody) -> None:
    held = custody.versions()
    for version, fingerprint in header.master_keys.items():
        if version not in held or custody.fingerprint(version) != fingerprint:
            raise WrongMasterKeyError
    if not header.master_keys:
        raise WrongMasterKeyError


def _drop_all(connection: Connection) -> None:
    Base.metadata.drop_all(connection)
    numbers = MetaData()
    numbers.reflect(connection, only=lambda name, _: name == NUMBERS)
    numbers.drop_all(connection)


def _set_sequences(connection: Connection) -> None:
    """PostgreSQL counts ids apart from the rows, which came with theirs."""
    if connection.dialect.name != "postgresql":
        return
    for one in Base.metadata.sorted_tables:
        if one.autoincrement_column is not None and one.autoincrement_column.name == "id":
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{one.name}', 'id'), "  # noqa: S608 - names of ours
                    f"(SELECT coalesce(max(id), 0) + 1 FROM {one.name}), false)"
                )
            )
