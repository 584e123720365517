"""The login service's application over a login house, in this process, with API keys of every kind."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from fakes.hand_clock import HandClock
from fakes.in_process import client_of
from fakes.login_house import House
from host_tools.inventory import Location
from host_tools.login import api_keys
from host_tools.login.api_keys import Scope
from host_tools.login.service.app import create_app
from host_tools.login.service.system import System
from host_tools.login.serving import logs
from host_tools.login.serving.crew import Crew
from host_tools.login.serving.limits import SharedLimits
from host_tools.login.serving.metrics import RequestMetrics
from host_tools.login.serving.settings import Settings
from host_tools.login.system import LoginSystem


class LoginApi:
    """`key` is one of all scopes; `ask` asks with it, or with another one."""

    def __init__(self, house: House, system: System, **settings: Any) -> None:
        often = {"source_per_second": 100_000, "source_burst": 1_000_000}
        often |= {"key_per_second": 100_000, "key_burst": 1_000_000}
        often |= {"account_per_minute": 1_000_000, "account_burst": 1_000_000}
        self.house = house
        self.app = create_app(system, Settings(**{**often, **settings}))
        self.client = client_of(self.app)
        self._keys: dict[tuple[Scope, ...], str] = {}
        self.key = self.key_of(*Scope)

    def key_of(self, *scopes: Scope) -> str:
        """A key with these scopes."""
        if scopes not in self._keys:
            self._keys[scopes] = api_keys.add_key(self.house.system, f"key-{len(self._keys)}", scopes)
        return self._keys[scopes]

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        session: str | None = None,
        **more: Any,
    ) -> httpx.Response:
        """The answer; `key` is None for none, and empty for the one of all scopes."""
        headers = dict(more.pop("headers", {}))
        if key is not None:
            headers["authorization"] = f"Bearer {key or self.key}"
        if session is not None:
            headers["picodsc-session"] = session
        if body is not None:
            more["json"] = body
        return self.client.request(method, path, headers=headers, **more)

    def login(self, name: str = "alice", *, alarm: bool = False) -> str:
        """The session of a login with the token, by the API alone."""
        begun = self.ask("POST", "/v1/logins", {"user": name})
        assert begun.status_code == 201, begun.text
        demand = begun.json()
        shown = self.house.hands[demand["serial"]].shows(demand["challenge"], self.house.now(), alarm=alarm)
        verdict = self.ask("POST", f"/v1/logins/{demand['reference']}/response", {"response": shown}).json()
        assert verdict["accepted"]
        return str(verdict["session"])


@contextmanager
def workers() -> Iterator[Callable[[LoginSystem], System]]:
    """Makes login systems those of workers; the log is on standard error, from warnings on."""
    limits, root = SharedLimits(64), logging.getLogger()
    before = root.handlers, root.level
    try:
        yield lambda logins: System(
            logins, limits, Crew(1), RequestMetrics(), logs.set_up("warning"), bytes(32)
        )
    finally:
        root.handlers = before[0]
        root.setLevel(before[1])
        limits.close()


@contextmanager
def api_in(folder: Path, **settings: Any) -> Iterator[LoginApi]:
    """The application over a house in this folder, for tests that share it."""
    house = House(Location.inside(folder), HandClock())
    try:
        with workers() as worker:
            yield LoginApi(house, worker(house.system), **settings)
    finally:
        house.close()
