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
)
from dsc.vault.errors import VaultWriteError
from dsc.vault.sectors import greatest_count, renew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.vault.region import Region


def resume(region: "Region") -> None:
    """Complete a reset that was begun, if there is one."""
    if _mark(region, 0) == MARK_BEGUN:
        run(region)
    elif _mark(region, region.middle) == MARK_BEGUN:
        _finish(region, greatest_count(region))


def run(region: "Region") -> None:
    """Erase the whole region, whatever it holds, and leave it blank with a completed reset mark.

    Raises VaultWriteError if a sector is worn out, after everything else has been erased or zeroed; the reset stays
    begun then.
    """
    greatest = greatest_count(region)
    worn = _attempt(region.clear, 0, MARK_START, MARK_BEGUN)
    for sector in range(1, region.sectors):
        worn = _attempt(renew, region, sector, greatest) or worn
    if worn:
        # The first sector keeps its mark, and loses all else.
        for page in range(1, PAGES_PER_SECTOR):
            _attempt(region.clear, page, 0, ZERO_PAGE)
        raise worn
    _finish(region, greatest)


def _finish(region: "Region", greatest: int) -> None:
    page = region.middle * PAGES_PER_SECTOR
    region.clear(page, MARK_START, MARK_BEGUN)
    header = region.read(0)
    blank = region.first_written(1, PAGES_PER_SECTOR) == PAGES_PER_SECTOR
    if blank and decode_sector(header) is not None and header[MARK_START:] == MARK_BLANK:
        # Only the mark below was cut off, and it may read as completed from the next boot on: nothing is erased again.
        region.write(0, header)
    else:
        renew(region, 0, greatest)
    region.clear(page, MARK_START, MARK_COMPLETED)


def _attempt(step: "Callable[..., None]", *arguments: object) -> VaultWriteError | None:
    try:
        step(*arguments)
    except VaultWriteError as error:
        return error
    return None


def _mark(region: "Region", sector: int) -> bytes:
    return region.read(sector * PAGES_PER_SECTOR)[MARK_START:]
