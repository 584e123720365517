"""Erasing sectors, so that each one says by itself whether its erase was completed, and how often it was erased."""

from dsc.protocol.layout import (
    HEADER_END,
    MAX_NUMBER,
    PAGES_PER_SECTOR,
    committed,
    decode_sector,
    encode_sector,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.vault.region import Region


def erase_count(region: "Region", sector: int) -> int | None:
    """Return how often a sector has been erased; None unless its last erase was completed."""
    return decode_sector(region.read(sector * PAGES_PER_SECTOR))


def greatest_count(region: "Region") -> int:
    """Return how often the most worn sector has been erased, as far as the sectors know."""
    return max(erase_count(region, sector) or 0 for sector in range(region.sectors))


def renew(region: "Region", sector: int, greatest: int) -> None:
    """Erase a sector, and give it a header with its new erase count; `greatest` stands in for a lost one.

    Raises VaultWriteError if the sector is worn out.
    """
    page = sector * PAGES_PER_SECTOR
    count = erase_count(region, sector)
    if count is None:
        # Never written, or lost with an interrupted erase: the most worn sector's count errs on the safe side.
        count = greatest
    # A half-erased sector must not look like a complete one, whichever bits are back already.
    region.clear(page, 0, bytes(HEADER_END))
    region.erase(sector)
    image = encode_sector(min(count + 1, MAX_NUMBER))
    region.write(page, image)
    region.write(page, committed(image))
