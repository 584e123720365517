"""Images of a vault's region, real ones and what they become when anything at all is done to them."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from dsc.protocol.layout import (
    MARK_BEGUN,
    MARK_START,
    PAGE_SIZE,
    SECTOR_SIZE,
    VALID,
    checksum,
)
from dsc.protocol.records import PinOffset
from dsc.protocol.settings import FRENCH, Settings
from dsc.vault.store import Vault
from fakes import raw_vault
from fakes.nor_flash import TEARS, NorFlash, PowerCut
from fakes.vault_contents import complete_contents, contents, identity, verified_contents, wrapping

SIZE: Final = 4 * SECTOR_SIZE
HEADER: Final = 24


def real_images() -> list[bytes]:
    """Regions as histories with and without power cuts leave them."""
    images = []

    def keep(flash: NorFlash) -> None:
        images.append(bytes(flash.cells))

    flash = NorFlash(SIZE)
    keep(flash)
    vault = Vault.provision(flash, **contents(credentials=3))
    keep(flash)
    for change in (
        lambda: [vault.advance_counter(identity(0)) for _ in range(210)],
        lambda: vault.replace_offset(PinOffset(bytes(4))),
        lambda: vault.rename(identity(1), "Label"),
        lambda: vault.compact(),
        lambda: vault.delete(identity(2)),
    ):
        change()
        keep(flash)
    complete = NorFlash(SIZE)
    vault = Vault.provision(complete, **complete_contents())
    keep(complete)
    vault.replace_settings(Settings(FRENCH))
    keep(complete)
    vault.delete(identity(0))
    keep(complete)
    verified = NorFlash(SIZE)
    vault = Vault.provision(verified, **verified_contents())
    vault.begin_attempt(1)
    vault.replace_wrapping(wrapping(1, 2, (1, 0)))
    keep(verified)
    log = raw_vault.new_log(NorFlash(SIZE))
    for length in (0, 228, 229, 1000):
        log.append(0x20, 1, bytes(length))
    images.append(bytes(log._region._flash.cells))
    blank, sealed = images[:2]
    images += _cut(blank, lambda flash: Vault.provision(flash, **contents()))
    images += _cut(sealed, lambda flash: Vault.mount(flash).compact())
    images += _cut(sealed, Vault.erase)
    return images


def _cut(start: bytes, action: Callable[[NorFlash], object]) -> list[bytes]:
    """What power cuts leave of an action at every seventh of its operations."""
    whole = NorFlash(SIZE, start)
    action(whole)
    images = []
    for operation in range(1, whole.operations + 1, 7):
        for tear in (None, TEARS["odd-bits"], TEARS["front"]):
            flash = NorFlash(SIZE, start)
            flash.cut(operation, tear)
            with suppress(PowerCut):
                action(flash)
            images.append(bytes(flash.cells))
    return images


def mutated(image: bytes, others: list[bytes], source: random.Random) -> bytes:
    """The image after one to eight changes, most of them aimed at what is written there."""
    cells = bytearray(image)
    for _ in range(source.choice((1, 1, 1, 2, 3, 5, 8))):
        source.choice(MUTATIONS)(cells, others, source)
    return bytes(cells)


def _page(cells: bytearray, source: random.Random) -> int:
    """Where a page starts, a written one more often than not."""
    pages = len(cells) // PAGE_SIZE
    for _ in range(8):
        start = source.randrange(pages) * PAGE_SIZE
        if cells[start : start + PAGE_SIZE].strip(b"\xff"):
            return start
    return source.randrange(pages) * PAGE_SIZE


def _flip(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    cells[_page(cells, source) + source.randrange(PAGE_SIZE)] ^= 1 << source.randrange(8)


def _flip_header(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    cells[_page(cells, source) + source.randrange(HEADER + 4)] ^= 1 << source.randrange(8)


def _set_byte(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    cells[_page(cells, source) + source.randrange(64)] = source.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))


def _set_header(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    """A field of a record's header says something else, under a checksum that is right."""
    start = _page(cells, source)
    kind = source.choice((0x81, 0x82, 0x83, 0x05, 0xC4, 0x86, 0x87, 0x88, 0xC9, 0x11, 0x51, 0xBF))
    place, value = source.choice(
        (
            (5, bytes((kind,))),
            (6, bytes((source.randrange(4),))),
            (7, bytes((source.randrange(9),))),
            (8, bytes((source.randrange(10),))),
            (10, source.randbytes(1)),
            (11, source.randbytes(1)),
            (12, bytes((0, source.randrange(256)))),
            (16, source.randrange(40).to_bytes(4, "big")),
            (20, source.choice((source.randrange(40), 0xFFFFFFFF)).to_bytes(4, "big")),
        )
    )
    cells[start + place : start + place + len(value)] = value
    _seal_record(cells, start)


def _set_payload(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    start = _page(cells, source)
    place = start + HEADER + source.randrange(80)
    cells[place] = source.choice((0, 1, 4, 9, 0x0A, 0x20, 0x7F, 0xC3, 0xFF, source.randrange(256)))
    _seal_record(cells, start)


def _seal_record(cells: bytearray, start: int) -> None:
    """Put the right checksum behind a page's payload, as its header gives the length."""
    end = HEADER + int.from_bytes(cells[start + 10 : start + 12], "big")
    if end <= PAGE_SIZE - 4:
        cells[start + end : start + end + 4] = checksum(bytes(cells[start + 4 : start + end]))


def _seal_headers(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    """Another generation, size or erase count, under a checksum that is right."""
    half = source.randrange(2)
    start = half * len(cells) // 2 + PAGE_SIZE
    if source.random() < 0.5:
        cells[start : start + 12] = VALID + b"PICODSC\x00"
        cells[start + 12 : start + 14] = bytes((source.choice((1, 1, 1, 2)), 0xFF))
        cells[start + 14 : start + 16] = source.choice((4, 4, 4, 16)).to_bytes(2, "big")
        cells[start + 16 : start + 20] = source.randrange(4).to_bytes(4, "big")
        cells[start + 20 : start + 24] = checksum(bytes(cells[start + 4 : start + 20]))
    else:
        start = source.randrange(len(cells) // SECTOR_SIZE) * SECTOR_SIZE
        cells[start + 12 : start + 16] = source.choice((bytes(4), b"\xff" * 4, source.randbytes(4)))
        cells[start + 16 : start + 20] = checksum(bytes(cells[start + 4 : start + 16]))


def _commit_word(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    word = source.choice(
        (VALID, bytes(4), b"\xff" * 4, bytes(a & b for a, b in zip(VALID, source.randbytes(4), strict=True)))
    )
    start = _page(cells, source)
    cells[start : start + 4] = word


def _reset_mark(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    start = source.choice((0, len(cells) // 2)) + MARK_START
    mark = source.choice(
        (MARK_BEGUN, bytes(16), bytes(a | b for a, b in zip(MARK_BEGUN, source.randbytes(16), strict=True)))
    )
    cells[start : start + 16] = mark


def _fill(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    length = source.choice((1, 16, PAGE_SIZE, SECTOR_SIZE))
    start = source.randrange(len(cells) // length) * length
    cells[start : start + length] = source.choice((b"\xff", b"\x00", b"\x5a")) * length


def _copy_page(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    start, target = _page(cells, source), source.randrange(len(cells) // PAGE_SIZE) * PAGE_SIZE
    cells[target : target + PAGE_SIZE] = cells[start : start + PAGE_SIZE]


def _append_page(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    """A copy of a record, behind the last one, with a number of its own."""
    start = _page(cells, source)
    pages = range(0, len(cells), PAGE_SIZE)
    blank = [
        page for page in pages if page % SECTOR_SIZE and not cells[page : page + PAGE_SIZE].strip(b"\xff")
    ]
    if blank:
        page = bytearray(cells[start : start + PAGE_SIZE])
        page[16:20] = (30 + source.randrange(10)).to_bytes(4, "big")
        if source.random() < 0.5:
            page[20:24] = source.randrange(30).to_bytes(4, "big")
        cells[blank[0] : blank[0] + PAGE_SIZE] = page
        _seal_record(cells, blank[0])


def _splice(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    """A sector, a half or a page of another image."""
    other = source.choice(others)
    length = source.choice((PAGE_SIZE, SECTOR_SIZE, len(cells) // 2))
    start = source.randrange(len(cells) // length) * length
    cells[start : start + length] = other[start : start + length]


def _noise(cells: bytearray, others: list[bytes], source: random.Random) -> None:
    start = _page(cells, source) + source.randrange(PAGE_SIZE)
    length = min(source.randrange(1, 200), len(cells) - start)
    cells[start : start + length] = source.randbytes(length)


MUTATIONS: Final = (
    _flip,
    _flip_header,
    _set_byte,
    _set_header,
    _set_header,
    _set_payload,
    _set_payload,
    _seal_headers,
    _commit_word,
    _commit_word,
    _reset_mark,
    _fill,
    _copy_page,
    _append_page,
    _append_page,
    _splice,
    _noise,
)
