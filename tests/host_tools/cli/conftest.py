"""The command `picodsc` in this process, and as a process of its own, with a home that is thrown away."""

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from fakes.login_house import House
from host_tools.cli.main import app
from host_tools.inventory import Inventory, Location, NewCredential

PICODSC = "from host_tools.cli.main import main; main()"


@dataclass
class Ended:
    """What a command printed, and how it ended."""

    out: str
    err: str
    code: int


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Where the commands keep the inventory."""
    folder = tmp_path / "home"
    monkeypatch.setenv("PICODSC_HOME", str(folder))
    return folder


@pytest.fixture
def record(home):
    """Records a token with one credential, whose key is 0, 1, 2 … up to 31."""

    def record(serial="DS-1001", mode="soft", unlock_secret=None, **options):
        options = {"id": bytes(16), "label": "Login", "key": bytearray(range(32)), **options}
        with Inventory.open(Location.inside(home)) as inventory:
            inventory.record_in_doubt(
                serial,
                board="b",
                uid=b"u",
                firmware_version="0",
                credentials=[NewCredential(**options)],
                mode=mode,
                unlock_secret=unlock_secret,
            )

    return record


@pytest.fixture
def picodsc(home):
    """Runs the command in this process."""

    def run(*arguments, stdin=""):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.stdout, result.stderr, result.exit_code)

    return run


@pytest.fixture
def start(home, tmp_path):
    """Starts the command, or another Python program, as a process of its own; its streams are pipes of bytes."""
    started = []

    def start(*arguments, program=PICODSC, **options):
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        environment = {**os.environ, "HOME": str(tmp_path), "PICODSC_HOME": str(home)}
        command = [sys.executable, "-c", program, *map(str, arguments)]
        started.append(subprocess.Popen(command, **{**streams, "env": environment, **options}))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def process(start):
    """Runs the command as a process of its own; `stdin` are bytes."""

    def run(*arguments, stdin=b"", **options):
        started = start(*arguments, **options)
        out, err = started.communicate(stdin)
        return Ended(out.decode(), err.decode(), started.returncode)

    return run


@pytest.fixture
def house(home):
    """Users with tokens in the commands' own inventory, whose responses the test knows; the clock is the machine's."""
    opened = House(Location.inside(home), lambda: datetime.now(UTC))
    yield opened
    opened.close()
