"""Reads the list of pinned sources, `boards/sources.toml`, and writes other pins into it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from host_tools.image.errors import PinsError

# What the build needs, by the name of its table in the list.
NAMES: Final = ("micropython", "mbedtls", "pico-sdk", "tinyusb")

# Names and versions of packages as Debian's policy has them, and paths that stay below where they start.
_FORMS: Final = {
    "suite": (re.compile(r"[a-z][a-z0-9-]*"), "a name in lower-case letters, digits and hyphens"),
    "package": (re.compile(r"[a-z0-9][a-z0-9+.-]+"), "the name of a Debian package"),
    "version": (re.compile(r"[0-9][A-Za-z0-9.+:~-]*"), "the version of a Debian package"),
    "file": (
        re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.+~-]*/)+[A-Za-z0-9_][A-Za-z0-9_.+~-]*"),
        "a path inside the archive",
    ),
    "sha256": (re.compile(r"[0-9a-f]{64}"), "64 lower-case hexadecimal digits"),
}
_ENTRY: Final = re.compile(
    r"""^(?P<key>[\w-]+)(?P<equals>\s*=\s*)(?:"[^"]*"|[\w.+-]+)(?P<rest>\s*(?:\#.*)?)$"""
)
_HEADING: Final = re.compile(r"^\[(?P<name>[\w-]+)\]\s*(?:#.*)?$")


@dataclass(frozen=True)
class Pin:
    """One file of the archive: `file` is its path there, `size` in bytes, `sha256` in lower-case hexadecimal digits."""

    package: str
    version: str
    file: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.file.rpartition("/")[2]


@dataclass(frozen=True)
class Pins:
    """The suite that the files were taken from, and the files by what they are."""

    suite: str
    files: Mapping[str, Pin]


def read(path: Path) -> Pins:
    """The list in `path`. Raises PinsError."""
    try:
        return parse(path.read_text(encoding="utf-8"), path)
    except OSError as error:
        raise PinsError(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PinsError(path, f"is no text: {error}") from error


def parse(text: str, path: Path) -> Pins:
    """The list that `text` is; `path` is where it comes from, for the message. Raises PinsError."""
    try:
        table: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PinsError(path, f"is no TOML: {error}") from error
    suite = table.get("suite")
    if not isinstance(suite, str):
        raise PinsError(path, "names no suite")
    _demand_form(path, "suite", suite, "")
    unknown = sorted(set(table) - {"suite", *NAMES})
    if unknown:
        raise PinsError(path, f"has {', '.join(unknown)}, which the build does not know")
    return Pins(suite, {name: _pin(path, name, table.get(name)) for name in NAMES})


def update(path: Path, pins: Pins) -> None:
    """Put `pins` into the list in `path`, whose comments, order and layout stay.

    Raises PinsError; the list is then as it was.
    """
    text = with_pins(path.read_text(encoding="utf-8"), pins)
    if parse(text, path) != pins:
        raise PinsError(path, "is laid out in a way that other pins can't be written into")
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def with_pins(text: str, pins: Pins) -> str:
    """The list `text` with the values of `pins` in the place of its own."""
    values: dict[str, object] = {"suite": pins.suite}
    lines = []
    for line in text.splitlines(keepends=True):
        heading = _HEADING.match(line.rstrip("\n"))
        entry = _ENTRY.match(line.rstrip("\n"))
        if heading:
            pin = pins.files.get(heading["name"])
            values = asdict(pin) if pin else {}
        if entry and entry["key"] in values:
            value = values[entry["key"]]
            literal = str(value) if isinstance(value, int) else f'"{value}"'
            line = f"{entry['key']}{entry['equals']}{literal}{entry['rest']}\n"
        lines.append(line)
    return "".join(lines)


def changes(old: Pins, new: Pins) -> list[str]:
    """What is different in `new`, a line for each file."""
    return [
        f"  {name}: {_summary(old.files[name])} -> {_summary(new.files[name])}"
        for name in NAMES
        if old.files[name] != new.files[name]
    ]


def _summary(pin: Pin) -> str:
    return f"{pin.package} {pin.version}, {pin.size} bytes, SHA-256 {pin.sha256[:16]}…"


def _pin(path: Path, name: str, table: object) -> Pin:
    if not isinstance(table, dict):
        raise PinsError(path, f"has no table [{name}]")
    known = {field.name: field.type for field in fields(Pin)}
    values: dict[str, Any] = {}
    for key, kind in known.items():
        value: Any = table.get(key)
        if type(value).__name__ != kind:
            raise PinsError(path, f"[{name}] needs {key}, of type {kind}")
        if isinstance(value, str):
            _demand_form(path, key, value, f"[{name}] ")
        elif value <= 0:
            raise PinsError(path, f"[{name}] {key} = {value}: must be more than zero")
        values[key] = value
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise PinsError(path, f"[{name}] has {', '.join(unknown)}, which the build does not know")
    return Pin(**values)


def _demand_form(path: Path, key: str, value: str, place: str) -> None:
    form, words = _FORMS[key]
    if not form.fullmatch(value):
        raise PinsError(path, f"{place}{key} = {value!r}: must be {words}")
