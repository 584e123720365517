"""What a boot makes of the record pages of the half that holds the vault: the records, and what it would not accept.

The rules are those of docs/formats.md, section 2. This is a second implementation of them: the firmware's stops at
the first fault, and finishes what it finds unfinished; this one goes on, and tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dsc.protocol.errors import PageError
from dsc.protocol.layout import BLANK_PAGE, VALID, VOID, ZERO_PAGE, only_clears
from dsc.protocol.pages import MAX_PAGES, NOTHING, Record, declared_pages, decode, is_first


@dataclass(frozen=True)
class Fault:
    """What no history of writes and power cuts leaves behind; `position` is the first page that has it."""

    position: int
    reason: str


@dataclass
class Log:
    """The committed records in order, the faults, and the position of the first free page."""

    records: list[Record] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    free: int = 0

    @property
    def replaced(self) -> frozenset[int]:
        """Sequence numbers that a committed record replaces."""
        return frozenset(record.supersedes for record in self.records if record.supersedes != NOTHING)

    @property
    def current(self) -> list[Record]:
        """The records that none replaces."""
        return [record for record in self.records if record.sequence not in self.replaced]


@dataclass
class _Remnant:
    """Pages that hold no committed record."""

    position: int
    images: list[bytes]
    written: int = 1  # pages up to the last that is not zero


def scan(pages: Sequence[bytes]) -> Log:
    """Read the record pages of a half as a boot does."""
    log = Log()
    remnants: list[_Remnant] = []
    position = 0
    while position < len(pages) and pages[position] != BLANK_PAGE:
        if is_first(pages[position]):
            position += _accept(log, pages, position)
        else:
            _reject(remnants, position, pages[position])
            position += 1
    log.free = position
    for behind in range(position + 1, len(pages)):
        if pages[behind] != BLANK_PAGE:
            log.faults.append(Fault(behind, "it is written behind blank pages"))
    _judge(log, remnants)
    return log


def _accept(log: Log, pages: Sequence[bytes], position: int) -> int:
    """Take a committed record; return how many pages to go on."""
    count = declared_pages(pages[position])
    if not count or position + count > len(pages):
        log.faults.append(Fault(position, "its length is impossible"))
        return 1
    try:
        record = decode(list(pages[position : position + count]), position)
    except PageError:
        log.faults.append(Fault(position, "it is committed, but its checksum or its length is wrong"))
        return 1
    if record.supersedes != NOTHING and record.supersedes >= record.sequence:
        log.faults.append(Fault(position, "it replaces a later record"))
    last = log.records[-1].sequence if log.records else 0
    # Numbers begin at 1 in each half, and every record takes a page at least.
    if not last < record.sequence <= position + 1:
        log.faults.append(Fault(position, "it is out of sequence"))
    log.records.append(record)
    return record.pages


def _reject(remnants: list[_Remnant], position: int, page: bytes) -> None:
    last = remnants[-1] if remnants else None
    if last and last.position + len(last.images) == position and len(last.images) < MAX_PAGES:
        last.images.append(page)
        if page != ZERO_PAGE:
            last.written = len(last.images)
    elif page != ZERO_PAGE:
        remnants.append(_Remnant(position, [page]))


def _judge(log: Log, remnants: list[_Remnant]) -> None:
    """Each remnant must be the last one and unfinished, or void already, or one that is being voided."""
    end = log.records[-1].position if log.records else -1
    last = [remnant for remnant in remnants if remnant.position > end]
    log.faults += [Fault(remnant.position, "it belongs to no record") for remnant in last[1:]]
    for remnant in remnants:
        first = remnant.images[0]
        word = first[0:4]
        if word == VOID:
            continue
        if remnant in last:
            if _had_consequences(log, remnant):
                log.faults.append(Fault(remnant.position, "it was committed, and is no more"))
            continue
        sequence = int.from_bytes(first[16:20], "big")
        voiding = only_clears(word, VALID) and sequence in log.replaced
        if not voiding or declared_pages(first) != remnant.written:
            log.faults.append(Fault(remnant.position, "it is not committed, and not the last one"))


def _had_consequences(log: Log, remnant: _Remnant) -> bool:
    """Whether an uncommitted record has a used mark, or the one that it replaces is gone already."""
    try:
        count = declared_pages(remnant.images[0]) or 1
        record = decode(remnant.images[:count], remnant.position)
    except PageError:
        return False
    gone = all(record.supersedes != old.sequence for old in log.records)
    return record.used > 0 or (record.supersedes != NOTHING and gone)
