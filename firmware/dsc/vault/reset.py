"""Erasing everything, so that a cut at any moment leaves a reset that the next boot completes.

The mark "begun" is always somewhere: in the first sector while all others are erased, then in the middle one
while the first is erased. Zeroed, it says "completed", and the region counts as blank.
"""

from dsc.protocol.layout import MARK_BEGUN, MARK_COMPLETED, MARK_START, PAGES_PER_SECTOR
from dsc.vault.sectors import greatest_count, renew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.vault.region import Region


def resume(region: "Region") -> None:
    """Complete a reset that was begun, if there is one."""
    if _mark(region, 0) == MARK_BEGUN:
        run(region)
    elif _mark(region, region.middle) == MARK_BEGUN:
        _finish(region, greatest_count(region))


def run(region: "Region") -> None:
    """Erase the whole region, whatever it holds, and leave it blank with a completed reset mark."""
    greatest = greatest_count(region)
    region.clear(0, MARK_START, MARK_BEGUN)
    for sector in range(1, region.sectors):
        renew(region, sector, greatest)
    _finish(region, greatest)


def _finish(region: "Region", greatest: int) -> None:
    page = region.middle * PAGES_PER_SECTOR
    region.clear(page, MARK_START, MARK_BEGUN)
    renew(region, 0, greatest)
    region.clear(page, MARK_START, MARK_COMPLETED)


def _mark(region: "Region", sector: int) -> bytes:
    return region.read(sector * PAGES_PER_SECTOR)[MARK_START:]
