"""Writes UF2, the format that the boot ROM takes: blocks of 512 bytes, each with 256 for one place in flash."""

from __future__ import annotations

import struct
from typing import Final

from host_tools.image.errors import Uf2Error

# The format's constants: RP2040 data sheet, section 2.8.4.2.
START: Final = 0x0A324655
SECOND: Final = 0x9E5D5157
END: Final = 0x0AB16F30
FAMILY_PRESENT: Final = 0x2000
PAYLOAD: Final = 256
DATA_FIELD: Final = 476

RP2040: Final = 0xE48BFF56
RP2350_ARM: Final = 0xE48BFF59  # "RP2350 Arm, secure"


def encode(data: bytes, address: int, family: int) -> bytes:
    """The UF2 file that puts `data` at `address`; both fill up to whole pages of 256 bytes, with zeros.

    Raises Uf2Error if there is no data or `address` is not the start of a page.
    """
    if not data or address % PAYLOAD:
        raise Uf2Error(f"{len(data)} bytes at 0x{address:08x}: need data, and the start of a page")
    total = -(-len(data) // PAYLOAD)
    return b"".join(
        struct.pack(
            "<8I",
            START,
            SECOND,
            FAMILY_PRESENT,
            address + number * PAYLOAD,
            PAYLOAD,
            number,
            total,
            family,
        )
        + data[number * PAYLOAD : (number + 1) * PAYLOAD].ljust(DATA_FIELD, b"\0")
        + struct.pack("<I", END)
        for number in range(total)
    )
