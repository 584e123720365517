"""What watches the service: whether logins can be judged, with codes of what is wrong; and who reads the metrics."""

import asyncio
import os
from datetime import timedelta
from ipaddress import ip_network

import anyio.to_thread
import httpx
import pytest

from fakes.hand_clock import HandClock
from host_tools.inventory import Inventory, Location
from host_tools.inventory.issuing import begin_batch
from host_tools.inventory.serials import Batch
from host_tools.login.rules.clock import Clock
from host_tools.login.service.app import create_app
from host_tools.login.serving.settings import Settings
from host_tools.login.system import LoginSystem
from host_tools.policy import Policy


@pytest.fixture
def wall():
    """What the machine's clock shows, while no time passes."""
    return HandClock()


@pytest.fixture
def refusing(tmp_path):
    """A policy by which nothing goes on after a jump."""
    file = tmp_path / "policy.toml"
    file.write_text('[[policy]]\neffective = 2026-01-01\n[policy.clock]\nback = "refuse"\nahead = "refuse"\n')
    return Policy.load(file)


@pytest.fixture
def logins(tmp_path, wall):
    """Opens the login system, with one entry in its audit log."""
    opened = []

    def open_by(policy=None):
        clock = Clock(wall, lambda: 0.0)
        inventory = Inventory.open(Location.inside(tmp_path), now=wall, policy=policy)
        opened.append(inventory)
        begin_batch(inventory, Batch("DS", 6), 1)
        return LoginSystem(inventory, clock)

    yield open_by
    for one in opened:
        one.close()


def asked(system, path, client, headers=None, **settings):
    """The application's answer to this client."""
    app = create_app(system, Settings(**settings))

    async def ask():
        transport = httpx.ASGITransport(app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://x", headers=headers) as asking:
            return await asking.get(path)

    return asyncio.run(ask())


def test_all_is_well(logins, worker):
    assert worker(logins()).reasons() == []


def test_a_clock_that_jumped_is_a_reason_where_the_policy_refuses(logins, worker, wall, refusing):
    system = worker(logins(refusing))
    wall.advance(seconds=-5)
    assert system.reasons() == []
    wall.advance(seconds=-1)
    assert system.reasons() == ["clock-jumped"]
    answer = asked(system, "/healthz", "127.0.0.1")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["clock-jumped"])


def test_a_clock_that_is_not_followed_is_a_warning_and_no_reason(logins, worker, wall, capfd):
    system = worker(logins())
    wall.advance(hours=3)
    assert system.reasons() == []
    assert '"event": "clock jumped, and is not followed", "seconds": 10800.0' in capfd.readouterr().err
    assert system.logins.jump() == timedelta(hours=3)


def test_a_database_that_does_not_answer_is_a_reason(logins, worker, tmp_path, capfd):
    system = worker(logins())
    system.logins.inventory._database.close()
    for one in tmp_path.glob("inventory.db*"):
        one.unlink()
    os.mkfifo(tmp_path / "inventory.db")
    assert system.reasons() == ["database-unreachable"]
    assert '"event": "database unreachable"' in capfd.readouterr().err


@pytest.mark.parametrize(
    ("client", "status"), [("192.0.2.1", 200), ("198.51.100.1", 404), ("127.0.0.1", 404)]
)
def test_metrics_are_for_the_networks_that_are_set(logins, worker, client, status):
    networks = (ip_network("192.0.2.0/24"),)
    assert asked(worker(logins()), "/metrics", client, metrics_from=networks).status_code == status


@pytest.mark.parametrize("proxies", [(), ("127.0.0.1/32",)])
def test_metrics_are_not_for_what_a_proxy_on_this_machine_forwards_from_nobody_knows_where(
    logins, worker, proxies
):
    trusted = tuple(map(ip_network, proxies))
    system = worker(logins())
    for forwarded in ("203.0.113.9:5555", "unknown", ""):
        answer = asked(
            system, "/metrics", "127.0.0.1", {"x-forwarded-for": forwarded}, trusted_proxies=trusted
        )
        assert answer.status_code == 404
    assert asked(system, "/metrics", "127.0.0.1", trusted_proxies=trusted).status_code == 200


def test_health_is_told_while_all_threads_are_at_work(logins, worker):
    app = create_app(worker(logins()), Settings())

    async def ask():
        threads = anyio.to_thread.current_default_thread_limiter()
        for number in range(int(threads.total_tokens)):
            await threads.acquire_on_behalf_of(number)
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as asking:
            return await asyncio.wait_for(asking.get("/healthz"), 20)

    assert asyncio.run(ask()).status_code == 200
