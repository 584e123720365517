"""Whether somebody else has the inventory open, who should be stopped before it is replaced."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from host_tools.inventory import Inventory
from host_tools.inventory.database import is_open_elsewhere

PROGRAM = """
import sys
from pathlib import Path
from sqlalchemy import make_url
from host_tools.inventory import Inventory, Location
place, key = sys.argv[1:]
address = make_url(place) if "://" in place else Path(place)
with Inventory.open(Location(address, Path(key))) as inventory:
    print(len(inventory.history()), flush=True)
    input()
"""


@pytest.fixture
def opened(anywhere):
    """Has another process open the inventory."""
    with Inventory.open(anywhere):
        pass
    place = anywhere.database
    shown = str(place) if isinstance(place, Path) else place.render_as_string(hide_password=False)
    command = [sys.executable, "-c", PROGRAM, shown, str(anywhere.master_key)]

    @contextmanager
    def opened():
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout.readline().strip().isdigit()
            yield running

    return opened


def test_an_inventory_is_open_elsewhere_while_another_process_has_it(anywhere, opened):
    assert not is_open_elsewhere(anywhere.database)
    with opened() as running:
        assert is_open_elsewhere(anywhere.database)
        running.communicate("\n")
    assert not is_open_elsewhere(anywhere.database)


def test_who_was_killed_has_it_open_no_more(anywhere, opened):
    with opened() as running:
        running.kill()
    assert not is_open_elsewhere(anywhere.database)
