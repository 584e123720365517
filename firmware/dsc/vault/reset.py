"""Erasing everything, so that a cut at any moment leaves a reset that the next boot completes.

The mark "begun" is always somewhere: in the first sector while all others are erased, then in the middle one
while the first is erased. Zeroed, it says "completed", and the region counts as blank. A sector that is worn out keeps
no reset from destroying all that can be destroyed.
"""

from dsc.protocol.layout import (
    MARK_BEGUN,
    MARK_BLANK,
    MARK_COMPLETED,
    MARK_START,
    PAGES_PER_SECTOR,
    ZERO_PAGE,
    decode_sector,
    is_begun,
)
from dsc.vault.errors import VaultWriteError
from dsc.vault.sectors import erase_count, greatest_count, renew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.vault.region import Region


def resume(region: "Region") -> None:
    """Complete a reset that was begun, if there is one. Raises VaultWriteError as `run` does."""
    if is_begun(_mark(region, 0)):
        run(region)
    elif is_begun(_mark(region, region.middle)):
        _finish(region, greatest_count(region))


def run(region: "Region") -> None:
    """Erase the whole region, whatever it holds, and leave it blank with a completed reset mark.

    Raises VaultWriteError if a sector is worn out, after everything else has been erased or zeroed; the reset stays
    begun then.
    """
    greatest = greatest_count(region)
    worn = _attempt(region.clear, 0, MARK_START, MARK_BEGUN)
    if worn:
        # The first sector takes no mark: the middle one has to have it before anything else goes.
        _attempt(renew, region, region.middle, greatest)
        _finish(region, greatest)
        raise worn
    for sector in range(1, region.sectors):
        worn = _attempt(renew, region, sector, greatest) or worn
    if worn:
        _zero_first(region)
        raise worn
    _finish(region, greatest)


def _finish(region: "Region", greatest: int) -> None:
    """With the mark in the middle sector, erase what is not erased yet; complete the mark at last."""
    page = region.middle * PAGES_PER_SECTOR
    worn = _attempt(region.clear, page, MARK_START, MARK_BEGUN)
    for sector in range(1, region.sectors):
        if sector != region.middle and (erase_count(region, sector) is None or not _is_blank(region, sector)):
            worn = _attempt(renew, region, sector, greatest) or worn
    header = region.read(0)
    if decode_sector(header) is not None and header[MARK_START:] == MARK_BLANK and _is_blank(region, 0):
        # Only the mark below was cut off, and it may read as completed from the next boot on: nothing is erased again.
        region.write(0, header)
    else:
        failed = _attempt(renew, region, 0, greatest)
        if failed:
            _zero_first(region)
            worn = failed
    if worn:
        raise worn
    region.clear(page, MARK_START, MARK_COMPLETED)


def _is_blank(region: "Region", sector: int) -> bool:
    """Whether nothing is written in a sector behind its header page."""
    first = sector * PAGES_PER_SECTOR
    end = first + PAGES_PER_SECTOR
    return region.first_written(first + 1, end) == end


def _zero_first(region: "Region") -> None:
    """Destroy what the first sector holds but for its header, which may have the mark."""
    for page in range(1, PAGES_PER_SECTOR):
        _attempt(region.clear, page, 0, ZERO_PAGE)


def _attempt(step: "Callable[..., None]", *arguments: object) -> VaultWriteError | None:
    try:
        step(*arguments)
    except VaultWriteError as error:
        return error
    return None


def _mark(region: "Region", sector: int) -> bytes:
    return region.read(sector * PAGES_PER_SECTOR)[MARK_START:]
