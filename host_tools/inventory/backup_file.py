"""The backup's file: lines of JSON that no database's kind shows in, with a digest that the master key vouches for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, LargeBinary, Text
from sqlalchemy.types import TypeEngine

from dsc.crypto.memory import wipe
from host_tools.inventory.audit import Head
from host_tools.inventory.backup_errors import (
    BackupChangedError,
    DamagedBackupError,
    ForeignBackupError,
    NewerBackupError,
)
from host_tools.inventory.custody import KeyCustody, Place, WrappedKey
from host_tools.inventory.errors import FieldError, ForgottenKeyError, UnusableFileError, UnwrapError
from host_tools.inventory.schema import SCHEMA_VERSION, UtcTime

FORMAT: Final = "picodsc backup"
FORMAT_VERSION: Final = 1
LONGEST_LINE: Final = 1 << 20
SEALED_AT: Final = Place("", b"", "backup")  # where no key is
# What a column's values are, and how they are in the file. Counters of 64 bits are 8 bytes, as in the database.
KINDS: Final[Mapping[str, TypeEngine[Any]]] = {
    "integer": BigInteger(),
    "text": Text(),
    "bytes": LargeBinary(),
    "time": UtcTime(),
    "boolean": Boolean(),
}


@dataclass(frozen=True, slots=True)
class Header:
    """What a backup says of itself: schema version, when (UTC), the audit log's head, master keys' fingerprints."""

    schema: int
    at: datetime
    head: Head
    master_keys: dict[int, bytes]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that follow are this table's; its columns, and the kind of each."""

    name: str
    columns: dict[str, str]


Row = tuple[Any, ...]


def kind_of(type_: TypeEngine[Any]) -> str:
    """The kind of a column of the schema."""
    implemented = getattr(type_, "impl", type_)  # of UtcTime and Unsigned64
    for kind, wanted in (
        ("boolean", Boolean), ("time", DateTime), ("bytes", LargeBinary), ("integer", Integer),
    ):  # fmt: skip
        if isinstance(implemented, wanted):
            return kind
    return "text"


class Writer:
    """Writes a backup into an open file; the last line is `end`'s."""

    def __init__(self, file: BinaryIO, header: Header) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._kinds: list[str] = []
        self.rows = 0
        self._write(
            {
                FORMAT: FORMAT_VERSION,
                "schema": header.schema,
                "at": header.at.astimezone(UTC).isoformat(),
                "head": str(header.head),
                "master_keys": {str(version): mark.hex() for version, mark in header.master_keys.items()},
            }
        )

    def table(self, table: Table) -> None:
        """The rows that follow are this table's."""
        self._kinds = list(table.columns.values())
        self._write({"table": table.name, "columns": table.columns})

    def row(self, values: Iterable[Any]) -> None:
        """One row; its values in the order of the columns."""
        self._write([_encoded(kind, value) for kind, value in zip(self._kinds, values, strict=True)])
        self.rows += 1

    def end(self, custody: KeyCustody, version: int) -> str:
        """The digest, and the same under the master key; returns it as hex."""
        digest = self._digest.digest()
        seal = custody.wrap(digest, SEALED_AT, version)
        last = {
            "rows": self.rows,
            "sha256": digest.hex(),
            "seal": {
                "version": seal.version,
                "nonce": seal.nonce.hex(),
                "ciphertext": seal.ciphertext.hex(),
            },
        }
        self._file.write(_line(last))
        return digest.hex()

    def _write(self, value: object) -> None:
        line = _line(value)
        self._digest.update(line)
        self._file.write(line)


class Reader:
    """A backup's lines, judged as they are read; what was read is the whole of it only when `parts` has ended."""

    def __init__(self, path: Path) -> None:
        """Raises UnusableFileError, ForeignBackupError, NewerBackupError, DamagedBackupError."""
        self.path = path
        self.sha256 = ""  # what the last line says and the content is, once that was read
        self._line = 0
        self._digest = hashlib.sha256()
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise UnusableFileError(path, error.strerror or type(error).__name__) from error
        try:
            self.header = self._header()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def parts(self, custody: KeyCustody) -> Iterator[Table | Row]:
        """Each table before its rows. Raises DamagedBackupError, BackupChangedError; also at the very end."""
        kinds: list[str] | None = None
        rows = 0
        while True:
            before = self._digest.copy()
            value = self._next()
            if isinstance(value, list):
                if kinds is None or len(value) != len(kinds):
                    raise self._damaged("has other columns than its table")
                rows += 1
                yield self._valid(
                    lambda value=value, kinds=kinds: tuple(map(decoded, kinds, value))  # type: ignore[misc]
                )
            elif "table" in value:
                table = self._valid(lambda value=value: _table(value))  # type: ignore[misc]
                kinds = list(table.columns.values())
                yield table
            else:
                self._check_end(value, rows, before.digest(), custody)
                return

    def _header(self) -> Header:
        try:
            value = self._next()
        except DamagedBackupError:
            raise ForeignBackupError(self.path) from None
        if not isinstance(value, dict) or FORMAT not in value:
            raise ForeignBackupError(self.path)
        if value[FORMAT] != FORMAT_VERSION:
            raise NewerBackupError(self.path)
        header: Header = self._valid(
            lambda: Header(
                int(value["schema"]),
                _time(value["at"]),
                Head.parse(value["head"]),
                {int(version): bytes.fromhex(mark) for version, mark in value["master_keys"].items()},
            )
        )
        if header.schema > SCHEMA_VERSION:
            raise NewerBackupError(self.path)
        if header.schema < 1:
            raise self._damaged("has no schema version")
        return header

    def _next(self) -> Any:
        self._line += 1
        line = self._file.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise self._damaged("is cut off, or missing")
        self._digest.update(line)
        value = self._valid(lambda: json.loads(line))
        if not isinstance(value, dict | list):
            raise self._damaged("is none of a backup's")
        return value

    def _check_end(self, value: dict[str, Any], rows: int, digest: bytes, custody: KeyCustody) -> None:
        seal = self._valid(
            lambda: WrappedKey(
                int(value["seal"]["version"]),
                bytes.fromhex(value["seal"]["nonce"]),
                bytes.fromhex(value["seal"]["ciphertext"]),
            )
        )
        if value.get("rows") != rows or value.get("sha256") != digest.hex():
            raise self._damaged("tells of other content than there is")
        if self._file.read(1):
            raise self._damaged("is followed by something")
        try:
            vouched = custody.unwrap(seal, SEALED_AT)
        except (UnwrapError, ForgottenKeyError):
            raise BackupChangedError(self.path) from None
        try:
            if bytes(vouched) != digest:
                raise BackupChangedError(self.path)
            self.sha256 = digest.hex()
        finally:
            wipe(vouched)

    def _valid(self, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, FieldError):
            raise self._damaged("is none of a backup's") from None

    def _damaged(self, what: str) -> DamagedBackupError:
        return DamagedBackupError(self.path, what, self._line)


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _table(value: dict[str, Any]) -> Table:
    columns = dict(value["columns"])
    if not set(columns.values()) <= set(KINDS):
        raise ValueError
    return Table(str(value["table"]), columns)


def _encoded(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "bytes":
        return bytes(value).hex()
    if kind == "time":
        return value.astimezone(UTC).isoformat()
    return value


def decoded(kind: str, value: Any) -> Any:
    """A value as it is in the database. Raises ValueError, TypeError, AttributeError for what can be none."""
    if value is None:
        return None
    if kind == "bytes":
        return bytes.fromhex(value)
    if kind == "time":
        return _time(value)
    if type(value) is not {"integer": int, "boolean": bool}.get(kind, str):
        raise TypeError
    return value


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError
    return found
