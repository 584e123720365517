"""Whose turn it is to write, among all threads of all workers: whoever waits is woken at once.

SQLite lets one write at a time, and has the others look again after pauses of up to 100 ms. Here they queue before
that. Nothing depends on it but the time: who does not take part, or gets no turn, waits as SQLite has it.

The locks are flock's, of files that each process opens itself. Those of fcntl belong to a process whole: the system
takes two threads that wait for another process's two for a deadlock, and refuses one.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_UN, flock

# Whoever is next holds NEXT while it waits for NOW: so the process that has just written, whose other threads are
# quicker than any that have to be woken, does not go before it.
NOW: Final = "now"
NEXT: Final = "next"


class Turns:
    """Make it before the fork; every worker then uses its own copy of this object."""

    def __init__(self, patience: float) -> None:
        """`patience` is in seconds: a thread that got no turn among those of its process tries without."""
        self._patience = patience
        self._threads = Lock()
        self._folder = Path(tempfile.mkdtemp(prefix="picodsc-turns-"))
        self._files: dict[tuple[int, str], int] = {}
        for name in (NOW, NEXT):
            (self._folder / name).touch(mode=0o600)

    def close(self) -> None:
        """Remove the files; who has them open goes on. The parent's, as its last act."""
        for one in self._files.values():
            os.close(one)
        self._files.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for it, and have it to the end. The system lifts the locks of a process that is killed."""
        if not self._threads.acquire(timeout=self._patience):
            yield
            return
        try:
            with ExitStack() as held:
                self._wait(held)
                yield
        finally:
            self._threads.release()

    def _wait(self, held: ExitStack) -> None:
        """For the other processes, of which Windows has none: nothing is forked there."""
        if sys.platform == "win32":
            return
        try:
            now, following = self._file(NOW), self._file(NEXT)
        except OSError:  # something has tidied up among the temporary files
            return
        flock(following, LOCK_EX)
        try:
            flock(now, LOCK_EX)
            held.callback(flock, now, LOCK_UN)
        finally:
            flock(following, LOCK_UN)

    def _file(self, name: str) -> int:
        """Opened by this process: one that came by a fork would have its parent's locks."""
        key = os.getpid(), name
        if key not in self._files:
            self._files[key] = os.open(self._folder / name, os.O_RDWR | os.O_CLOEXEC)
        return self._files[key]
