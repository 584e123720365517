"""`picodsc demo`: a token is made, used at a login, and judged; what `make run` runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from host_tools.cli.exits import stop
from host_tools.cli.options import EngineOption


def demo(engine: EngineOption = "cpython") -> None:
    """Make a token and log in with it, once with a wrong PIN.

    In a terminal the token stands beside a login prompt, for you to use. Without one the same goes by script:
    the screens are printed, then the verdict; the exit code is 0 only if the right response was accepted and a
    wrong PIN's response refused. Nothing is kept: the token and its key are in a temporary folder.

    Example: picodsc demo --engine micropython
    """
    # SQLAlchemy and Pillow take a moment to load, and `picodsc --help` should not wait for them.
    from host_tools.cli.demo_login import log_in
    from host_tools.engines.errors import EngineError
    from host_tools.inventory import Inventory
    from host_tools.inventory.errors import InventoryError
    from host_tools.inventory.location import Location
    from host_tools.simulator.login import ScreenError
    from host_tools.station.errors import StationError

    with tempfile.TemporaryDirectory(prefix="picodsc-demo-") as name:
        folder = Path(name)
        try:
            with Inventory.open(Location(folder / "inventory.db", folder / "master.key")) as inventory:
                log_in(inventory, folder / "token", engine)
        except (EngineError, InventoryError, ScreenError, StationError) as error:
            stop(error)
