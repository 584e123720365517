"""Reads and writes the list of pinned sources, `boards/sources.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from host_tools.image.errors import PinsError

# What the build needs, by the name of its table in the list.
NAMES: Final = ("micropython", "mbedtls", "pico-sdk", "tinyusb")

HEADER: Final = """\
# What the image is built from: files of the Debian archive, each by its name, size and SHA-256. Whoever serves them
# does not matter, then. `python -m host_tools.image pins` writes this file anew from what the suite has today.
"""


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
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PinsError(path, f"cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise PinsError(path, f"is no TOML: {error}") from error
    suite = table.get("suite")
    if not isinstance(suite, str):
        raise PinsError(path, "names no suite")
    return Pins(suite, {name: _pin(path, name, table.get(name)) for name in NAMES})


def write(path: Path, pins: Pins) -> None:
    """Write the list to `path`, in the form that `read` takes."""
    tables = "".join(f"\n[{name}]\n{_table(pin)}" for name, pin in pins.files.items())
    path.write_text(f'{HEADER}suite = "{pins.suite}"\n{tables}', encoding="utf-8")


def _pin(path: Path, name: str, table: object) -> Pin:
    if not isinstance(table, dict):
        raise PinsError(path, f"has no table [{name}]")
    values: dict[str, Any] = {}
    for field in fields(Pin):
        value = table.get(field.name)
        if type(value).__name__ != field.type:
            raise PinsError(path, f"[{name}] needs {field.name}, of type {field.type}")
        values[field.name] = value
    return Pin(**values)


def _table(pin: Pin) -> str:
    return "".join(
        f"{key} = {value}\n" if isinstance(value, int) else f'{key} = "{value}"\n'
        for key, value in asdict(pin).items()
    )
