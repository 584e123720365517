"""Writes records into a vault behind the firmware's back, by docs/formats.md, as a broken build would."""

import zlib

from fakes.nor_flash import PAGE, SECTOR, NorFlash

VALID = b"\x5a\xc3\x0f\x96"
NOTHING = 0xFFFFFFFF
HEADER, FULL = 24, 228
NOTE = 0x20  # a type that firmware does not know, and may ignore


def append(flash: NorFlash, kind: int, payload: bytes, replaces: int = NOTHING, commit: bool = True) -> None:
    """Append a record to the half that is in force; the one that it replaces is left to be zeroed at the next boot."""
    half = _live_half(flash)
    first = half * (flash.size // SECTOR // 2)
    numbers = [
        sector * SECTOR // PAGE + page
        for sector in range(first, first + flash.size // SECTOR // 2)
        for page in range(2 if sector == first else 1, SECTOR // PAGE)
    ]
    written = [number for number in numbers if _page(flash, number) != b"\xff" * PAGE]
    sequence = 1 + max(
        int.from_bytes(_page(flash, number)[16:20], "big")
        for number in written
        if _page(flash, number)[:4] == VALID
    )
    chunks = [payload[start : start + FULL] for start in range(0, len(payload), FULL)] or [b""]
    free = numbers[numbers.index(written[-1]) + 1 :][: len(chunks)]
    images = []
    for index, (number, chunk) in enumerate(zip(free, chunks, strict=True)):
        body = bytes((0, kind, 1, index, len(chunks), 0xFF)) + len(chunk).to_bytes(2, "big")
        body += len(payload).to_bytes(2, "big") + b"\xff\xff"
        body += sequence.to_bytes(4, "big") + replaces.to_bytes(4, "big") + chunk
        body += zlib.crc32(body).to_bytes(4, "big")
        images.append((b"\xff" * 4 + body).ljust(PAGE, b"\xff"))
        flash.program(number * PAGE, images[-1])
    if commit:
        flash.program(free[0] * PAGE, VALID + images[0][4:])


def sequence_of(flash: NorFlash, kind: int, start: bytes = b"") -> int:
    """The sequence number of the newest valid record of a type whose payload begins so."""
    half = _live_half(flash)
    pages = range(half * flash.size // PAGE // 2, (half + 1) * flash.size // PAGE // 2)
    images = [_page(flash, number) for number in pages]
    return max(
        int.from_bytes(image[16:20], "big")
        for image in images
        if image[:4] == VALID and image[5] == kind and image[HEADER:].startswith(start)
    )


def _live_half(flash: NorFlash) -> int:
    heads = [_page(flash, 1), _page(flash, flash.size // PAGE // 2 + 1)]
    return max((0, 1), key=lambda half: heads[half][16:20] if heads[half][:4] == VALID else b"")


def _page(flash: NorFlash, number: int) -> bytes:
    return bytes(flash.cells[number * PAGE : (number + 1) * PAGE])
