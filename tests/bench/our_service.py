"""`picodsc serve` over as many devices as one likes, and an API key that starts logins at it: for bench and soak."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from many_devices import Devices, fill
from sqlalchemy import URL

from fakes.login_client import SUITE, LoginClient, User
from fakes.login_load import Service
from fakes.picodsc_serve import PicodscServe
from host_tools.inventory import Inventory, Location, NewCredential
from host_tools.login import accounts, api_keys, device_life
from host_tools.login.api_keys import Scope
from host_tools.login.system import LoginSystem

KEY_NAME = "desk"
FOLDER = "service"
# One client asks for all here, and for each user as often as it can.
SETTINGS = """
[limits]
source_per_second = 1000000
source_burst = 1000000
key_per_second = 1000000
key_burst = 1000000
account_per_minute = 1000000
account_burst = 1000000
"""


@dataclass(frozen=True)
class OurService:
    """One that runs; `sign_in` gives another word, since the one of `service` lasts for ten minutes."""

    service: Service
    users: Sequence[User]
    sign_in: Callable[[], str]
    running: PicodscServe


def filled(folder: Path, count: int, users: int) -> tuple[Location, list[User]]:
    """An inventory in SQLite with so many devices, and those of their users who log in: spread over all of them."""
    made, location = Devices(count), Location.inside(folder)
    fill(location, made)
    every = max(count // users, 1)
    numbers = [number for number in range(1, count + 1, every) if made.is_assigned(number)][:users]
    return location, [User(made.user_of(number), "", made.key(number)) for number in numbers]


def recorded(database: URL, folder: Path, users: int) -> tuple[Location, list[User]]:
    """The same in PostgreSQL, one by one: each device is one of the users'."""
    location = Location(database, folder / "master.key")
    made = Devices(users)
    with Inventory.open(location) as inventory:
        system = LoginSystem(inventory)
        for number in made.numbers:
            serial, name = f"PG-{number}", made.user_of(number)
            new = NewCredential(made.credential_id(number), "Login", bytearray(made.key(number)), SUITE.text)
            inventory.record_in_doubt(
                serial, board="pico", uid=bytes(8), firmware_version="1.0.0", credentials=[new]
            )
            inventory.mark_sealed(serial)
            accounts.add_user(system, name)
            device_life.add_token(system, name, serial, active=True)
    return location, [User(made.user_of(number), "", made.key(number)) for number in made.numbers]


@contextmanager
def our_service(
    location: Location, users: Sequence[User], folder: Path, workers: int = 2
) -> Iterator[OurService]:
    """It runs, without TLS, and a key that vouches is signed in."""
    with Inventory.open(location, create=False) as inventory:
        system = LoginSystem(inventory)
        number = len(api_keys.keys(system)) + 1
        name = f"{KEY_NAME}{number}"
        secret = api_keys.add_key(system, name, [Scope.VOUCH])
    with PicodscServe(location, folder / FOLDER, workers=workers, tls=False, more=SETTINGS) as running:

        def sign_in() -> str:
            return asyncio.run(_signed_in(running.address, name, secret))

        service = Service(running.address, sign_in(), pid=running.pid)
        yield OurService(service, users, sign_in, running)


def accepted(location: Location) -> list[str]:
    """The transactions that were accepted: as many of them as the audit log tells of logins, or AssertionError."""
    assert isinstance(location.database, Path)
    connection = sqlite3.connect(location.database)
    try:
        rows = connection.execute("SELECT lower(hex(reference)) FROM demands WHERE accepted ORDER BY id")
        found = [reference for (reference,) in rows]
        told = "SELECT count(*) FROM audit_log WHERE event = 'login accepted'"
        assert connection.execute(told).fetchone() == (len(found),)
        return found
    finally:
        connection.close()


async def _signed_in(address: str, name: str, secret: str) -> str:
    async with LoginClient(address) as client:
        return await client.sign_in(name, secret)
