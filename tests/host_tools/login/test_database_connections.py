"""More threads than connections: who gets none is told that the database is busy, and not that something is broken."""

from contextlib import ExitStack

import pytest

from fakes.login_house import House
from host_tools.inventory.database import opened
from host_tools.inventory.errors import InventoryBusyError

MORE = 100  # than a process has connections, or than a server gives it


def test_a_thread_that_gets_no_connection_finds_the_database_busy(anywhere, clock):
    House(anywhere, clock).close()
    database = opened(anywhere.database, busy_seconds=0)
    with pytest.raises(InventoryBusyError):
        hold(database)


def hold(database):
    with ExitStack() as held:
        held.callback(database.close)
        for _ in range(MORE):
            held.enter_context(database.reading()).connection()
