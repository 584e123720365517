"""What the next boot finds in a region, without doing what the boot would do then.

The rules are those of docs/formats.md, sections 1 to 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from dsc.protocol.layout import (
    BLANK_PAGE,
    FORMAT_VERSION,
    MARK_BEGUN,
    MARK_BLANK,
    MARK_COMPLETED,
    MARK_START,
    PAGES_PER_SECTOR,
    VALID,
    committed,
    decode_sector,
    encode_sector,
    half_page,
    only_clears,
    record_pages,
)
from host_tools.vault_image import contents, scan
from host_tools.vault_image.contents import Contents
from host_tools.vault_image.headers import HALVES, HalfHeader, HalfState, Mark, Region, half_header, mark
from host_tools.vault_image.scan import Log


class State(Enum):
    """What the next boot finds."""

    BLANK = "blank"
    UNSEALED = "unsealed"
    SEALED = "sealed"
    RESETTING = "being reset"
    DAMAGED = "damaged"
    NEWER = "newer"  # of a format, or with a record, that this firmware does not know

    @property
    def halts(self) -> bool:
        """Whether the firmware refuses to go on."""
        return self in (State.DAMAGED, State.NEWER)


@dataclass(frozen=True)
class Boot:
    """The state, its reason if it halts, and the half that holds the vault (None: neither) with what is in it."""

    state: State
    reason: str = ""
    half: int | None = None
    log: Log = field(default_factory=Log)
    contents: Contents = field(default_factory=Contents)


def boot(region: Region) -> Boot:
    """Judge a region as the firmware does at its next boot."""
    if mark(region, 0) is Mark.BEGUN:
        return Boot(State.RESETTING)
    if mark(region, region.middle) is Mark.BEGUN:
        # All others are erased if they are not yet; if this sector is not as it should be, it stays so.
        left = boot(_others_erased(region))
        return Boot(State.RESETTING) if left.state is State.BLANK else left
    headers = [half_header(region, half) for half in HALVES]
    refused = _refused(headers)
    if refused:
        return refused
    generations = {
        header.half: header.generation
        for header in headers
        if header.state is HalfState.COMMITTED and header.generation is not None
    }
    if not generations:
        return _uncommitted(region)
    if len(generations) == len(HALVES) and generations[0] == generations[1]:
        return Boot(State.DAMAGED, "both halves have the same generation")
    half = max(generations, key=lambda number: generations[number])
    for sector in range(half * region.middle, (half + 1) * region.middle):
        if decode_sector(region.sector_header(sector)) is None:
            return Boot(State.DAMAGED, f"sector {sector} has no valid header", half, *_read(region, half))
    return _committed(half, *_read(region, half), record_pages(region.sectors, half))


def _others_erased(region: Region) -> Region:
    middle = region.middle * PAGES_PER_SECTOR
    kept = range(middle, middle + PAGES_PER_SECTOR)
    for page in range(region.sectors * PAGES_PER_SECTOR):
        if page not in kept:
            header = page % PAGES_PER_SECTOR == 0
            region = region.with_page(page, bytes(committed(encode_sector(0))) if header else BLANK_PAGE)
    return region.with_page(middle, region.page(middle)[:MARK_START] + MARK_COMPLETED)


def _read(region: Region, half: int) -> tuple[Log, Contents]:
    log = scan.scan([region.page(page) for page in record_pages(region.sectors, half)])
    return log, contents.load(log.records, log.current)


def _refused(headers: Sequence[HalfHeader]) -> Boot | None:
    for header in headers:
        if header.state is HalfState.WRONG:
            newer = header.version is not None and header.version != FORMAT_VERSION
            state = State.NEWER if newer else State.DAMAGED
            return Boot(state, f"the header of half {header.half} is committed, but {header.reason}")
    return None


def _committed(half: int, log: Log, found: Contents, pages: Sequence[int]) -> Boot:
    """Judge a half that holds the vault; `pages` are the numbers of its record pages."""
    state, reason = State.UNSEALED, ""
    if log.faults:
        first = min(log.faults, key=lambda fault: fault.position)
        state, reason = State.DAMAGED, f"page {pages[first.position]}: {first.reason}"
    elif found.unknown:
        unknown = found.unknown
        state = State.NEWER
        reason = (
            f"page {pages[unknown.position]}: type {unknown.kind:02x}, version {unknown.version}, is unknown, "
            "and must not be ignored"
        )
    elif found.resetting:
        state = State.RESETTING
    elif found.faults:
        state, reason = State.DAMAGED, f"page {pages[found.faults[0].position]}: {found.faults[0].reason}"
    elif found.misfit:
        state, reason = State.DAMAGED, found.misfit
    elif found.sealed:
        state = State.SEALED
    return Boot(state, reason, half, log, found)


def _uncommitted(region: Region) -> Boot:
    """Tell a region that is blank, or whose provisioning had only begun, from a damaged one."""
    middle = region.middle * PAGES_PER_SECTOR
    begun = False
    completed = region.page(middle)[MARK_START:]
    for number in range(region.sectors * PAGES_PER_SECTOR):
        page = region.page(number)
        if number == 0 and only_clears(MARK_BEGUN, page[MARK_START:]):
            page = page[:MARK_START] + MARK_BLANK  # a reset's first write, interrupted
        if page == BLANK_PAGE or (number % PAGES_PER_SECTOR == 0 and decode_sector(page) is not None):
            continue
        if number != half_page(region.sectors, 0) or not only_clears(VALID, page[0:4]):
            return Boot(State.DAMAGED, f"page {number} is written, but no half is committed")
        begun = True
    if completed == MARK_BLANK:
        reason = "a half's header is not committed, and no reset was completed before"
        return Boot(State.DAMAGED, reason) if begun else Boot(State.BLANK)
    if not only_clears(completed, MARK_BEGUN):
        return Boot(State.DAMAGED, "the reset mark is wrong")
    return Boot(State.UNSEALED if begun else State.BLANK)
