"""Collecting garbage early, while many small things are kept that would else end up all over the memory."""

import gc

_OFTEN = 48 * 1024  # bytes allocated between two collections

# MicroPython's own; CPython has no need of it.
_threshold = getattr(gc, "threshold", None)


def collect_often() -> int:
    """Collect after every 48 KiB: whatever is kept from now on lies close together, and leaves large holes.

    Returns what `collect_as_before` takes.
    """
    if not _threshold:
        return 0
    before: int = _threshold()
    _threshold(_OFTEN)
    return before


def collect_as_before(before: int) -> None:
    """Collect as seldom as before `collect_often`."""
    if _threshold:
        _threshold(before)
