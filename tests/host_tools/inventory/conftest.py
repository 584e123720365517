"""An inventory in a folder of its own, a clock that the test moves, and processes that share both files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from fakes.hand_clock import HandClock
from host_tools.inventory import Inventory, Location, NewCredential, Token
from host_tools.inventory.backup import back_up
from host_tools.inventory.issuing import begin_batch
from host_tools.inventory.serials import Batch

LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
COUNTING = "OCRA-1:HOTP-SHA256-8:C-QN06"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return Location(tmp_path / "data" / "inventory.db", tmp_path / "config" / "master.key")


@pytest.fixture
def inventory(location: Location, clock: HandClock) -> Iterator[Inventory]:
    with Inventory.open(location, now=clock) as opened:
        yield opened


@pytest.fixture
def record(inventory: Inventory) -> Callable[..., Token]:
    """Records a token with one credential; its key is the id repeated, so that tests know it."""

    def record(
        serial: str = "DS-1001",
        number: int = 1,
        into: Inventory = inventory,
        mode: str = "soft",
        unlock_secret: bytearray | None = None,
        **options: object,
    ) -> Token:
        identity = bytes([number]) * 16
        options = {
            "id": identity,
            "label": "Login",
            "key": bytearray(identity * 2),
            "login_suite": LOGIN,
            **options,
        }
        return into.record_in_doubt(
            serial,
            board="simulated",
            uid=b"\xe6\x61" + bytes(6),
            firmware_version="0.1.0",
            credentials=[NewCredential(**options)],  # type: ignore[arg-type]
            mode=mode,
            unlock_secret=unlock_secret,
        )

    return record


@pytest.fixture
def seal(inventory: Inventory, record: Callable[..., Token]) -> Callable[..., Token]:
    """Records a token as `record` does, and has it sealed: it is in somebody's hands."""

    def seal(serial: str = "DS-1001", number: int = 1, **options: Any) -> Token:
        record(serial, number, **options)
        into: Inventory = options.get("into", inventory)
        return into.mark_sealed(serial)

    return seal


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest, location: Location) -> Location:
    """A place for an inventory in a database of either kind."""
    if request.param == "sqlite":
        return location
    return Location(request.getfixturevalue("database"), location.master_key)


@pytest.fixture
def start(location: Location) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a Python process that has `inventory` open at the same place and can `record` tokens."""
    started: list[subprocess.Popen[str]] = []
    opening = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from host_tools.inventory import Inventory, Location, NewCredential\n"
        "from host_tools.inventory.verify import issue_challenge, verify_response, answer\n"
        "from host_tools.inventory.location import parsed_address\n"
        "inventory = Inventory.open(Location(parsed_address(sys.argv[1]), Path(sys.argv[2])))\n"
        "def record(serial, identity):\n"
        "    new = NewCredential(id=identity, label='Login', key=bytearray(identity * 2))\n"
        "    inventory.record_in_doubt(serial, board='b', uid=b'u', firmware_version='0',\n"
        "                              credentials=[new])\n"
    )

    def start(code: str, at: Location = location) -> subprocess.Popen[str]:
        database = at.database
        address = database.render_as_string(hide_password=False) if isinstance(database, URL) else database
        process = subprocess.Popen(
            [sys.executable, "-c", opening + code, str(address), str(at.master_key)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def race(start: Callable[..., subprocess.Popen[str]], location: Location) -> Callable[..., list[list[str]]]:
    """Lets processes run the same code at once, all with the inventory open; the words that each of them printed."""

    def race(body: str, workers: int, at: Location = location) -> list[list[str]]:
        processes = [
            start("print('ready', flush=True); sys.stdin.readline()\n" + body, at) for _ in range(workers)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        outputs = [process.communicate(timeout=60)[0].split() for process in processes]
        assert {process.returncode for process in processes} == {0}
        return outputs

    return race


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "monday.picodsc"


@pytest.fixture
def elsewhere(location: Location, tmp_path: Path) -> Location:
    """An empty place under the same master key."""
    return Location(tmp_path / "elsewhere" / "inventory.db", location.master_key)


@pytest.fixture
def backed_up(anywhere, clock, record, file):
    """Makes an inventory with a token and a batch, and backs it up; where it is."""

    def backed_up(**options) -> Location:
        with Inventory.open(anywhere, now=clock) as inventory:
            record(into=inventory, **options)
            inventory.mark_sealed("DS-1001")
            begin_batch(inventory, Batch("PD"))
            back_up(inventory, file)
        return anywhere

    return backed_up
