"""What a shell completes: names of users and numbers of devices, read without the master key and without a change.

Only of an inventory that is a file: nobody should wait for a server, or wake it, by a press of the tab key.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

MOST: Final = 200  # more than that nobody reads


def user_names(database: Path, start: str) -> list[str]:
    """Users whose names begin so, by name; none if the file cannot be read."""
    return [str(row[0]) for row in _rows(database, _USERS, (start.lower(), MOST))]


def device_numbers(database: Path, user: str) -> list[tuple[int, str]]:
    """The numbers of the user's devices that have not ended, with their kind; none if the file cannot be read."""
    return [(int(str(row[0])), str(row[1])) for row in _rows(database, _DEVICES, (user.lower(), MOST))]


def serials(database: Path, start: str) -> list[str]:
    """Tokens whose serials begin so, by serial; none if the file cannot be read."""
    return [str(row[0]) for row in _rows(database, _SERIALS, (start.upper(), MOST))]


def _rows(database: Path, query: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
    try:
        address = f"{database.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=0.2)) as connection:
            return list(connection.execute(query, values))
    except (sqlite3.Error, OSError, ValueError):
        return []


_USERS: Final = (
    "SELECT name FROM users WHERE closed_at IS NULL AND substr(name, 1, length(?1)) = ?1 "
    "ORDER BY name LIMIT ?2"
)
_DEVICES: Final = (
    "SELECT devices.id, devices.kind FROM devices JOIN users ON users.id = devices.user_id "
    "WHERE users.name = ?1 AND devices.state != 'ended' ORDER BY devices.id LIMIT ?2"
)
_SERIALS: Final = (
    "SELECT serial FROM tokens WHERE substr(serial, 1, length(?1)) = ?1 ORDER BY serial LIMIT ?2"
)
