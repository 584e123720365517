"""Health: whether logins can be judged, with the codes of what is wrong."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from host_tools.inventory import Inventory, Location
from host_tools.inventory.issuing import begin_batch
from host_tools.inventory.serials import Batch
from host_tools.login.service.system import System
from host_tools.login.serving import logs
from host_tools.login.serving.crew import Crew
from host_tools.login.serving.limits import SharedLimits
from host_tools.login.serving.metrics import RequestMetrics


@pytest.fixture
def now():
    """The time, in a list so that tests can set it."""
    return [datetime(2026, 11, 29, tzinfo=UTC)]


@pytest.fixture
def system(tmp_path, now):
    """A worker's, with one entry in the audit log."""
    with Inventory.open(Location.inside(tmp_path), now=lambda: now[0]) as inventory:
        begin_batch(inventory, Batch("DS", 6), 1)
        yield System(inventory, SharedLimits(64), Crew(1), RequestMetrics(), logs.set_up("error"), 5)


def test_all_is_well(system):
    assert system.reasons() == []


def test_a_clock_that_is_behind_the_record_is_a_reason_beyond_the_tolerance(system, now):
    now[0] -= timedelta(seconds=5)
    assert system.reasons() == []
    now[0] -= timedelta(seconds=1)
    assert system.reasons() == ["clock-behind-record"]


def test_a_database_that_does_not_answer_is_a_reason(system, tmp_path, capfd):
    system.inventory._database.close()
    for one in tmp_path.glob("inventory.db*"):
        one.unlink()
    os.mkfifo(tmp_path / "inventory.db")
    assert system.reasons() == ["database-unreachable"]
    assert '"event": "database unreachable"' in capfd.readouterr().err
