"""How often a second the disk under a folder keeps something for good: what bounds a service that loses nothing."""

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from figure import Figure

BLOCK = bytes(4096)


def per_second(action: Callable[[], object], seconds: float) -> float:
    """How often the action was done in a second."""
    done, begun = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        action()
        done += 1
    return done / elapsed


def appends(folder: Path, seconds: float) -> float:
    """Appends of 4 KiB to a file, each with its fsync."""
    path = folder / "appended"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def append() -> None:
        os.write(descriptor, BLOCK)
        os.fsync(descriptor)

    try:
        return per_second(append, seconds)
    finally:
        os.close(descriptor)
        path.unlink()


def commits(folder: Path, seconds: float) -> float:
    """Commits of one small row in SQLite, with its log written ahead and synchronous=FULL: one fsync each."""
    path = folder / "committed.db"
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, content BLOB)")
        row = (bytes(100),)
        return per_second(lambda: connection.execute("INSERT INTO rows (content) VALUES (?)", row), seconds)
    finally:
        connection.close()
        path.unlink()


def figures(raw: float, committed: float) -> list[Figure]:
    """Both rates."""
    return [
        Figure("the disk: appends of 4 KiB, each with fsync", raw, "/s"),
        Figure("SQLite: commits of a row, WAL, synchronous=FULL", committed, "/s", "the disk", raw),
    ]
