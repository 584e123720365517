"""How many requests a source, a key or an account may have, counted exactly over all workers.

Each has a rate and a burst; the rule is the virtual scheduling algorithm (GCRA, ITU-T I.371). Its state is one time per
source, in a table that the workers share: memory made before they are forked.

The table has a fixed size, and a part for each kind: names that nobody has can't take the places of sources. A source's
place is a keyed hash of its name, so that nobody can choose it. Where all places
of a bucket are taken by sources that still have something to pay back, the newcomer takes the place of the one that
has least, and its debt with it. So a limit is never exceeded; with more sources at once than places, some are refused
early.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from threading import Lock
from typing import IO, Final

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_UN, lockf

WAYS: Final = 8  # places of a bucket
PLACE: Final = struct.Struct("<QQ")  # tag of a source, and the time from which it has nothing to pay back, ns
BUCKET: Final = struct.Struct(f"<{2 * WAYS}Q")
SECOND: Final = 1_000_000_000
KEY_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds, one unless another number is said, and `burst` at once after a pause."""

    requests: int
    burst: int
    seconds: int = 1


class Kind(Enum):
    """What is limited; the value is its part of the table."""

    SOURCE = 0
    KEY = 1
    ACCOUNT = 2


class SharedLimits:
    """The table. Make it before the fork; every worker then uses its own copy of this object."""

    def __init__(self, places: int, clock: Callable[[], int] = time.monotonic_ns) -> None:
        """Room for so many of each kind, rounded up to a power of two. `clock` gives ns, the same in all processes."""
        self._buckets = 1 << max(0, -(-places // WAYS) - 1).bit_length()
        self._table = mmap.mmap(-1, len(Kind) * self._buckets * BUCKET.size)
        self._key = os.urandom(KEY_LENGTH)
        self._clock = clock
        self._threads = Lock()
        self._locks: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the table

    def wait(self, kind: Kind, name: bytes, limit: Limit) -> float:
        """Take one request into account; 0 if it may pass, else the seconds after which one may.

        A refused request costs nothing.
        """
        digest = blake2b(name, digest_size=16, key=self._key).digest()
        hashed, tag = PLACE.unpack(digest)
        tag |= 1  # 0 is a place that was never taken
        step = limit.seconds * SECOND // limit.requests
        bucket = kind.value * self._buckets + (hashed & (self._buckets - 1))
        with self._alone(bucket):
            now = self._clock()
            fields = BUCKET.unpack_from(self._table, bucket * BUCKET.size)
            place = self._place(fields, tag)
            due = max(int(fields[2 * place + 1]), now)
            early: int = due - now - step * (limit.burst - 1)
            if early > 0:
                return early / SECOND
            PLACE.pack_into(self._table, bucket * BUCKET.size + place * PLACE.size, tag, due + step)
        return 0

    def close(self) -> None:
        """Give the memory back."""
        self._table.close()
        self._locks.close()

    @staticmethod
    def _place(fields: tuple[int, ...], tag: int) -> int:
        least, found = fields[1], 0
        for place in range(WAYS):
            if fields[2 * place] == tag:
                return place
            if fields[2 * place + 1] < least:
                least, found = fields[2 * place + 1], place
        return found

    @contextmanager
    def _alone(self, bucket: int) -> Iterator[None]:
        """Hold one bucket against the other processes: by a lock that the system lifts if the process is killed."""
        with self._threads:
            if sys.platform == "win32":  # where there are no other processes: nothing is forked
                yield
                return
            lockf(self._locks, LOCK_EX, 1, bucket)
            try:
                yield
            finally:
                lockf(self._locks, LOCK_UN, 1, bucket)
