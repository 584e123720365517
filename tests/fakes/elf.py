"""Makes small ELF files for ARM, with segments, sections and symbols as a test wants them.

Source: System V ABI, chapters 4 (object files) and 5 (program loading).
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HEADER, SEGMENT, SECTION = 52, 32, 40
NULL, PROGBITS, SYMBOLS, STRINGS, NOBITS = 0, 1, 2, 3, 8
ALLOC = 2


@dataclass(frozen=True)
class Section:
    """What lies at an address: bytes in the file, or `size` bytes that the start-up code clears."""

    name: str
    address: int
    data: bytes = b""
    size: int = 0
    flags: int = ALLOC


def make(sections: Sequence[Section], symbols: Mapping[str, int] | None) -> bytes:
    """An executable: each section with bytes is a segment that is loaded. No `symbols`: stripped."""
    loaded = [section for section in sections if section.data and section.flags & ALLOC]
    start = HEADER + SEGMENT * len(loaded)
    body = b""
    names = b"\0"
    headers = [struct.pack("<10I", *[0] * 10)]
    segments = b""

    def add(
        name: str, kind: int, flags: int, address: int, data: bytes, size: int, link: int, entry: int
    ) -> None:
        nonlocal body, names
        headers.append(
            struct.pack("<10I", len(names), kind, flags, address, start + len(body), size, link, 0, 4, entry)
        )
        names += name.encode() + b"\0"
        body += data

    for section in sections:
        if section in loaded:
            offset, size = start + len(body), len(section.data)
            segments += struct.pack("<8I", 1, offset, section.address, section.address, size, size, 5, 4)
        kind = PROGBITS if section.data else NOBITS
        size = len(section.data) or section.size
        add(section.name, kind, section.flags, section.address, section.data, size, 0, 0)
    if symbols is not None:
        strings = b"\0" + b"".join(name.encode() + b"\0" for name in symbols)
        table = bytes(16) + b"".join(
            struct.pack(
                "<IIIBBH", strings.index(b"\0" + name.encode() + b"\0") + 1, value, 0, 0x10, 0, 0xFFF1
            )
            for name, value in symbols.items()
        )
        add(".symtab", SYMBOLS, 0, 0, table, len(table), len(headers) + 1, 16)
        add(".strtab", STRINGS, 0, 0, strings, len(strings), 0, 0)
    names += b".shstrtab\0"
    at = names.index(b".shstrtab")
    headers.append(struct.pack("<10I", at, STRINGS, 0, 0, start + len(body), len(names), 0, 0, 1, 0))
    body += names
    header = b"\x7fELF\1\1\1".ljust(16, b"\0") + struct.pack(
        "<HHIIIIIHHHHHH",
        *(2, 40, 1, 0, HEADER, start + len(body), 0, HEADER, SEGMENT, len(loaded), SECTION),
        *(len(headers), len(headers) - 1),
    )
    return header + segments + body + b"".join(headers)
