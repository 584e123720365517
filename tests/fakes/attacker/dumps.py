"""All that a unit's flash dumps show: every page of both halves, in whatever state; nothing is mounted or mended."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import Final, TypeVar

from fakes.attacker.records import (
    PAGE,
    RESET,
    SEAL,
    VALID,
    Content,
    Credential,
    Offset,
    Record,
    Root,
    Wrapping,
    read,
)

PAGES_PER_SECTOR: Final = 16
HALF_END: Final = 24
SECTOR_END: Final = 20
RESET_MARK: Final = 240
BLANK: Final = b"\xff" * PAGE
ZERO: Final = bytes(PAGE)

_Kind = TypeVar("_Kind", bound=Content)


@dataclass(frozen=True)
class View:
    """What the token itself reads in one dump."""

    root: Root
    offset: bytes
    wrapping: Wrapping | None


@dataclass
class Evidence:
    """Everything ever seen in the flash of one unit, each thing once, in the order of its appearance."""

    uid: bytes
    records: dict[Record, None] = field(default_factory=dict)
    views: list[View | None] = field(default_factory=list)  # one a dump; None where there is no sealed token
    # What was seen in one dump: credentials by root or wrapping, and pairs of salt and device secret.
    together: dict[Content, dict[Credential, None]] = field(default_factory=dict)
    pairs: dict[tuple[bytes, bytes], None] = field(default_factory=dict)
    pages: dict[bytes, None] = field(default_factory=dict)
    unexplained: dict[bytes, None] = field(default_factory=dict)

    def contents(self, kind: type[_Kind], whole: bool = True) -> list[_Kind]:
        """All whole records of a kind, or all torn ones that are not also there whole."""
        sound = [each.content for each in self.records if each.whole and isinstance(each.content, kind)]
        if whole:
            return list(dict.fromkeys(sound))
        torn = [each.content for each in self.records if not each.whole and isinstance(each.content, kind)]
        return [each for each in dict.fromkeys(torn) if each not in sound]

    def strangers(self) -> list[bytes]:
        """Payloads of whole records that have no known format."""
        return list(
            dict.fromkeys(each.payload for each in self.records if each.whole and each.content is None)
        )

    def last_view(self, moment: int = -1) -> View:
        """The token as the newest dump up to this one shows it."""
        return next(view for view in reversed(self.views[: moment + 1 or None]) if view)

    def last_offset(self, root: Root) -> bytes:
        """The newest offset that was in force with a root record; none known: no shift."""
        offsets = [view.offset for view in self.views if view and view.root == root]
        return offsets[-1] if offsets else bytes(root.digits)


def gather(uid: bytes, dumps: Iterable[bytes]) -> Evidence:
    """Read the dumps of one unit, oldest first."""
    evidence = Evidence(uid)
    cache: dict[bytes, Record] = {}
    last = None
    for dump in dumps:
        if dump == last:
            evidence.views.append(evidence.views[-1])
            continue
        last = dump
        pages = [dump[start : start + PAGE] for start in range(0, len(dump), PAGE)]
        found = _records(pages, cache)
        evidence.pages.update(dict.fromkeys(pages))
        evidence.records.update(dict.fromkeys(found.values()))
        evidence.views.append(_view(pages, found))
        credentials = [each.content for each in found.values() if isinstance(each.content, Credential)]
        for each in found.values():
            if isinstance(each.content, Root | Wrapping):
                evidence.together.setdefault(each.content, {}).update(dict.fromkeys(credentials))
        secrets = [each.content.secret for each in found.values() if isinstance(each.content, Root)]
        salts = [each.content.salt for each in found.values() if isinstance(each.content, Root | Wrapping)]
        evidence.pairs.update(dict.fromkeys(product(salts, secrets)))
        for number in range(0, len(pages), PAGES_PER_SECTOR):
            evidence.unexplained[pages[number][SECTOR_END:RESET_MARK]] = None
        for number in _half_headers(pages):
            evidence.unexplained[pages[number][HALF_END:]] = None
    for record in evidence.records:
        evidence.unexplained.update(dict.fromkeys(record.unexplained))
    evidence.unexplained = {part: None for part in evidence.unexplained if part.strip(b"\x00\xff")}
    return evidence


def _half_headers(pages: list[bytes]) -> tuple[int, int]:
    return 1, len(pages) // 2 + 1


def _records(pages: list[bytes], cache: dict[bytes, Record]) -> dict[int, Record]:
    """All that looks like the first page of a record, by page number."""
    found = {}
    headers = _half_headers(pages)
    for number, page in enumerate(pages):
        if page in (BLANK, ZERO) or number % PAGES_PER_SECTOR == 0 or number in headers:
            continue
        if 0 < page[7] < page[8] <= 8:
            continue  # a later page of a record
        parts = [page]
        following = number
        while len(parts) < page[8] <= 8 and following + 1 < len(pages):
            following += 2 if (following + 1) % PAGES_PER_SECTOR == 0 else 1
            parts.append(pages[following])
        key = b"".join(parts)
        if key not in cache:
            cache[key] = read(parts)
        found[number] = cache[key]
    return found


def _view(pages: list[bytes], found: dict[int, Record]) -> View | None:
    """What is in force: the committed half of the greatest generation, and in it what nothing replaces."""
    generations = {
        half: pages[number][16:20]
        for half, number in enumerate(_half_headers(pages))
        if pages[number][:4] == VALID
    }
    if not generations:
        return None
    half = max(generations, key=lambda each: generations[each])
    middle = len(pages) // 2
    records = [
        each for number, each in found.items() if number // middle == half and each.committed and each.whole
    ]
    replaced = {each.replaces for each in records}
    live = [each for each in records if each.sequence not in replaced]
    kinds = {each.kind for each in live}
    roots = [each.content for each in live if isinstance(each.content, Root)]
    if not roots or SEAL not in kinds or RESET in kinds:
        return None
    offsets = [each.content.digits for each in live if isinstance(each.content, Offset)]
    wrappings = [each.content for each in live if isinstance(each.content, Wrapping)]
    return View(
        roots[-1], offsets[-1] if offsets else bytes(roots[-1].digits), wrappings[-1] if wrappings else None
    )
