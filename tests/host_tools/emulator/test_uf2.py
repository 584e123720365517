"""UF2 images: every block lands where it says, and what is none is refused with the reason."""

import struct

import pytest

from host_tools.emulator import uf2
from host_tools.emulator.errors import NotAnImageError, OutsideFlashError
from host_tools.emulator.pico import Pico

RP2040, OTHER_CHIP = 0xE48BFF56, 0xADA52840
NOT_FOR_FLASH, HAS_FAMILY = 1, 0x2000


def block(
    address=0x1000_0000, data=b"\xaa" * 256, flags=HAS_FAMILY, family=RP2040, length=None, magic=0x0AB16F30
) -> bytes:
    size = len(data) if length is None else length
    head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, address, size, 0, 1, family)
    return head + data.ljust(476, b"\0")[:476] + struct.pack("<I", magic)


@pytest.fixture
def written(tmp_path):
    """Writes blocks, or anything, to a file and returns its path."""
    path = tmp_path / "image.uf2"

    def write(*blocks: bytes):
        path.write_bytes(b"".join(blocks))
        return path

    return write


def test_each_block_says_where_its_bytes_belong(written):
    path = written(block(0x1000_0100, b"second" * 10), block(0x1000_0000, b"first"))
    assert list(uf2.read(path)) == [(0x100, b"second" * 10), (0, b"first")]


def test_blocks_that_are_not_for_the_flash_are_left_out(written):
    path = written(block(flags=NOT_FOR_FLASH), block(data=b"x"))
    assert [data for _, data in uf2.read(path)] == [b"x"]


def test_a_block_without_a_family_is_taken(written):
    assert len(list(uf2.read(written(block(flags=0, family=0))))) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "length of 0 bytes"),
        (block()[:-1], "length of 511 bytes"),
        (bytes(512), "block at 0 is no UF2 block"),
        (block() + block(magic=0), "block at 512 is no UF2 block"),
        (block(family=OTHER_CHIP), "chip family 0xada52840"),
        (block(address=0x0FFF_FF00), "256 bytes at 0xfffff00"),
        (block(length=477), "477 bytes at 0x10000000"),
    ],
    ids=["empty", "cut short", "no block", "second block", "another chip", "below the flash", "too long"],
)
def test_what_is_no_image_for_this_chip_is_refused_with_the_reason(written, content, reason):
    path = written(content)
    with pytest.raises(NotAnImageError, match=reason) as caught:
        list(uf2.read(path))
    assert caught.value.path == path
    assert caught.value.reason in str(caught.value)


def test_a_board_holds_what_its_image_says(written):
    pico = Pico()
    pico.load_uf2(written(block(0x1000_0100, b"here")))
    assert bytes(pico.flash.data[0x100:0x104]) == b"here"


def test_an_image_beyond_the_flash_is_refused(written):
    with pytest.raises(OutsideFlashError):
        Pico().load_uf2(written(block(0x1020_0000)))
    with pytest.raises(OutsideFlashError):
        Pico().load_uf2(written(block(0x2000_0000)))


def test_the_real_image_is_one(image):
    blocks = list(uf2.read(image))
    assert blocks[0][0] == 0
    assert {len(data) for _, data in blocks} == {256}
