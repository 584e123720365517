"""How the vault's region is laid out: pages, commit words, the headers of sectors and halves (docs/formats.md)."""

from binascii import crc32

from dsc.protocol.errors import PageError

PAGE_SIZE = 256
SECTOR_SIZE = 4096
PAGES_PER_SECTOR = SECTOR_SIZE // PAGE_SIZE

BLANK_PAGE = b"\xff" * PAGE_SIZE
ZERO_PAGE = bytes(PAGE_SIZE)

FORMAT_VERSION = 1
MAX_NUMBER = 0xFFFFFFFF  # of generations and erase counts; sequence numbers stay below

# A commit word: open while its page or record is written, valid by a write of its own, void by another one.
OPEN = b"\xff\xff\xff\xff"
VALID = b"\x5a\xc3\x0f\x96"
VOID = b"\x00\x00\x00\x00"
# Clearing these bits first keeps a commit word that is being voided from passing through VALID.
NEVER_VALID = b"\xa5\x3c\xf0\x69"

_SECTOR_MAGIC = b"DSCS"
_HALF_MAGIC = b"PICODSC\x00"
HEADER_END = 24  # of a sector's header; what lies behind is no part of it

# Behind a half's header, the byte that is cleared before anything else of that page, whatever is written to it: a page
# that seems blank after a cut has no bits in doubt but those of this byte.
HALF_BEGUN = 24

# The reset mark, in the headers of the first sector and of the middle one: blank, begun, or completed.
MARK_START = 240
MARK_SIZE = 16
MARK_BLANK = b"\xff" * MARK_SIZE
MARK_BEGUN = b"picodsc: reset 1"
MARK_COMPLETED = bytes(MARK_SIZE)


def checksum(data: bytes | bytearray | memoryview) -> bytes:
    """Return the CRC-32 of zlib, four bytes, big-endian."""
    value: int = crc32(data) & 0xFFFFFFFF
    return value.to_bytes(4, "big")


def committed(image: bytes | bytearray) -> bytearray:
    """Return a copy of a page with its commit word valid."""
    result = bytearray(image)
    result[0:4] = VALID
    return result


def only_clears(target: bytes, data: bytes) -> bool:
    """Whether `data` is on its way to `target`: no bit is clear that is set there."""
    return all(value & wanted == wanted for value, wanted in zip(data, target))


def is_begun(mark: bytes) -> bool:
    """Whether a reset mark says "begun"; one bit that decayed in its place does not keep it from that."""
    different = 0
    for value, wanted in zip(mark, MARK_BEGUN):
        bits = value ^ wanted
        while bits:
            bits &= bits - 1
            different += 1
    return different <= 1


def encode_sector(erase_count: int) -> bytearray:
    """Return the page that says: this sector was erased completely, for the `erase_count`-th time."""
    return _page(_SECTOR_MAGIC + bytes((FORMAT_VERSION, 0xFF, 0xFF, 0xFF)) + erase_count.to_bytes(4, "big"))


def decode_sector(page: bytes) -> int | None:
    """Return the erase count of a sector's committed header; None if there is none."""
    if page[0:4] != VALID or page[4:8] != _SECTOR_MAGIC or page[16:20] != checksum(page[4:16]):
        return None
    return int.from_bytes(page[12:16], "big")


class HalfHeader:
    """What the header of a half says: format, region size, generation."""

    def __init__(self, version: int, sectors: int, generation: int) -> None:
        self.version = version  # of the format
        self.sectors = sectors  # of the whole region
        self.generation = generation  # the greater one of two committed halves wins


def encode_half(generation: int, sectors: int) -> bytearray:
    """Return the page that heads a half of a region of `sectors` sectors, its commit word still open."""
    version = bytes((FORMAT_VERSION, 0xFF))
    page = _page(_HALF_MAGIC + version + sectors.to_bytes(2, "big") + generation.to_bytes(4, "big"))
    page[HALF_BEGUN] = 0
    return page


def decode_half(page: bytes) -> HalfHeader | None:
    """Return what a half's header says; None if it is not committed. Raises PageError if it is, and is wrong."""
    if page[0:4] != VALID:
        return None
    if page[20:24] != checksum(page[4:20]) or page[4:12] != _HALF_MAGIC:
        raise PageError("a half's header is committed, but wrong")
    return HalfHeader(page[12], int.from_bytes(page[14:16], "big"), int.from_bytes(page[16:20], "big"))


def half_page(sectors: int, half: int) -> int:
    """Return the number of the page that heads a half (0 or 1) of a region of `sectors` sectors."""
    return half * (sectors // 2) * PAGES_PER_SECTOR + 1


def record_pages(sectors: int, half: int) -> list[int]:
    """Return, in order, the pages that records of a half (0 or 1) may use, of a region of `sectors` sectors."""
    first = half * (sectors // 2)
    pages: list[int] = []
    for sector in range(first, first + sectors // 2):
        # Page 0 is the sector's own, page 1 of the first sector the half's.
        reserved = 2 if sector == first else 1
        start = sector * PAGES_PER_SECTOR
        pages.extend(range(start + reserved, start + PAGES_PER_SECTOR))
    return pages


def _page(body: bytes) -> bytearray:
    page = bytearray(BLANK_PAGE)
    end = 4 + len(body)
    page[4:end] = body
    page[end : end + 4] = checksum(body)
    return page
