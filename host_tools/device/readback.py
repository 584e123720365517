"""Compares what is in a board's flash with the image: every page, and whatever else is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from host_tools.device.image_file import Image
from host_tools.device.layout import ERASED, FLASH_BYTES, PAGE, SECTOR, VAULT_START


@dataclass(frozen=True)
class Difference:
    """The first byte, at `offset`, that is not the image's."""

    offset: int
    wanted: int
    found: int


@dataclass(frozen=True)
class Findings:
    """What a flash holds: `vault_bytes` counts what is not erased in the vault's region.

    `foreign` are ranges, from a byte up to but without another, that belong to neither image nor vault and are
    not erased.
    """

    difference: Difference | None
    foreign: tuple[tuple[int, int], ...]
    vault_bytes: int

    @property
    def sound(self) -> bool:
        """Whether the image is there, and nothing but it and a vault."""
        return self.difference is None and not self.foreign


def examine(flash: bytes, image: Image) -> Findings:
    """Judge `flash`, all FLASH_BYTES of it."""
    vault = flash[VAULT_START:FLASH_BYTES]
    return Findings(
        _difference(flash, image.content),
        tuple(_foreign(flash, len(image.content))),
        len(vault) - vault.count(ERASED),
    )


def _difference(flash: bytes, content: bytes) -> Difference | None:
    if flash[: len(content)] == content:
        return None
    offset = next(i for i, (found, wanted) in enumerate(zip(flash, content, strict=False)) if found != wanted)
    return Difference(offset, content[offset], flash[offset])


def _foreign(flash: bytes, end: int) -> Iterator[tuple[int, int]]:
    """Between the image, which ends at `end`, and the vault."""
    tail = -(-end // SECTOR) * SECTOR
    rest = flash[end:tail]
    # The boot ROM leaves the rest of the last sector erased; picotool's load fills it with zeros.
    begin = tail if rest.count(0) == len(rest) else end
    used = [offset for offset in range(begin, VAULT_START, PAGE) if _is_used(flash[offset : offset + PAGE])]
    while used:
        count = next((i for i in range(1, len(used)) if used[i] != used[i - 1] + PAGE), len(used))
        yield used[0], used[count - 1] + PAGE
        del used[:count]


def _is_used(page: bytes) -> bool:
    return page.count(ERASED) != len(page)
