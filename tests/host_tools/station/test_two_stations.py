"""Two stations, each a process with its own copy of the master key, make tokens side by side on one PostgreSQL."""

import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack

import pytest

from fakes.desk import Desk
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory, Location, TokenState
from host_tools.inventory.audit import Head
from host_tools.inventory.issuing import begin_batch
from host_tools.inventory.pins import hand_over_letter_pin
from host_tools.inventory.serials import Batch
from host_tools.inventory.verify import Verdict, answer, issue_challenge
from host_tools.simulator.folder import TokenFolder

UNITS = 100  # a station
LOOKED_AT = 10  # units in all, whose PIN letter is opened and that log in
SEED = 3
BATCH = Batch("DS")
PICODSC = "from host_tools.cli.main import main; main()"


@pytest.fixture
def start(database, tmp_path):
    """Starts `picodsc` as a process of the station with this name."""
    with ExitStack() as running:

        def start(station, *arguments):
            environment = {
                **os.environ,
                "PICODSC_HOME": str(tmp_path / station),
                "PICODSC_DATABASE": database.render_as_string(hide_password=False),
            }
            process = subprocess.Popen(
                [sys.executable, "-c", PICODSC, *map(str, arguments)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            running.callback(process.communicate)
            running.callback(process.kill)
            return process

        yield start


@pytest.fixture
def shared(database, tmp_path):
    """The inventory of both; the station that comes second got a copy of the master key's file."""
    first, second = (Location.inside(tmp_path / name).master_key for name in ("first", "second"))
    with Inventory.open(Location(database, first)) as inventory:
        begin_batch(inventory, BATCH)
        second.parent.mkdir()
        shutil.copy(first, second)
        yield inventory


def login(unit: TokenFolder, pin: str, question: str) -> str | None:
    """A PIN that came by letter is typed twice when it is typed first."""
    with open_engine("cpython", unit.unit()) as engine:
        desk = Desk(engine)
        desk.type(pin)
        return desk.login(pin, question)


@pytest.mark.timeout(900)
def test_two_stations_on_one_database_make_200_tokens_and_give_no_serial_twice(
    shared, start, tmp_path, counted
):
    stations = {
        name: start(
            name,
            *("station", "provision", "--watch", "--count", UNITS, "--json"),
            *("--port", "emulator", "--into", tmp_path / "units" / name, "--engine", "cpython"),
            *("--batch", BATCH.prefix, "--pin", "random", "--rounds", 1),
        )
        for name in ("first", "second")
    }
    receipts = {}
    for name, process in stations.items():
        out, err = process.communicate()
        assert process.returncode == 0, err
        receipts[name] = [json.loads(line) for line in out.splitlines()]
        assert len(receipts[name]) == UNITS
    made_by = {receipt["serial"]: name for name, some in receipts.items() for receipt in some}

    issued = [BATCH.serial(number) for number in range(1, 2 * UNITS + 1)]
    assert sorted(made_by) == shared.serials() == issued, "none twice, and none left out"
    assert {shared.token(serial).state for serial in issued} == {TokenState.SEALED}

    head = shared.check_audit()
    for some in receipts.values():
        assert shared.check_audit(Head.parse(some[-1]["audit_head"])) == head
    events = Counter((entry.serial, entry.event) for entry in shared.history() if entry.serial)
    assert events == {
        (serial, event): 1 for serial in issued for event in ("serial issued", "in doubt", "sealed")
    }

    folders = [TokenFolder.load(path.parent) for path in (tmp_path / "units").glob("*/*/token.json")]
    units = {unit.serial: unit for unit in folders}
    assert {serial: unit.uid for serial, unit in units.items()} == {
        serial: shared.token(serial).uid for serial in issued
    }
    for serial in random.Random(SEED).sample(issued, LOOKED_AT):
        pins: list[str] = []
        hand_over_letter_pin(shared, serial, lambda pin, pins=pins: pins.append(pin.decode()))
        question = issue_challenge(shared, serial).question
        response = login(units[serial], pins[0], question)
        assert answer(shared, serial, question, response) is Verdict.ACCEPTED

    turns = sum(made_by[one] != made_by[other] for one, other in itertools.pairwise(issued))
    counted(f"{len(issued)} tokens by two stations on one PostgreSQL; {turns} times the other one came next")
    assert turns > 1, "they worked side by side"
