"""No heap for each thread: with glibc's heaps for each of them, a worker's memory grows long after it is warm.

A thread takes memory for SQLite's pages from its own heap, and gives back what others took from theirs. What lies free
in between becomes more with the logins, though nothing is kept of them (docs/decisions/0030).
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_ARENA_MAX: Final = -8  # M_ARENA_MAX of glibc's malloc.h; mallopt(3)


def share() -> None:
    """From now on, and in what is forked, if malloc is glibc's. Heaps that there are already stay, and stay in use."""
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "gnu_get_libc_version"):
        library.mallopt(_ARENA_MAX, 1)
