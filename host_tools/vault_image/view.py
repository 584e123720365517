"""What a holder of the flash sees: headers, halves, every group of pages, and what the next boot finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dsc.protocol.layout import PAGE_SIZE, record_pages
from dsc.protocol.pages import NOTHING
from host_tools.vault_image import headers
from host_tools.vault_image.boot import Boot, boot
from host_tools.vault_image.fields import Field, fields, is_critical, is_known, is_marked, type_name
from host_tools.vault_image.groups import Group, Word, groups
from host_tools.vault_image.headers import HALVES, HalfHeader, Mark, Region, Sector


class Status(Enum):
    """What a group of pages is."""

    VALID = "valid"
    REPLACED = "replaced"  # by a later record, and still there
    VOID = "void"
    TORN = "torn"  # begun, and not committed
    DAMAGED = "damaged"
    UNKNOWN = "unknown"  # valid, of a type or version that this program does not know
    UNUSED = "unused"  # committed, in a half that does not hold the vault


@dataclass(frozen=True)
class Entry:
    """A group of pages; whatever can't be read of it is None.

    `pages` are their numbers in the region, `replaces` is a sequence number. `fields` are read from the payload,
    whatever the status is, or else hold what is written at all.
    """

    pages: tuple[int, ...]
    status: Status
    reason: str
    zeroed: bool
    type: str | None
    kind: int | None
    critical: bool
    version: int | None
    sequence: int | None
    replaces: int | None
    marks: tuple[int, int] | None  # used, of how many
    fields: tuple[Field, ...]

    @property
    def offset(self) -> int:
        """Where it begins, in bytes from the start of the region."""
        return self.pages[0] * PAGE_SIZE


@dataclass(frozen=True)
class Half:
    """One half: its header, whether it holds the vault, its pages with something in them, and counts of pages.

    `live` pages hold records that count, `free` ones can be written to as things are. Both are 0 in a half that
    does not hold the vault.
    """

    header: HalfHeader
    in_use: bool
    entries: tuple[Entry, ...]
    pages: int
    live: int
    free: int


@dataclass(frozen=True)
class View:
    """All of a region."""

    size: int
    sectors: tuple[Sector, ...]
    marks: tuple[Mark, Mark]  # in the first sector, and in the first one of half 1
    halves: tuple[Half, Half]
    boot: Boot


def view(data: bytes) -> View:
    """Look at a region, whatever is in it. Raises ValueError for an impossible size, and nothing else."""
    region = Region(data)
    found = boot(region)
    return View(
        region.size,
        headers.sectors(region),
        (headers.mark(region, 0), headers.mark(region, region.middle)),
        (_half(region, HALVES[0], found), _half(region, HALVES[1], found)),
        found,
    )


def _half(region: Region, half: int, found: Boot) -> Half:
    numbers = record_pages(region.sectors, half)
    pages = [region.page(number) for number in numbers]
    in_use = found.half == half
    faults = _faults(found) if in_use else {}
    replaced = found.log.replaced if in_use else frozenset()
    entries = []
    for group in groups(pages):
        status, reason = _status(group, in_use, faults, replaced)
        where = tuple(numbers[group.position : group.position + len(group.images)])
        entries.append(_entry(group, where, status, reason))
    live = sum(record.pages for record in found.log.current) if in_use else 0
    free = len(pages) - found.log.free if in_use else 0
    return Half(headers.half_header(region, half), in_use, tuple(entries), len(pages), live, free)


def _faults(found: Boot) -> dict[int, str]:
    """Reasons by position; the first that a page has."""
    reasons: dict[int, str] = {}
    for fault in (*found.log.faults, *found.contents.faults):
        reasons.setdefault(fault.position, fault.reason)
    return reasons


def _status(
    group: Group, in_use: bool, faults: dict[int, str], replaced: frozenset[int]
) -> tuple[Status, str]:
    positions = range(group.position, group.position + len(group.images))
    reason = next((faults[position] for position in positions if position in faults), "")
    if reason:
        return Status.DAMAGED, reason
    if group.word is Word.OPEN:
        return Status.TORN, group.reason if group.record else "not all of it was written"
    if group.word is Word.VOID:
        return Status.VOID, ""
    record = group.record
    if record is None:
        return Status.DAMAGED, group.reason
    if record.sequence in replaced:
        return Status.REPLACED, ""
    if not in_use:
        return Status.UNUSED, group.reason
    if not is_known(record):
        return Status.UNKNOWN, ""
    return Status.VALID, ""


def _entry(group: Group, pages: tuple[int, ...], status: Status, reason: str) -> Entry:
    kind, record = group.kind, group.record
    shown: tuple[Field, ...] = ()
    if record:
        shown = fields(record, group.content)
    elif not group.zeroed:
        written = b"".join(group.images).rstrip(b"\xff")
        shown = (Field("written", written, secret=True),)
    return Entry(
        pages,
        status,
        reason,
        group.zeroed,
        None if kind is None else type_name(kind),
        kind,
        kind is not None and is_critical(kind),
        record.version if record else None,
        record.sequence if record else None,
        record.supersedes if record and record.supersedes != NOTHING else None,
        (record.used, record.marks) if record and is_marked(record.kind) else None,
        shown,
    )
