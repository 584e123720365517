"""The two halves of the region: which one holds the vault, and the readiness of the other one."""

from dsc.protocol.errors import PageError
from dsc.protocol.layout import (
    BLANK_PAGE,
    FORMAT_VERSION,
    HALF_BEGUN,
    MARK_BEGUN,
    MARK_BLANK,
    MARK_COMPLETED,
    MARK_START,
    MAX_NUMBER,
    NEVER_VALID,
    PAGES_PER_SECTOR,
    VALID,
    ZERO_PAGE,
    committed,
    decode_half,
    decode_sector,
    encode_half,
    half_page,
    only_clears,
)
from dsc.vault.errors import VaultDamagedError, VaultFormatError
from dsc.vault.sectors import erase_count, greatest_count, renew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.vault.region import Region

# What a survey finds where no half is committed.
BLANK = -1
BEGUN = -2


class Survey:
    """Which half holds the vault; without one, BLANK, or BEGUN for a half that was never committed."""

    def __init__(
        self, half: int, generation: int = 0, page: bytes = BLANK_PAGE, other: bytes = BLANK_PAGE
    ) -> None:
        self.half = half
        self.generation = generation
        self.page = page  # the half's header, as it was read
        self.other = other  # the other half's


def survey(region: "Region") -> Survey:
    """Find the half that holds the vault. A reset that was begun must have been completed before.

    Nothing is written but, on a blank region, the mark of a completed reset. Raises VaultDamagedError,
    VaultFormatError.
    """
    pages = [region.read(half_page(region.sectors, half)) for half in (0, 1)]
    first, second = [_generation(region, page) for page in pages]
    if first is None and second is None:
        return Survey(_survey_uncommitted(region))
    if first == second:
        raise VaultDamagedError("both halves have the same generation")
    half = 0 if second is None or (first is not None and first > second) else 1
    for sector in _sectors(region, half):
        if erase_count(region, sector) is None:
            raise VaultDamagedError(f"sector {sector} has no valid header")
    return Survey(half, (first, second)[half] or 0, pages[half], pages[1 - half])


def begin(region: "Region", half: int, generation: int) -> bytearray:
    """Write a half's header, not yet committed; return it for `commit`. From here on the half is not ready."""
    image = encode_half(generation, region.sectors)
    region.clear(half_page(region.sectors, half), HALF_BEGUN, b"\x00")
    region.write(half_page(region.sectors, half), image)
    return image


def commit(region: "Region", half: int, image: bytearray) -> None:
    """Commit a half's header: from here on, the half with the greatest generation holds the vault."""
    region.write(half_page(region.sectors, half), committed(image))


def settle(region: "Region", found: Survey) -> None:
    """Make sure that from now on every boot finds the same half; before this, nothing else may be written.

    The header that won is programmed again, because it may be the last thing that was written. A header of the
    other half is made void: one of an older generation is no longer needed, and one that read as not committed
    may read as committed later.
    """
    if found.other != BLANK_PAGE:
        region.write(half_page(region.sectors, found.half), found.page)
        _void(region, 1 - found.half)


def retire(region: "Region", half: int) -> None:
    """Void a half that is no longer needed, and erase it: its first sector, with the header, last."""
    _void(region, half)
    greatest = greatest_count(region)
    for sector in reversed(_sectors(region, half)):
        renew(region, sector, greatest)


def finish(region: "Region", half: int) -> None:
    """Erase a half that holds no vault, if power failed before or while that was done."""
    if region.read(half_page(region.sectors, half)) != BLANK_PAGE:
        retire(region, half)
    elif erase_count(region, half * region.middle) is None:
        renew(region, half * region.middle, greatest_count(region))


def check_ready(region: "Region", half: int) -> None:
    """Make sure, page by page, that a half can be written to; erase again what is not blank."""
    greatest = greatest_count(region)
    for sector in reversed(_sectors(region, half)):
        first = sector * PAGES_PER_SECTOR
        header = region.read(first)
        end = first + PAGES_PER_SECTOR
        if decode_sector(header) is None or region.first_written(first + 1, end) < end:
            renew(region, sector, greatest)
        else:
            # The last thing that was written may be its commit word.
            region.write(first, header)


def _void(region: "Region", half: int) -> None:
    page = half_page(region.sectors, half)
    region.clear(page, HALF_BEGUN, b"\x00")
    # The commit word first, through no valid one: a header that is committed must be whole.
    region.clear(page, 0, NEVER_VALID)
    region.clear(page, 0, ZERO_PAGE)


def _sectors(region: "Region", half: int) -> list[int]:
    return list(range(half * region.middle, (half + 1) * region.middle))


def _generation(region: "Region", page: bytes) -> int | None:
    try:
        header = decode_half(page)
    except PageError as error:
        raise VaultDamagedError(error.reason)
    if header is None:
        return None
    if header.version != FORMAT_VERSION:
        raise VaultFormatError(header.version, FORMAT_VERSION)
    if header.sectors != region.sectors:
        raise VaultDamagedError("the vault was made for a region of another size")
    if not 1 <= header.generation < MAX_NUMBER:
        raise VaultDamagedError("a half has an impossible generation")
    return header.generation


def _survey_uncommitted(region: "Region") -> int:
    """Tell a blank region, or one whose provisioning had only begun, from a damaged one."""
    result = BLANK
    mark = MARK_BLANK
    for sector in range(region.sectors):
        first = sector * PAGES_PER_SECTOR
        header = region.read(first)
        if sector == region.middle:
            mark = header[MARK_START:]
        if sector == 0 and only_clears(MARK_BEGUN, header[MARK_START:]):
            header = header[:MARK_START] + MARK_BLANK  # a reset's first write, interrupted
        if decode_sector(header) is None and header != BLANK_PAGE:
            raise VaultDamagedError(f"page {first} is written, but no half is committed")
        end = first + PAGES_PER_SECTOR
        page = region.first_written(first + 1, end)
        while page < end:
            if page != half_page(region.sectors, 0) or not only_clears(VALID, region.read(page)[0:4]):
                raise VaultDamagedError(f"page {page} is written, but no half is committed")
            result = BEGUN
            page = region.first_written(page + 1, end)
    if mark != MARK_BLANK and not only_clears(mark, MARK_BEGUN):
        raise VaultDamagedError("the reset mark is wrong")
    if mark == MARK_BLANK and result != BLANK:
        raise VaultDamagedError("a half's header is not committed")
    if mark != MARK_BLANK:
        region.clear(region.middle * PAGES_PER_SECTOR, MARK_START, MARK_COMPLETED)
    return result
