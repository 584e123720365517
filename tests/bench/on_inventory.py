"""How long one has to wait for an inventory of a million devices, beside the same query in plain sqlite3."""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from figure import Figure

from host_tools.inventory import Inventory, Location
from host_tools.inventory.errors import UnknownSerialError
from host_tools.inventory.listing import Filter, search, tokens
from host_tools.inventory.serials import Batch

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


def _fill(path: Path) -> list[str]:
    """A million sealed devices with a credential each; no keys, which no search looks at."""
    batch, now = Batch("PD", 7), datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    serials = [batch.serial(number) for number in range(1, DEVICES + 1)]
    connection = sqlite3.connect(path)
    connection.executemany(
        "INSERT INTO tokens (id, serial, board, uid, firmware_version, state, created_at, user)"
        " VALUES (?, ?, 'pico', ?, '1.0.0', ?, ?, ?)",
        (
            (
                number, serial, number.to_bytes(8, "big"), "assigned" if number % 10 else "sealed", now,
                f"user{number}@{MARKS[0]}" if number == DEVICES // 2 else f"user{number}",
            )
            for number, serial in enumerate(serials, 1)
        ),
    )  # fmt: skip
    connection.executemany(
        "INSERT INTO credentials (id, token_id, credential_id, label, kind, login_suite, counter, challenge_index)"
        " VALUES (?, ?, ?, ?, 'ocra', 'OCRA-1:HOTP-SHA256-8:QN06', x'0000000000000000', 0)",
        (
            (number, number, number.to_bytes(16, "big"), MARKS[1] if number == DEVICES // 3 else "Login")
            for number in range(1, DEVICES + 1)
        ),
    )
    connection.commit()
    connection.close()
    return serials


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
    Inventory.open(location).close()
    serials = _fill(location.database)
    plain = sqlite3.connect(location.database)

    def reference(name: str, value: str) -> float:
        return _ms(lambda: plain.execute(PLAIN[name], [value]).fetchall())

    def mistyped() -> None:
        try:
            inventory.token(serials[7][:-1] + "X")
        except UnknownSerialError:
            return

    with Inventory.open(location) as inventory:
        middle = serials[DEVICES // 2 - 1]
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
