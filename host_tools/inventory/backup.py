"""A backup of the whole inventory, as it is at one moment, from either kind of database; keys stay wrapped.

The master key is not in it: a backup alone opens nothing, and is worth nothing without that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from host_tools.inventory import audit
from host_tools.inventory.audit import Head
from host_tools.inventory.backup_errors import FileInTheWayError, RotationUnfinishedError
from host_tools.inventory.backup_file import KINDS, Header, Table, Writer, kind_of
from host_tools.inventory.custody import KeyCustody
from host_tools.inventory.private_files import create_private
from host_tools.inventory.schema import SCHEMA_VERSION, Base, MasterKeyRow
from host_tools.inventory.store import Inventory

AT_ONCE = 1000  # rows in memory


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written: when (UTC), the audit log's head then, how many rows, and the digest (hex) of the content."""

    at: datetime
    head: Head
    rows: int
    sha256: str


def back_up(inventory: Inventory, path: Path) -> Backup:
    """Write a backup into a new file (mode 0600), whole or not at all; others may use the inventory meanwhile.

    Raises FileInTheWayError, UnusableFileError, RotationUnfinishedError.
    """
    with inventory.reading() as session:
        made = write_backup(session, inventory.custody, inventory.now(), path)
    with inventory.writing() as session:
        inventory.note(session, "backed up", head=str(made.head), sha256=made.sha256)
    return made


def write_backup(session: Session, custody: KeyCustody, at: datetime, path: Path) -> Backup:
    """The same in a transaction of the caller's, which is consistent. Raises as `back_up` does."""
    known = session.scalars(select(MasterKeyRow)).all()
    if len(known) > 1:
        raise RotationUnfinishedError
    header = Header(SCHEMA_VERSION, at, audit.head(session), {row.version: row.fingerprint for row in known})
    made: list[Backup] = []

    def fill(draft: Path) -> None:
        with draft.open("wb") as file:
            made.append(_written(session, custody, header, file))

    if not create_private(path, fill):
        raise FileInTheWayError(path)
    return made[0]


def _written(session: Session, custody: KeyCustody, header: Header, file: BinaryIO) -> Backup:
    writer = Writer(file, header)
    connection = session.connection()
    for one in Base.metadata.sorted_tables:  # those that others refer to come first
        columns = {each.name: kind_of(each.type) for each in one.columns}
        writer.table(Table(one.name, columns))
        plain = table(one.name, *(column(name, KINDS[kind]) for name, kind in columns.items()))
        keys = [plain.c[each.name] for each in one.primary_key.columns]
        query = select(plain).order_by(*keys).execution_options(yield_per=AT_ONCE)
        with connection.execute(query) as rows:
            for row in rows:
                writer.row(row)
    sha256 = writer.end(custody, max(header.master_keys))
    return Backup(header.at, header.head, writer.rows, sha256)
