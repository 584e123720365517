"""Where the inventory is: its database in the data folder or at a server, the master key beside configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from host_tools.inventory.errors import AddressError

DATABASE_NAME = "inventory.db"
MASTER_KEY_NAME = "master.key"


@dataclass(frozen=True, slots=True)
class Location:
    """The two parts of an inventory. They are kept apart so that a copy of one alone is worth nothing."""

    database: Path | URL
    master_key: Path

    @property
    def place(self) -> Path | str:
        """The database as people may see it: an address without its password."""
        if isinstance(self.database, Path):
            return self.database
        return self.database.render_as_string(hide_password=True)

    @classmethod
    def inside(cls, folder: Path) -> Location:
        """Both files in one folder, as PICODSC_HOME asks for."""
        return cls(folder / DATABASE_NAME, folder / MASTER_KEY_NAME)


def default_location(
    environ: Mapping[str, str] | None = None, platform: str | None = None, home: Path | None = None
) -> Location:
    """The location this user's commands share.

    PICODSC_DATABASE, where set, is the address of the database, and the master key stays where it is otherwise.
    PICODSC_HOME, where set, holds both files. Else macOS keeps them in the user's Application Support, and
    other systems follow the XDG Base Directory Specification, whose variables count only if absolute.
    Raises AddressError.
    """
    environ = os.environ if environ is None else environ
    platform = sys.platform if platform is None else platform
    files = _files(environ, platform, home)
    address = environ.get("PICODSC_DATABASE")
    return replace(files, database=parsed_address(address)) if address else files


def parsed_address(text: str) -> Path | URL:
    """A database's file, or its address at a server.

    Raises AddressError, which does not repeat the address: there may be a password in it.
    """
    if "://" not in text:
        return Path(text).expanduser().absolute()
    try:
        address = make_url(text)
    except (ArgumentError, ValueError):
        raise AddressError("this is no address") from None
    if address.get_backend_name() != "postgresql":
        raise AddressError(f"there are no inventories at {address.drivername}:// addresses")
    return address


def _files(environ: Mapping[str, str], platform: str, home: Path | None) -> Location:
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
