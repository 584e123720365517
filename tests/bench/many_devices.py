"""A database of as many devices as one likes, whose keys are real and known: for measurements of large inventories.

    python many_devices.py FOLDER [--devices 1000000] [--seed N]

makes an inventory in the folder, its master key beside it; `Devices` tells each device's serial, user and key again.
"""

import argparse
import hashlib
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from host_tools.inventory import Inventory, Location
from host_tools.inventory.custody import Place
from host_tools.inventory.key_file import KeyFile
from host_tools.inventory.recording import CHALLENGE_ROLE, LOGIN_ROLE
from host_tools.inventory.serials import Batch

BATCH = Batch("PD", 7)
SUITE = "OCRA-1:HOTP-SHA256-8:QN06"
SHARE = 10_000  # devices that a process wraps the keys of at a time
Row = tuple[object, ...]
# Tables in the order of their references, with the columns that `Devices` fills; others have their defaults.
TOKENS = ("id", "serial", "board", "uid", "firmware_version", "state", "created_at", "user")
CREDENTIALS = (
    "id",
    "token_id",
    "credential_id",
    "label",
    "kind",
    "login_suite",
    "counter",
    "challenge_index",
)
USERS = ("id", "name", "language", "created_at")
DEVICES = ("id", "user_id", "kind", "state", "credential_id", "added_at", "activated_at")
WRAPPED_KEYS = ("credential_id", "role", "key_version", "nonce", "ciphertext")


@dataclass(frozen=True)
class Devices:
    """Devices 1 to `count`: which serial, user, id and keys each of them has. One in ten is nobody's."""

    count: int
    seed: int = 1
    user_of: Callable[[int], str] = "user{}".format
    label_of: Callable[[int], str] = "Login".format

    @property
    def numbers(self) -> range:
        """All of them."""
        return range(1, self.count + 1)

    def serial(self, number: int) -> str:
        """Its serial, of one batch."""
        return BATCH.serial(number)

    def is_assigned(self, number: int) -> bool:
        """Whether it is its user's; the others are sealed only."""
        return number % 10 != 0

    def key(self, number: int, role: str = LOGIN_ROLE) -> bytes:
        """32 bytes, those of the login by default."""
        return hashlib.sha256(b"picodsc bench %d %d %s" % (self.seed, number, role.encode())).digest()

    def credential_id(self, number: int) -> bytes:
        """16 bytes."""
        return number.to_bytes(16, "big")


def fill(location: Location, devices: Devices, *, keys: bool = True, jobs: int | None = None) -> None:
    """Make an inventory there, in SQLite and with its master key in a clear file, and put the devices in.

    Each assigned one is its user's active device, and he has no password. Without `keys` there are none to wrap, which
    is for searches. Rows go past the inventory's own code and its audit
    log: recorded one by one, a million would take hours.
    """
    assert isinstance(location.database, Path)
    assert isinstance(location.master_key, Path)
    Inventory.open(location).close()
    connection = sqlite3.connect(location.database, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # if it fails it is made again
        connection.execute("PRAGMA cache_size = -200000")  # in KiB
        connection.execute("BEGIN")
        created = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        _insert(
            connection, "tokens", TOKENS, (_token(devices, number, created) for number in devices.numbers)
        )
        _insert(
            connection,
            "credentials",
            CREDENTIALS,
            (_credential(devices, number) for number in devices.numbers),
        )
        assigned = [number for number in devices.numbers if devices.is_assigned(number)]
        users = ((number, devices.user_of(number), "en", created) for number in assigned)
        _insert(connection, "users", USERS, users)
        active = ((number, number, "dsc+", "active", number, created, created) for number in assigned)
        _insert(connection, "devices", DEVICES, active)
        if keys:
            rows = _wrapped(devices, location.master_key, jobs or os.cpu_count() or 1)
            _insert(connection, "wrapped_keys", WRAPPED_KEYS, rows)
        connection.execute("COMMIT")
        # No ANALYZE: the inventory runs none either, so the planner must do without.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _insert(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: Iterable[Row]
) -> None:
    places = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)  # noqa: S608 - ours


def _token(devices: Devices, number: int, created: str) -> Row:
    state = "assigned" if devices.is_assigned(number) else "sealed"
    user = devices.user_of(number)
    return number, devices.serial(number), "pico", number.to_bytes(8, "big"), "1.0.0", state, created, user


def _credential(devices: Devices, number: int) -> Row:
    return number, number, devices.credential_id(number), devices.label_of(number), "ocra", SUITE, bytes(8), 0


def _wrapped(devices: Devices, master_key: Path, jobs: int) -> Iterator[Row]:
    """Each device's keys, wrapped as the inventory does it, by some processes; in their order, for the index's sake."""
    seeded = Devices(devices.count, devices.seed)  # which the other processes can be handed
    shares = [
        range(begin, min(begin + SHARE, devices.count + 1)) for begin in range(1, devices.count + 1, SHARE)
    ]
    with ProcessPoolExecutor(jobs) as pool:
        for rows in pool.map(_wrap, [seeded] * len(shares), [master_key] * len(shares), shares):
            yield from rows


def _wrap(devices: Devices, master_key: Path, numbers: range) -> list[Row]:
    custody = KeyFile(master_key)
    try:
        (version,) = custody.versions()
        rows: list[Row] = []
        for number in numbers:
            serial, credential_id = devices.serial(number), devices.credential_id(number)
            for role in (LOGIN_ROLE, CHALLENGE_ROLE):
                wrapped = custody.wrap(devices.key(number, role), Place(serial, credential_id, role), version)
                rows.append((number, role, version, wrapped.nonce, wrapped.ciphertext))
        return rows
    finally:
        custody.close()


def main() -> int:
    """Make one, and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--devices", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    location = Location.inside(options.folder)
    begun = time.perf_counter()
    fill(location, Devices(options.devices, options.seed))
    taken = time.perf_counter() - begun
    print(f"{location.place}: {options.devices:,} devices in {taken:.0f} s, {options.devices / taken:,.0f}/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
