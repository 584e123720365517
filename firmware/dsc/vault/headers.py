"""Sector and half headers, and the marks of a reset: how the region's structure is told from garbage."""

from binascii import crc32

from dsc.vault.errors import VaultDamagedError, VaultFormatError
from dsc.vault.region import BLANK_PAGE, PAGES_PER_SECTOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.vault.region import Region

FORMAT_VERSION = 1

# A commit word: open while its page or record is written, valid by a write of its own, void by another one.
OPEN = b"\xff\xff\xff\xff"
VALID = b"\x5a\xc3\x0f\x96"
VOID = b"\x00\x00\x00\x00"
# Clearing these bits first keeps a commit word that is being voided from passing through VALID.
NEVER_VALID = b"\xa5\x3c\xf0\x69"

_SECTOR_MAGIC = b"DSCS"
_HALF_MAGIC = b"PICODSC\x00"

# The reset mark, in the headers of the first sector and of the middle one: blank, begun, or completed.
MARK_START = 240
MARK_SIZE = 16
MARK_BLANK = b"\xff" * MARK_SIZE
MARK_BEGUN = b"picodsc: reset 1"
MARK_COMPLETED = bytes(MARK_SIZE)

# What a survey finds where no half is committed.
BLANK = -1
BEGUN = -2


def checksum(data: bytes | bytearray | memoryview) -> bytes:
    """Return the CRC-32 of zlib, four bytes, big-endian."""
    value: int = crc32(data) & 0xFFFFFFFF
    return value.to_bytes(4, "big")


def committed(image: bytes | bytearray) -> bytearray:
    """Return a copy of a page with its commit word valid."""
    result = bytearray(image)
    result[0:4] = VALID
    return result


def encode_sector(erase_count: int) -> bytearray:
    """Return the page that says: this sector was erased completely, for the `erase_count`-th time."""
    return _page(_SECTOR_MAGIC + bytes((FORMAT_VERSION, 0xFF, 0xFF, 0xFF)) + erase_count.to_bytes(4, "big"))


def decode_sector(page: bytes) -> int | None:
    """Return the erase count of a sector's committed header; None if there is none."""
    if page[0:4] != VALID or page[4:8] != _SECTOR_MAGIC or page[16:20] != checksum(page[4:16]):
        return None
    return int.from_bytes(page[12:16], "big")


def encode_half(generation: int, sectors: int) -> bytearray:
    """Return the page that heads a half of a region of `sectors` sectors."""
    version = bytes((FORMAT_VERSION, 0xFF))
    return _page(_HALF_MAGIC + version + sectors.to_bytes(2, "big") + generation.to_bytes(4, "big"))


def decode_half(page: bytes, sectors: int) -> int | None:
    """Return the generation in a half's header; None if it is not committed.

    Raises VaultDamagedError if it is committed and wrong, VaultFormatError if its format is a later one.
    """
    if page[0:4] != VALID:
        return None
    if page[20:24] != checksum(page[4:20]) or page[4:12] != _HALF_MAGIC:
        raise VaultDamagedError("a half's header is committed, but wrong")
    if page[12] != FORMAT_VERSION:
        raise VaultFormatError(page[12], FORMAT_VERSION)
    if int.from_bytes(page[14:16], "big") != sectors:
        raise VaultDamagedError("the vault was made for a region of another size")
    return int.from_bytes(page[16:20], "big")


def half_page(region: "Region", half: int) -> int:
    """Return the number of the page that heads a half."""
    return half * region.middle * PAGES_PER_SECTOR + 1


def survey(region: "Region") -> int:
    """Return the half (0 or 1) that holds the vault, BLANK, or BEGUN for a half that was never committed.

    A reset that was begun must have been completed before. Settles doubtful bits of what it relies on. Raises
    VaultDamagedError, VaultFormatError.
    """
    pages = [region.read(half_page(region, half)) for half in (0, 1)]
    generations = [decode_half(page, region.sectors) for page in pages]
    first, second = generations
    if first is None and second is None:
        return _survey_uncommitted(region)
    if first == second:
        raise VaultDamagedError("both halves have the same generation")
    half = 0 if second is None or (first is not None and first > second) else 1
    for sector in range(half * region.middle, (half + 1) * region.middle):
        if decode_sector(region.read(sector * PAGES_PER_SECTOR)) is None:
            raise VaultDamagedError(f"sector {sector} has no valid header")
    if first is not None and second is not None:
        # The newer header is the last thing that was written, so its bits may still be in doubt.
        region.write(half_page(region, half), pages[half])
    return half


def _survey_uncommitted(region: "Region") -> int:
    """Tell a blank region, or one whose provisioning had only begun, from a damaged one."""
    middle = region.middle * PAGES_PER_SECTOR
    result = BLANK
    mark = BLANK_PAGE
    for page in range(region.pages):
        image = region.read(page)
        if page == middle:
            mark = image[MARK_START:]
        if page == 0 and _only_clears(MARK_BEGUN, image[MARK_START:]):
            image = image[:MARK_START] + MARK_BLANK  # a reset's first write, interrupted
        if page % PAGES_PER_SECTOR == 0 and decode_sector(image) is not None:
            continue
        if image == BLANK_PAGE:
            continue
        if page == half_page(region, 0) and _only_clears(VALID, image[0:4]):
            result = BEGUN
        else:
            raise VaultDamagedError(f"page {page} is written, but no half is committed")
    if mark != MARK_BLANK and not _only_clears(mark, MARK_BEGUN):
        raise VaultDamagedError("the reset mark is wrong")
    if mark == MARK_BLANK and result != BLANK:
        raise VaultDamagedError("a half's header is not committed")
    if mark != MARK_BLANK:
        region.clear(middle, MARK_START, MARK_COMPLETED)
    return result


def _only_clears(target: bytes, data: bytes) -> bool:
    """Whether `data` is on its way to `target`: no bit is clear that is set there."""
    return all(value & wanted == wanted for value, wanted in zip(data, target))


def _page(body: bytes) -> bytearray:
    page = bytearray(BLANK_PAGE)
    end = 4 + len(body)
    page[4:end] = body
    page[end : end + 4] = checksum(body)
    return page
