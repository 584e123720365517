"""Reads UF2 images: blocks of 512 bytes, each of which says where its payload belongs.

Source: the UF2 specification by Microsoft, version of 2019; the family is the RP2040's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from host_tools.emulator.errors import NotAnImageError

BLOCK: Final = 512
FLASH_START: Final = 0x10000000
_HEADER: Final = struct.Struct("<8I")  # two magic numbers, flags, address, length, number, count, family
_FIRST_MAGIC, _SECOND_MAGIC, _LAST_MAGIC = 0x0A324655, 0x9E5D5157, 0x0AB16F30
_NOT_FOR_FLASH: Final = 0x00000001
_HAS_FAMILY: Final = 0x00002000
_RP2040: Final = 0xE48BFF56
_LONGEST_PAYLOAD: Final = 476


def read(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each block of the image as its offset in the flash and its bytes; raises NotAnImageError."""
    yield from parse(path, path.read_bytes())


def parse(path: Path, image: bytes) -> Iterator[tuple[int, bytes]]:
    """The same of what has been read from `path`."""
    if not image or len(image) % BLOCK:
        raise NotAnImageError(path, f"its length of {len(image)} bytes is no multiple of {BLOCK}")
    for start in range(0, len(image), BLOCK):
        block = image[start : start + BLOCK]
        if not is_block(block):
            raise NotAnImageError(path, f"the block at {start} is no UF2 block")
        _, _, flags, address, length, _, _, family = _HEADER.unpack_from(block)
        if flags & _NOT_FOR_FLASH:
            continue
        if flags & _HAS_FAMILY and family != _RP2040:
            raise NotAnImageError(
                path, f"it is for the chip family {family:#x}, not the RP2040's {_RP2040:#x}"
            )
        if length > _LONGEST_PAYLOAD or address < FLASH_START:
            raise NotAnImageError(path, f"the block at {start} puts {length} bytes at {address:#x}")
        yield address - FLASH_START, block[_HEADER.size : _HEADER.size + length]


def is_block(data: bytes) -> bool:
    """Whether these are the 512 bytes of a block, by its three magic numbers."""
    if len(data) != BLOCK:
        return False
    first, second, *_ = _HEADER.unpack_from(data)
    (last,) = struct.unpack_from("<I", data, BLOCK - 4)
    return (first, second, last) == (_FIRST_MAGIC, _SECOND_MAGIC, _LAST_MAGIC)
