"""The pages of a record: each says what it is, and ends with a CRC and, on marked records, the marks."""

from dsc.protocol.errors import PageError
from dsc.protocol.layout import BLANK_PAGE, OPEN, PAGE_SIZE, VALID, checksum
from dsc.protocol.records import MARKED

HEADER_SIZE = 24
CRC_SIZE = 4
CHUNK_SIZE = PAGE_SIZE - HEADER_SIZE - CRC_SIZE  # payload bytes of a full page
MAX_PAGES = 8

NOTHING = 0xFFFFFFFF  # no sequence number

_BLANK = memoryview(BLANK_PAGE)
BEGUN = 4  # offset of the byte that is cleared before anything else of the page is written


class Record:
    """A record of the log: what it says, and where it is."""

    def __init__(
        self,
        kind: int,
        version: int,
        sequence: int,
        supersedes: int,
        payload: bytes,
        position: int = 0,
        used: int = 0,
    ) -> None:
        self.kind = kind  # the type, with its bits CRITICAL and MARKED
        self.version = version
        self.sequence = sequence
        self.supersedes = supersedes  # sequence number of the record that this one replaces, or NOTHING
        self.payload = payload
        self.position = position  # index of its first page among the half's record pages
        self.used = used  # marks

    @property
    def pages(self) -> int:
        """How many pages the record takes."""
        return pages_needed(len(self.payload))

    @property
    def marks(self) -> int:
        """How many marks the record has room for."""
        return max(0, CHUNK_SIZE - len(self.payload)) if self.kind & MARKED else 0


def pages_needed(length: int) -> int:
    """Return how many pages a payload of `length` bytes takes."""
    return (length + CHUNK_SIZE - 1) // CHUNK_SIZE or 1


def mark_offset(record: Record, mark: int) -> int:
    """Return where in the record's page a mark is."""
    return HEADER_SIZE + len(record.payload) + CRC_SIZE + mark


def opened() -> bytearray:
    """Return a page of which only the first byte to be written is written.

    An interrupted write can leave bits that read as set now and as clear later. If it is this one, and the
    page seems blank, whatever is written there next clears the same bits for good.
    """
    page = bytearray(BLANK_PAGE)
    page[BEGUN] = 0
    return page


def encode(record: Record) -> list[bytearray]:
    """Return the images of a record's pages, the commit word still open, the used marks cleared."""
    images = []
    for index in range(record.pages):
        chunk = record.payload[index * CHUNK_SIZE : (index + 1) * CHUNK_SIZE]
        page = bytearray(BLANK_PAGE)
        page[4:HEADER_SIZE] = _header(record, index, len(chunk))
        end = HEADER_SIZE + len(chunk)
        page[HEADER_SIZE:end] = chunk
        page[end : end + CRC_SIZE] = checksum(memoryview(page)[4:end])
        marks = end + CRC_SIZE
        page[marks : marks + record.used] = bytes(record.used)
        images.append(page)
    return images


def decode(pages: list[bytes], position: int) -> Record:
    """Read a record's pages, whatever the first one's commit word says.

    Raises PageError if they are not what `encode` makes; marks are used up to the last that has any
    bit clear.
    """
    first = pages[0]
    total = int.from_bytes(first[12:14], "big")
    if pages_needed(total) != len(pages):
        raise PageError(f"the length of the record at page {position} is wrong")
    if len(pages) == 1:
        payload = first[HEADER_SIZE : HEADER_SIZE + total]
    else:
        payload = b"".join([page[HEADER_SIZE : HEADER_SIZE + CHUNK_SIZE] for page in pages])[:total]
    sequence = int.from_bytes(first[16:20], "big")
    supersedes = int.from_bytes(first[20:24], "big")
    record = Record(first[5], first[6], sequence, supersedes, payload, position)
    if record.kind & MARKED and not record.marks:
        raise PageError(f"the record at page {position} has no room for marks")
    for index, page in enumerate(pages):
        size = min(CHUNK_SIZE, total - index * CHUNK_SIZE)
        end = HEADER_SIZE + size
        whole = memoryview(page)
        # On a marked record marks follow, which may be partly cleared, or skipped.
        tail = PAGE_SIZE if record.marks else end + CRC_SIZE
        if (
            (index > 0 and page[0:4] != OPEN)
            or page[4:HEADER_SIZE] != _header(record, index, size)
            or page[end : end + CRC_SIZE] != checksum(whole[4:end])
            or whole[tail:] != _BLANK[tail:]
        ):
            raise PageError(f"the record at page {position} does not match its checksum")
    if record.marks:
        record.used = len(first[mark_offset(record, 0) :].rstrip(b"\xff"))
    return record


def declared_pages(page: bytes) -> int:
    """Return how many pages a record's first page claims for it, 1 to MAX_PAGES; 0 if it makes no sense."""
    count = page[8]
    return count if 1 <= count <= MAX_PAGES and page[7] == 0 else 0


def is_first(page: bytes) -> bool:
    """Whether a page is the first one of a committed record."""
    return page[0:4] == VALID


def _header(record: Record, index: int, size: int) -> bytes:
    """Return what stands between a page's commit word and its `size` bytes of payload."""
    return b"".join(
        [
            bytes((0, record.kind, record.version, index, record.pages, 0xFF)),
            size.to_bytes(2, "big"),
            len(record.payload).to_bytes(2, "big"),
            b"\xff\xff",
            record.sequence.to_bytes(4, "big"),
            record.supersedes.to_bytes(4, "big"),
        ]
    )
