"""A token made by the real factory flow, with the inventory that knows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from host_tools.inventory import Inventory, Location
from host_tools.simulator.folder import TokenFolder
from host_tools.station.make import Order, make_token

SERIAL = "TERM-0001"
PIN = "7294"


@contextmanager
def made_token(folder: Path) -> Iterator[tuple[Inventory, TokenFolder]]:
    """Make it in `folder`; the inventory is closed at the end."""
    with Inventory.open(Location.inside(folder)) as opened:
        yield opened, make_token(opened, folder / "token", Order(SERIAL, bytearray(PIN.encode())), "cpython")
