"""Collecting garbage early, while many small things are kept that would else end up all over the memory."""

import gc

_OFTEN = 32 * 1024  # bytes allocated between two collections
_WHEN_FULL = -1

# MicroPython's own; CPython has no need of it.
_threshold = getattr(gc, "threshold", None)


def collect_often() -> None:
    """Collect after every 32 KiB: whatever is kept from now on lies close together, and leaves large holes."""
    if _threshold:
        _threshold(_OFTEN)


def collect_when_full() -> None:
    """Collect when the memory is full, as MicroPython does by itself; an early collection costs time."""
    if _threshold:
        _threshold(_WHEN_FULL)
