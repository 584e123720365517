"""Erasing everything, so that a cut at any moment leaves a reset that the next boot completes.

The mark "begun" is always somewhere: in the first sector while all others are erased, then in the middle one
while the first is erased. Zeroed, it says "completed", and the region counts as blank.
"""

from dsc.vault.headers import (
    MARK_BEGUN,
    MARK_COMPLETED,
    MARK_START,
    VOID,
    committed,
    decode_sector,
    encode_sector,
)
from dsc.vault.region import PAGES_PER_SECTOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.vault.region import Region


def resume(region: "Region") -> None:
    """Complete a reset that was begun, if there is one."""
    if _mark(region, 0) == MARK_BEGUN:
        run(region)
    elif _mark(region, region.middle) == MARK_BEGUN:
        _finish(region, _greatest_count(region))


def run(region: "Region") -> None:
    """Erase the whole region, whatever it holds, and leave it blank with a completed reset mark."""
    greatest = _greatest_count(region)
    region.clear(0, MARK_START, MARK_BEGUN)
    for sector in range(1, region.sectors):
        _renew(region, sector, greatest)
    _finish(region, greatest)


def _finish(region: "Region", greatest: int) -> None:
    page = region.middle * PAGES_PER_SECTOR
    region.clear(page, MARK_START, MARK_BEGUN)
    _renew(region, 0, greatest)
    region.clear(page, MARK_START, MARK_COMPLETED)


def _renew(region: "Region", sector: int, greatest: int) -> None:
    """Erase a sector and give it a header with its new erase count."""
    page = sector * PAGES_PER_SECTOR
    count = decode_sector(region.read(page))
    if count is None:
        # Never written, or lost with an interrupted erase: the most worn sector's count errs on the safe side.
        count = greatest
    else:
        # A half-erased sector must not look like a complete one.
        region.clear(page, 0, VOID)
    region.erase(sector)
    image = encode_sector(count + 1)
    region.write(page, image)
    region.write(page, committed(image))


def _mark(region: "Region", sector: int) -> bytes:
    return region.read(sector * PAGES_PER_SECTOR)[MARK_START:]


def _greatest_count(region: "Region") -> int:
    return max(decode_sector(region.read(page)) or 0 for page in range(0, region.pages, PAGES_PER_SECTOR))
