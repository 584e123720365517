"""Read one policy file: each of its dated tables as keys and values, checked one by one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from host_tools.policy.errors import MissingKeyError, PolicyFileError, PolicyValueError, UnknownKeyError
from host_tools.policy.forms import FormError, as_date
from host_tools.policy.shape import forms, tables

EFFECTIVE: Final = "effective"
POLICY: Final = "policy"
TIME_ZONE: Final = "time_zone"

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """What a file says: its time zone, if it names one, and what it sets from which date on, in order."""

    path: Path
    zone: ZoneInfo | None
    dated: Sequence[tuple[date, Values]]

    def values(self, day: date) -> dict[str, Any]:
        """What the file sets on that day: a later table overrides an earlier one key by key."""
        merged: dict[str, Any] = {}
        for effective, values in self.dated:
            if effective <= day:
                merged.update(values)
        return merged


def read_layer(path: Path) -> Layer:
    """The layer in the file; raises PolicyError."""
    try:
        return layer_in(path, path.read_bytes())
    except OSError as error:
        raise PolicyFileError(path, (error.strerror or str(error)).lower()) from error


def layer_in(path: Path, text: bytes) -> Layer:
    """The layer in the bytes of a file, which errors call by `path`; raises PolicyError."""
    try:
        content = tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and TOMLDecodeError are ValueErrors
        raise PolicyFileError(path, f"this is no TOML: {error}") from error
    for name in content:
        if name not in (TIME_ZONE, POLICY):
            raise UnknownKeyError(path, name, (TIME_ZONE, f"[[{POLICY}]]"))
    dated: dict[date, Values] = {}
    listed = content.get(POLICY, [])
    if not isinstance(listed, list):
        raise PolicyValueError(path, POLICY, listed, f"tables that begin with [[{POLICY}]]")
    for table in listed:
        if not isinstance(table, dict):
            raise PolicyValueError(path, POLICY, table, f"a table that begins with [[{POLICY}]]")
        effective = _effective(path, table)
        if effective in dated:
            raise PolicyValueError(path, EFFECTIVE, str(effective), "each date has one table")
        rest = {name: value for name, value in table.items() if name != EFFECTIVE}
        dated[effective] = _values(path, rest, "", effective)
    zone = _zone(path, content[TIME_ZONE]) if TIME_ZONE in content else None
    return Layer(path, zone, sorted(dated.items(), key=lambda item: item[0]))


def named(key: str, effective: date) -> str:
    """A key as messages name it, with the date of its table: there are several."""
    return f"{key} (of {effective})"


def _effective(path: Path, table: Mapping[str, object]) -> date:
    expected = "the date from which the table holds, such as 2027-03-01"
    if EFFECTIVE not in table:
        raise MissingKeyError(path, EFFECTIVE, expected)
    try:
        return as_date(table[EFFECTIVE])
    except FormError as error:
        raise PolicyValueError(path, EFFECTIVE, table[EFFECTIVE], expected) from error


def _values(path: Path, table: Mapping[str, Any], place: str, effective: date) -> dict[str, Any]:
    """All values in the table and in those inside it."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if name not in tables()[place]:
            allowed = (*([EFFECTIVE] if not place else []), *tables()[place])
            raise UnknownKeyError(path, named(f"{place}.{name}".lstrip("."), effective), allowed)
        key = f"{place}.{name}" if place else name
        if key in tables():
            if not isinstance(value, dict):
                expected = f"a table, with {', '.join(tables()[key])}"
                raise PolicyValueError(path, named(key, effective), value, expected)
            found.update(_values(path, value, key, effective))
        else:
            try:
                found[key] = forms()[key].read(value)
            except FormError as error:
                raise PolicyValueError(path, named(key, effective), value, str(forms()[key])) from error
    return found


def _zone(path: Path, value: object) -> ZoneInfo:
    expected = "a time zone that this machine knows, such as America/New_York"
    if not isinstance(value, str):
        raise PolicyValueError(path, TIME_ZONE, value, expected)
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PolicyValueError(path, TIME_ZONE, value, expected) from error
