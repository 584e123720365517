"""Whose turn it is to write, among all threads of all workers: whoever waits is woken at once, and in order.

SQLite lets one write at a time, and has the others look again after pauses of up to 100 ms. Here they queue before
that. Nothing depends on it but the time: who does not take part, or gets no turn, waits as SQLite has it.

The lock between processes is flock's, of a file without a name that each opens itself; where the system has no folder
of descriptors for that, only the threads of a process take turns. fcntl's locks belong to a process whole: the system
takes two threads that wait for another process's two for a deadlock, and refuses one.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import IO, Final

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_UN, flock

DESCRIPTORS: Final = "/proc/self/fd"  # Linux; to open one of macOS's /dev/fd gives its lock as well


class Turns:
    """Make it before the fork; every worker then uses its own copy of this object."""

    def __init__(self, patience: float) -> None:
        """`patience` is in seconds: a thread that got no turn among those of its process tries without."""
        self._threads = Queue(patience)
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this
        self._files: dict[int, int] = {}  # by process: one that came by a fork would have its parent's lock

    def close(self) -> None:
        """Give the file back; who has it open goes on. The parent's, as its last act."""
        for one in self._files.values():
            os.close(one)
        self._files.clear()
        self._file.close()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for it, and have it to the end. The system lifts the lock of a process that is killed."""
        if not self._threads.enter():
            yield
            return
        try:
            with ExitStack() as held:
                self._wait(held)
                yield
        finally:
            self._threads.leave()

    def _wait(self, held: ExitStack) -> None:
        """For the other processes, of which Windows has none: nothing is forked there."""
        if sys.platform == "win32":
            return
        process = os.getpid()
        try:
            if process not in self._files:
                # It has no name by which somebody else could take it away, or put another one in its place.
                self._files[process] = os.open(
                    f"{DESCRIPTORS}/{self._file.fileno()}", os.O_RDWR | os.O_CLOEXEC
                )
        except OSError:  # not on this system
            return
        flock(self._files[process], LOCK_EX)
        held.callback(flock, self._files[process], LOCK_UN)


class Queue:
    """Threads, one after the other in the order in which they came. A lock would be had by whichever is quickest."""

    def __init__(self, patience: float) -> None:
        """`patience` is in seconds."""
        self._patience = patience
        self._lock = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    def enter(self) -> bool:
        """Wait for one's turn; False if it does not come in time."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=self._patience):
            return True
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it came just now

    def leave(self) -> None:
        """Let the next one in."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
