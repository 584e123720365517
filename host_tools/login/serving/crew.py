"""How many workers there are, for each of them to tell: a few numbers in memory that they share with their parent."""

from __future__ import annotations

import mmap
import struct
from typing import Final

_NUMBERS: Final = struct.Struct("<II")


class Crew:
    """Workers that answer, and workers that there should be. Make it before the fork; only the parent writes."""

    def __init__(self, wanted: int) -> None:
        self._memory = mmap.mmap(-1, _NUMBERS.size)
        self.set(0, wanted)

    def set(self, ready: int, wanted: int) -> None:
        """Say how many there are."""
        _NUMBERS.pack_into(self._memory, 0, ready, wanted)

    @property
    def ready(self) -> int:
        """Workers that answer."""
        return int(_NUMBERS.unpack_from(self._memory)[0])

    @property
    def wanted(self) -> int:
        """Workers that there should be."""
        return int(_NUMBERS.unpack_from(self._memory)[1])
