"""A station whose units are each made by a process of its own, which can be killed with all that it started.

The processes are forks of one that has loaded everything already; `python -m fakes.killable_station` is that one.
"""

from __future__ import annotations

import enum
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL

from host_tools.inventory import Inventory, Location
from host_tools.inventory.location import parsed_address
from host_tools.station.desk import taken
from host_tools.station.ordering import DEFAULT_SUITE, CredentialSpec, Order
from host_tools.station.provision import Wanted, provision
from host_tools.station.sealing import Step
from host_tools.station.units import simulated

OPEN = "open"  # before the steps: the inventory and the unit are opened
DONE = "done"
PLACES = (OPEN, *(step.value for step in Step))
PREFIX = "DS"
ENDED = "ended"


class Kind(enum.StrEnum):
    """What is made: how its PIN comes, and what it shows."""

    ORDERED = "ordered PIN"
    LETTER = "PIN by letter"
    CODES = "ordered PIN, plain codes"


@dataclass(frozen=True)
class Kill:
    """To be killed so many seconds after a step began; or None: at its very beginning, before any of it is done."""

    place: str
    after: float | None = None


class KillableStation:
    """Makes tokens of units that are there, by the station's own code."""

    def __init__(self, location: Location) -> None:
        address = location.database
        text = address.render_as_string(hide_password=False) if isinstance(address, URL) else str(address)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fakes.killable_station", text, str(location.master_key)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def make(self, folder: Path, pin: str, kind: Kind, kill: Kill | None = None) -> dict[str, float]:
        """Provision the unit in the folder; where it came to: place -> when it began (seconds, monotonic).

        Raises RuntimeError if it fails without having been killed.
        """
        held = [] if kill is None else [DONE]  # where it waits for its end: no kill comes too late
        if kill is not None and kill.after is None:
            held.append(kill.place)
        self._say({"folder": str(folder), "pin": pin, "kind": kind, "held": held})
        process = int(self._heard())
        seen: dict[str, float] = {}
        killed = False
        while not (line := self._heard()).startswith(ENDED):
            seen[line] = time.monotonic()
            if kill is not None and line == kill.place:
                try:
                    time.sleep(kill.after or 0)
                finally:
                    os.killpg(process, signal.SIGKILL)
                killed = True
        if line != f"{ENDED} 0" and not killed:
            raise RuntimeError(f"the station failed after {list(seen)}")
        return seen

    def close(self) -> None:
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _say(self, what: dict[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def _heard(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the station's process has ended")
        return line.rstrip("\n")


def serve(location: Location) -> None:
    """Fork for each line of standard input."""
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            # A group of its own, in which the firmware's process is, too.
            os.setpgid(0, 0)
            _end(location, json.loads(line))
        _, status = os.waitpid(process, 0)
        _tell(f"{ENDED} {os.waitstatus_to_exitcode(status)}")


def _end(location: Location, order: dict[str, Any]) -> None:
    """Do it, and end this process."""
    try:
        _tell(str(os.getpid()))
        _make(location, order)
    except BaseException:  # noqa: BLE001 - a fork must not go on as its parent
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _make(location: Location, given: dict[str, Any]) -> None:
    def look(place: str) -> None:
        _tell(place)
        if place in given["held"]:
            signal.pause()

    look(OPEN)
    kind = Kind(given["kind"])
    login = "HOTP-SHA1-6" if kind is Kind.CODES else DEFAULT_SUITE
    order = Order(
        "X",
        bytearray(given["pin"].encode()),
        (CredentialSpec(login=login),),
        rounds=1,
        must_change=kind is Kind.LETTER,
        keep_pin="letter" if kind is Kind.LETTER else "sealed",
    )
    with (
        Inventory.open(location, create=False) as inventory,
        taken(simulated(Path(given["folder"]), "cpython")) as unit,
    ):
        provision(inventory, unit, Wanted(order, prefix=PREFIX), look)
        look(DONE)


def _tell(word: str) -> None:
    # In one piece, and at once: whoever is killed next has said it.
    os.write(sys.stdout.fileno(), f"{word}\n".encode())


if __name__ == "__main__":
    serve(Location(parsed_address(sys.argv[1]), Path(sys.argv[2])))
