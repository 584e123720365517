"""What watches the service: whether logins can be judged, with codes of what is wrong; and who reads the metrics."""

import asyncio
import logging
import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import httpx
import pytest

from host_tools.inventory import Inventory, Location
from host_tools.inventory.issuing import begin_batch
from host_tools.inventory.serials import Batch
from host_tools.login.service.app import create_app
from host_tools.login.service.system import System
from host_tools.login.serving import logs
from host_tools.login.serving.crew import Crew
from host_tools.login.serving.limits import SharedLimits
from host_tools.login.serving.metrics import RequestMetrics
from host_tools.login.serving.settings import Settings


@pytest.fixture
def now():
    """The time, in a list so that tests can set it."""
    return [datetime(2026, 11, 29, tzinfo=UTC)]


@pytest.fixture
def system(tmp_path, now):
    """A worker's, with one entry in the audit log."""
    with Inventory.open(Location.inside(tmp_path), now=lambda: now[0]) as inventory:
        begin_batch(inventory, Batch("DS", 6), 1)
        limits, root = SharedLimits(64), logging.getLogger()
        before = root.handlers, root.level
        yield System(inventory, limits, Crew(1), RequestMetrics(), logs.set_up("error"), 5)
        root.handlers = before[0]
        root.setLevel(before[1])
        limits.close()


def asked(system, path, client, **settings):
    """The application's answer to this client."""
    app = create_app(system, Settings(**settings))

    async def ask():
        transport = httpx.ASGITransport(app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as asking:
            return await asking.get(path)

    return asyncio.run(ask())


def test_all_is_well(system):
    assert system.reasons() == []


def test_a_clock_that_is_behind_the_record_is_a_reason_beyond_the_tolerance(system, now):
    now[0] -= timedelta(seconds=5)
    assert system.reasons() == []
    now[0] -= timedelta(seconds=1)
    assert system.reasons() == ["clock-behind-record"]
    answer = asked(system, "/healthz", "127.0.0.1")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["clock-behind-record"])


def test_a_database_that_does_not_answer_is_a_reason(system, tmp_path, capfd):
    system.inventory._database.close()
    for one in tmp_path.glob("inventory.db*"):
        one.unlink()
    os.mkfifo(tmp_path / "inventory.db")
    assert system.reasons() == ["database-unreachable"]
    assert '"event": "database unreachable"' in capfd.readouterr().err


@pytest.mark.parametrize(
    ("client", "status"), [("192.0.2.1", 200), ("198.51.100.1", 404), ("127.0.0.1", 404)]
)
def test_metrics_are_for_the_networks_that_are_set(system, client, status):
    networks = (ip_network("192.0.2.0/24"),)
    assert asked(system, "/metrics", client, metrics_from=networks).status_code == status
