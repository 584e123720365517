"""The headers of sectors and halves, and the reset marks, as they are in the region."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from dsc.protocol.errors import PageError
from dsc.protocol.layout import (
    BLANK_PAGE,
    FORMAT_VERSION,
    HALF_BEGUN,
    HEADER_END,
    MARK_BLANK,
    MARK_COMPLETED,
    MARK_START,
    MAX_NUMBER,
    PAGE_SIZE,
    PAGES_PER_SECTOR,
    SECTOR_SIZE,
    VALID,
    committed,
    decode_half,
    decode_sector,
    half_page,
    is_begun,
    only_clears,
)

HALVES: Final = (0, 1)


class Region:
    """The bytes of a region, page by page."""

    def __init__(self, data: bytes) -> None:
        """Raises ValueError unless there is an even number of sectors, two or more."""
        if len(data) < 2 * SECTOR_SIZE or len(data) % (2 * SECTOR_SIZE):
            raise ValueError(f"{len(data)} bytes are not an even number of sectors of {SECTOR_SIZE}")
        self._data = bytes(data)
        self.size = len(data)
        self.sectors = len(data) // SECTOR_SIZE
        self.middle = self.sectors // 2  # first sector of the second half

    def page(self, number: int) -> bytes:
        """A page's 256 bytes."""
        return self._data[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]

    def sector_header(self, sector: int) -> bytes:
        """The page with a sector's header, and its reset mark."""
        return self.page(sector * PAGES_PER_SECTOR)

    def with_page(self, number: int, image: bytes) -> Region:
        """The same region with another page in this place."""
        start = number * PAGE_SIZE
        return Region(self._data[:start] + image + self._data[start + PAGE_SIZE :])

    def half_header(self, half: int) -> bytes:
        """The page with a half's header."""
        return self.page(half_page(self.sectors, half))


class Mark(Enum):
    """What a reset mark says."""

    NONE = "none"
    BEGUN = "begun"
    COMPLETED = "completed"
    UNCLEAR = "unclear"


class HalfState(Enum):
    """How far the header of a half has come."""

    BLANK = "blank"
    OPEN = "open"  # written, not committed
    COMMITTED = "committed"
    VOID = "void"  # or on its way there
    WRONG = "wrong"  # committed, and not what any firmware of this format commits


@dataclass(frozen=True)
class Sector:
    """A sector's header; `erase_count` is None if it is not valid, `stray` counts written bytes behind it."""

    number: int
    blank: bool
    erase_count: int | None
    stray: int


@dataclass(frozen=True)
class HalfHeader:
    """A half's header; what it says is None where that can't be read, `reason` what is wrong with it."""

    half: int
    state: HalfState
    generation: int | None
    version: int | None
    reason: str
    stray: int


def sectors(region: Region) -> tuple[Sector, ...]:
    """The headers of all sectors."""
    marked = (0, region.middle)
    return tuple(_sector(region, number, number in marked) for number in range(region.sectors))


def mark(region: Region, sector: int) -> Mark:
    """The reset mark in the header of a sector, the first one or the middle one."""
    written = region.sector_header(sector)[MARK_START:]
    if is_begun(written):
        return Mark.BEGUN
    return {MARK_BLANK: Mark.NONE, MARK_COMPLETED: Mark.COMPLETED}.get(written, Mark.UNCLEAR)


def half_header(region: Region, half: int) -> HalfHeader:
    """The header of a half (0 or 1), read whatever its commit word says."""
    page = region.half_header(half)
    generation = version = None
    reason = ""
    try:
        header = decode_half(bytes(committed(page)))
    except PageError:
        header = None
    if header:
        generation, version = header.generation, header.version
    state = _state(page)
    if state is HalfState.COMMITTED:
        if header is None:
            reason = "its checksum or its first bytes are wrong"
        elif header.version != FORMAT_VERSION:
            reason = f"its format {header.version} is unknown"
        elif header.sectors != region.sectors:
            reason = f"it is of a region of {header.sectors} sectors"
        elif not 1 <= header.generation < MAX_NUMBER:
            reason = "its generation is impossible"
        if reason:
            state = HalfState.WRONG
    stray = 0 if state is HalfState.VOID else _written(page[HALF_BEGUN + 1 :])
    return HalfHeader(half, state, generation, version, reason, stray)


def _sector(region: Region, number: int, marked: bool) -> Sector:
    page = region.sector_header(number)
    count = decode_sector(page)
    rest = page[HEADER_END : MARK_START if marked else PAGE_SIZE]
    return Sector(number, page == BLANK_PAGE, count, _written(rest))


def _state(page: bytes) -> HalfState:
    if page == BLANK_PAGE:
        return HalfState.BLANK
    if page[0:4] == VALID:
        return HalfState.COMMITTED
    return HalfState.OPEN if only_clears(VALID, page[0:4]) else HalfState.VOID


def _written(data: bytes) -> int:
    return len(data) - data.count(0xFF)
