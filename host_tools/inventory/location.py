"""Where the inventory's files are: the database in the data folder, the master key beside configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DATABASE_NAME = "inventory.db"
MASTER_KEY_NAME = "master.key"


@dataclass(frozen=True, slots=True)
class Location:
    """The two files of an inventory. They are kept apart so that a copy of one alone is worth nothing."""

    database: Path
    master_key: Path

    @classmethod
    def inside(cls, folder: Path) -> Location:
        """Both files in one folder, as PICODSC_HOME asks for."""
        return cls(folder / DATABASE_NAME, folder / MASTER_KEY_NAME)


def default_location(
    environ: Mapping[str, str] | None = None, platform: str | None = None, home: Path | None = None
) -> Location:
    """The location this user's commands share.

    PICODSC_HOME, where set, holds both files. Else macOS keeps them in the user's Application Support, and
    other systems follow the XDG Base Directory Specification, whose variables count only if absolute.
    """
    environ = os.environ if environ is None else environ
    platform = sys.platform if platform is None else platform
    if chosen := environ.get("PICODSC_HOME"):
        return Location.inside(Path(chosen).expanduser().absolute())
    home = Path.home() if home is None else home
    if platform == "darwin":
        return Location.inside(home / "Library" / "Application Support" / "picodsc")
    return Location(
        _xdg(environ, "XDG_DATA_HOME", home / ".local" / "share") / "picodsc" / DATABASE_NAME,
        _xdg(environ, "XDG_CONFIG_HOME", home / ".config") / "picodsc" / MASTER_KEY_NAME,
    )


def _xdg(environ: Mapping[str, str], name: str, default: Path) -> Path:
    folder = Path(environ.get(name, ""))
    return folder if folder.is_absolute() else default
