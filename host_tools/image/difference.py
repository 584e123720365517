"""Says where two builds of the same file part: in which section of the program, at which address, in which line."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Final

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

UF2_BLOCK: Final = 512


def first(one: bytes, other: bytes) -> int | None:
    """The offset of the first byte that is not the same, the end of the shorter one included; None if all are."""
    if one == other:
        return None
    same, until = 0, min(len(one), len(other))
    while same < until:
        middle = (same + until) // 2
        if one[same : middle + 1] == other[same : middle + 1]:
            same = middle + 1
        else:
            until = middle
    return same


def describe(suffix: str, one: bytes, other: bytes) -> str | None:
    """One line on where the two files of this kind ("uf2", "elf", "map") differ; None if they do not."""
    offset = first(one, other)
    if offset is None:
        return None
    detail = ""
    if suffix == "elf":
        detail = _sections(one, other)
    elif suffix == "uf2":
        start = offset - offset % UF2_BLOCK + 12
        detail = f"the block for 0x{int.from_bytes(one[start : start + 4], 'little'):08x}"
    elif suffix == "map":
        detail = f"line {one.count(bytes([10]), 0, offset) + 1}"
    sizes = "" if len(one) == len(other) else f"; {len(one):,} and {len(other):,} bytes long"
    return f"  {suffix}: from byte {offset:,}{detail and f', {detail}'}{sizes}"


def _sections(one: bytes, other: bytes) -> str:
    """Each section that is not the same, with the offset in it from where it is not."""
    try:
        contents, others = _contents(one), _contents(other)
    except (ELFError, ValueError):
        return ""
    parts = []
    for name in dict.fromkeys([*contents, *others]):
        offset = first(contents.get(name, b""), others.get(name, b""))
        if offset is not None:
            parts.append(f"{name} at 0x{offset:x}")
    return f"in {', '.join(parts)}" if parts else ""


def _contents(elf: bytes) -> Mapping[str, bytes]:
    return {section.name: section.data() for section in ELFFile(BytesIO(elf)).iter_sections()}
