"""How long one has to wait for an inventory of a million devices, beside the same query in plain sqlite3."""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from figure import Figure
from many_devices import Devices, fill

from host_tools.inventory import Inventory, Location
from host_tools.inventory.errors import UnknownSerialError
from host_tools.inventory.listing import Filter, search, tokens

DEVICES = 1_000_000
TURNS = 5
MARKS = ("alice.example", "rare label")  # one device has them
USED = "SELECT id, serial, user, board FROM tokens"
LABELLED = "id IN (SELECT token_id FROM credentials WHERE label LIKE ?1)"
PLAIN = {
    "serial": f"{USED} WHERE serial = ?",
    "user": f"{USED} WHERE user = ? ORDER BY serial LIMIT 50",
    "a part": f"{USED} WHERE serial LIKE ?1 OR user LIKE ?1 OR board LIKE ?1 OR {LABELLED} LIMIT 50",
}


def _user(number: int) -> str:
    return f"user{number}@{MARKS[0]}" if number == DEVICES // 2 else f"user{number}"


def _label(number: int) -> str:
    return MARKS[1] if number == DEVICES // 3 else "Login"


def _ms(action: Callable[[], object]) -> float:
    """The best of some turns, in milliseconds."""
    taken = []
    for _ in range(TURNS):
        begun = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begun)
    return min(taken) * 1000


def _figures(folder: Path) -> Iterator[Figure]:
    location = Location.inside(folder)
    devices = Devices(DEVICES, user_of=_user, label_of=_label)
    fill(location, devices, keys=False)  # which no search looks at
    plain = sqlite3.connect(location.database)

    def reference(name: str, value: str) -> float:
        return _ms(lambda: plain.execute(PLAIN[name], [value]).fetchall())

    def mistyped() -> None:
        try:
            inventory.token(devices.serial(8)[:-1] + "X")
        except UnknownSerialError:
            return

    with Inventory.open(location) as inventory:
        middle = devices.serial(DEVICES // 2)
        for what, text, name, value in (
            ("search: a serial", middle, "serial", middle),
            ("search: a user", "user4711", "user", "user4711"),
            ("search: part of one user's name", MARKS[0], "a part", f"%{MARKS[0]}%"),
            ("search: part of one label", MARKS[1][2:], "a part", f"%{MARKS[1][2:]}%"),
            ("search: nothing has it", "nowhere", "a part", "%nowhere%"),
        ):
            took = _ms(lambda text=text: search(inventory, text, 50))
            yield Figure(what, took, "ms", "sqlite3", reference(name, value))
        yield Figure(
            "a mistyped serial, and what was meant", _ms(mistyped), "ms", "sqlite3, a serial",
            reference("serial", middle),
        )  # fmt: skip
        first = _ms(lambda: list(islice(tokens(inventory, Filter(batch="PD")), 50)))
        yield Figure("list: until 50 of a batch are there", first, "ms")
        begun = time.perf_counter()
        count = sum(1 for _ in tokens(inventory))
        yield Figure("list: all of them", count / (time.perf_counter() - begun), "devices/s")
    plain.close()


def figures() -> list[Figure]:
    """All of them."""
    with tempfile.TemporaryDirectory() as folder:
        return list(_figures(Path(folder)))
