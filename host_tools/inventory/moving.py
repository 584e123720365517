"""The master key taken from its file into a PKCS#11 module: a rotation to a key that the module has made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from host_tools.inventory import custodies
from host_tools.inventory import database as databases
from host_tools.inventory.custody import Ask
from host_tools.inventory.errors import NoInventoryError
from host_tools.inventory.location import Location
from host_tools.inventory.module_address import ModuleAddress
from host_tools.inventory.module_errors import MasterKeyPlaceError
from host_tools.inventory.module_pointer import pointer
from host_tools.inventory.moving_keys import MovingKeys
from host_tools.inventory.rotation import rotate
from host_tools.inventory.store import Inventory


def opened_to_move(
    location: Location, address: ModuleAddress, *, ask: Ask | None = None, pin: Ask | None = None
) -> Inventory:
    """The inventory with both its file and the module, ready for `rotate_all`; every command opens it so from now on.

    Raises MasterKeyPlaceError if its master key is in a module already, or on the way to another one, or if
    PICODSC_MASTER_KEY says where it is; ModuleKeyThereError; MasterKeyChangedError if somebody else changes the file or
    begins to move it at the same time; and what `Inventory.open` and `custodies.both` do.
    """
    path = location.master_key
    if not isinstance(path, Path):
        raise MasterKeyPlaceError(address, f"it is at {path} already")
    begun = pointer(path)
    if begun is not None and (begun != address or not path.exists()):
        reason = f"it is {'on the way to' if path.exists() else 'at'} {begun} already"
        raise MasterKeyPlaceError(address, reason)
    if not databases.is_there(location.database):
        raise NoInventoryError(location.place)
    database = databases.opened(location.database)
    try:
        custody = custodies.both(path, address, ask, pin or ask, begin=begun is None)
        try:
            inventory = Inventory(database, custody)
            if begun is None:
                custody.begin(address)
        except BaseException:
            custody.close()
            raise
    except BaseException:
        database.close()
        raise
    return inventory


def rotate_all(
    inventory: Inventory, progress: Callable[[int, int], None] = lambda done, all_of_them: None
) -> int:
    """Replace the master key as `rotate` does, and once more if that only finished what was begun in the file.

    After this no master key is in a file that has an address beside it.
    """
    version = rotate(inventory, progress)
    custody = inventory.custody
    if isinstance(custody, MovingKeys) and not custody.moved:
        version = rotate(inventory, progress)
    return version
