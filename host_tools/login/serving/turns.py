"""Whose turn it is to write, among all threads of all workers: whoever waits is woken at once.

SQLite lets one write at a time, and has the others look again after pauses of up to 100 ms. Here they queue before
that. Nothing depends on it but the time: who does not take part, or gets no turn, waits as SQLite has it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import IO, Final

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_UN, lockf

# Bytes of the file that are locked. Whoever is next holds NEXT while it waits for NOW: so the process that has just
# written, whose other threads are quicker than any that have to be woken, does not go before it.
NOW: Final = 0
NEXT: Final = 1


class Turns:
    """Make it before the fork; every worker then uses its own copy of this object."""

    def __init__(self, patience: float) -> None:
        """`patience` is in seconds: a thread that got no turn among those of its process tries without."""
        self._patience = patience
        self._threads = Lock()
        self._locks: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the object

    def close(self) -> None:
        """Give the file back."""
        self._locks.close()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for it, and have it to the end. The system lifts the locks of a process that is killed."""
        if not self._threads.acquire(timeout=self._patience):
            yield
            return
        try:
            if sys.platform == "win32":  # where there are no other processes: nothing is forked
                yield
                return
            lockf(self._locks, LOCK_EX, 1, NEXT)
            try:
                lockf(self._locks, LOCK_EX, 1, NOW)
            finally:
                lockf(self._locks, LOCK_UN, 1, NEXT)
            try:
                yield
            finally:
                lockf(self._locks, LOCK_UN, 1, NOW)
        finally:
            self._threads.release()
