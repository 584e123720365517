"""Other people's servers, real ones, and tokens that our station has made."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fakes.desk import Desk
from fakes.privacyidea_server import MissingServerError, PrivacyIdeaServer
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory, Location
from host_tools.station.make import make_token
from host_tools.station.ordering import CredentialSpec, Order

PIN = "729461"


@pytest.fixture(scope="session")
def privacyidea() -> Iterator[PrivacyIdeaServer]:
    """A privacyIDEA server; each test has serials of its own there."""
    try:
        server = PrivacyIdeaServer()
    except MissingServerError as error:
        pytest.skip(str(error))
    with server:
        yield server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands keep the inventory."""
    monkeypatch.setenv("PICODSC_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def inventory(home: Path) -> Iterator[Inventory]:
    with Inventory.open(Location.inside(home)) as opened:
        yield opened


@pytest.fixture
def made(inventory: Inventory, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Has the station make a simulated token with one credential, and puts it, switched on, before a user."""
    with ExitStack() as running:

        def made(serial: str, login: str, **options: object) -> Desk:
            now = int(time.time()) if login.startswith("TOTP") else 0
            spec = CredentialSpec(login=login, **options)  # type: ignore[arg-type]
            order = Order(serial, bytearray(PIN.encode()), (spec,), rounds=16, time=now)
            token = make_token(inventory, tmp_path / serial, order, "cpython")
            unit = token.unit(wall=(lambda: int(time.time())) if now else None)
            return Desk(running.enter_context(open_engine("cpython", unit)))

        yield made
