"""Where the inventory is: its database in the data folder or at a server, the master key beside configuration.

Or in a PKCS#11 module.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from host_tools.inventory.errors import AddressError
from host_tools.inventory.module_address import SCHEME, ModuleAddress
from host_tools.inventory.server_address import refuse_secrets

DATABASE_NAME = "inventory.db"
MASTER_KEY_NAME = "master.key"


@dataclass(frozen=True, slots=True)
class Location:
    """The two parts of an inventory. They are kept apart so that a copy of one alone is worth nothing."""

    database: Path | URL
    master_key: Path | ModuleAddress

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
    PICODSC_MASTER_KEY, where set, is the master key's file, or its address in a module.
    PICODSC_HOME, where set, holds both files. Else macOS keeps them in the user's Application Support, and
    other systems follow the XDG Base Directory Specification, whose variables count only if absolute.
    Raises AddressError, ModuleAddressError.
    """
    environ = os.environ if environ is None else environ
    platform = sys.platform if platform is None else platform
    location = _files(environ, platform, home)
    if address := environ.get("PICODSC_DATABASE"):
        location = replace(location, database=parsed_address(address))
    if master_key := environ.get("PICODSC_MASTER_KEY"):
        location = replace(location, master_key=parsed_master_key(master_key))
    return location


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
    refuse_secrets(address)
    return address


def parsed_master_key(text: str) -> Path | ModuleAddress:
    """A master key's file, or its address in a module. Raises ModuleAddressError, which does not repeat it."""
    return ModuleAddress.parse(text) if text.startswith(SCHEME) else Path(text).expanduser().absolute()


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
