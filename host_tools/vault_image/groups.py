"""Neighbouring pages that belong together: a record, what is left of one, or pages that were zeroed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from dsc.protocol.errors import PageError, RecordError
from dsc.protocol.layout import BLANK_PAGE, VALID, ZERO_PAGE, only_clears
from dsc.protocol.pages import Record, declared_pages, decode, is_first
from host_tools.vault_image.fields import Content, content


class Word(Enum):
    """How far the commit word of a record has come."""

    OPEN = "open"
    COMMITTED = "committed"
    VOID = "void"  # or on its way there


@dataclass(frozen=True)
class Group:
    """Pages from `position` on, an index among the half's record pages.

    `record` is what they hold, if their checksum is right, whatever the commit word says; `content` what that says,
    if it is known. `reason` is why either can't be read.
    """

    position: int
    images: tuple[bytes, ...]
    word: Word
    record: Record | None = None
    content: Content | None = None
    reason: str = ""

    @property
    def zeroed(self) -> bool:
        """Whether nothing is left."""
        return all(image == ZERO_PAGE for image in self.images)

    @property
    def kind(self) -> int | None:
        """The type; None if it has not been written, or is zeroed."""
        kind = self.images[0][5]
        return None if kind in (0x00, 0xFF) else kind


def groups(pages: Sequence[bytes]) -> list[Group]:
    """All that is written in the record pages of a half."""
    found = []
    position = 0
    while position < len(pages):
        if pages[position] == BLANK_PAGE:
            position += 1
            continue
        length = _zeros(pages, position) or _extent(pages, position)
        found.append(_group(position, tuple(pages[position : position + length])))
        position += length
    return found


def _group(position: int, images: tuple[bytes, ...]) -> Group:
    first = images[0]
    if first == ZERO_PAGE:
        return Group(position, images, Word.VOID)
    if is_first(first):
        word = Word.COMMITTED
    else:
        word = Word.OPEN if only_clears(VALID, first[0:4]) else Word.VOID
    try:
        record = decode(list(images), position)
    except PageError:
        return Group(position, images, word, reason="its checksum or its length is wrong")
    try:
        return Group(position, images, word, record, content(record))
    except RecordError as error:
        return Group(position, images, word, record, reason=error.reason)


def _zeros(pages: Sequence[bytes], position: int) -> int:
    length = 0
    while position + length < len(pages) and pages[position + length] == ZERO_PAGE:
        length += 1
    return length


def _extent(pages: Sequence[bytes], position: int) -> int:
    """How many pages belong to the one at `position`, by what it says and by what they are."""
    most = min(declared_pages(pages[position]) or 1, len(pages) - position)
    length = 1
    while length < most and _continues(pages[position + length]):
        length += 1
    return length


def _continues(page: bytes) -> bool:
    starts = page[7] == 0 and declared_pages(page) > 0
    return page != BLANK_PAGE and not starts
