"""The simulated flash keeps the rules of the real one, and every operation is in its file when it returns."""

import pytest

from dsc.hal import FlashError
from simulated.flash import PAGE, SECTOR, SIZE, Flash


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "flash.bin"
    path.write_bytes(b"\xff" * SIZE)
    return path


@pytest.fixture
def flash(image):
    opened = Flash(str(image))
    yield opened
    opened.close()


def page(value):
    return bytes([value]) * PAGE


def test_programming_clears_bits_and_never_sets_one(flash):
    flash.program(0, page(0b1010_1010))
    flash.program(0, page(0b1100_1100))
    assert flash.read(0, PAGE) == page(0b1000_1000)


def test_only_erasing_sets_bits(flash):
    flash.program(SECTOR, page(0))
    flash.erase(SECTOR)
    assert flash.read(SECTOR, SECTOR) == b"\xff" * SECTOR


def test_programming_touches_its_page_only(flash):
    flash.program(3 * PAGE, page(0))
    assert flash.read(0, 3 * PAGE) == b"\xff" * 3 * PAGE
    assert flash.read(4 * PAGE, PAGE) == page(0xFF)


def test_erasing_touches_its_sector_only(flash):
    for sector in range(3):
        flash.program(sector * SECTOR, page(0x55))
    flash.erase(SECTOR)
    assert flash.read(0, PAGE) == flash.read(2 * SECTOR, PAGE) == page(0x55)


def test_the_last_page_and_sector_can_be_used(flash):
    flash.program(SIZE - PAGE, page(1))
    assert flash.read(SIZE - PAGE, PAGE) == page(1)
    flash.erase(SIZE - SECTOR)
    assert flash.read(SIZE - 1, 1) == b"\xff"


@pytest.mark.parametrize("offset", [1, PAGE - 1, PAGE + 128, -1])
def test_a_page_that_is_off_the_grid_is_not_programmed(flash, offset):
    with pytest.raises(FlashError):
        flash.program(offset, page(0))


@pytest.mark.parametrize("length", [0, 1, PAGE - 1, PAGE + 1, 2 * PAGE])
def test_less_or_more_than_a_page_is_not_programmed(flash, length):
    with pytest.raises(FlashError):
        flash.program(0, bytes(length))
    assert flash.read(0, 2 * PAGE) == b"\xff" * 2 * PAGE


@pytest.mark.parametrize("offset", [1, PAGE, SECTOR + PAGE, -1])
def test_a_sector_that_is_off_the_grid_is_not_erased(flash, offset):
    with pytest.raises(FlashError):
        flash.erase(offset)


@pytest.mark.parametrize("offset", [-SECTOR, SIZE, SIZE + SECTOR])
def test_nothing_outside_the_region_is_written(flash, offset):
    with pytest.raises(FlashError):
        flash.program(offset, page(0))
    with pytest.raises(FlashError):
        flash.erase(offset)


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (SIZE, 1), (SIZE - 1, 2), (0, SIZE + 1), (0, -1)])
def test_nothing_outside_the_region_is_read(flash, offset, length):
    with pytest.raises(FlashError):
        flash.read(offset, length)
    with pytest.raises(FlashError):
        flash.is_blank(offset, length)


@pytest.mark.parametrize("byte", [0, 1, 2 * PAGE - 1])
def test_one_clear_bit_makes_a_stretch_of_any_length_written(flash, byte):
    assert flash.is_blank(0, SIZE)
    content = bytearray(page(0xFF))
    content[byte % PAGE] = 0x7F
    flash.program(byte // PAGE * PAGE, content)
    assert not flash.is_blank(0, SIZE)
    assert not flash.is_blank(byte, 1)
    assert flash.is_blank(0, byte)
    assert flash.is_blank(byte + 1, SIZE - byte - 1)


def test_nothing_may_be_read_anywhere_inside(flash):
    assert flash.read(SIZE, 0) == b""


def test_each_operation_is_in_the_file_when_it_returns(flash, image):
    flash.program(PAGE, page(7))
    assert image.read_bytes()[PAGE : 2 * PAGE] == page(7)
    flash.erase(0)
    assert image.read_bytes() == b"\xff" * SIZE


def test_another_boot_finds_what_the_last_one_wrote(flash, image):
    flash.program(0, page(9))
    again = Flash(str(image))
    assert again.read(0, PAGE) == page(9)
    again.close()


def test_what_was_read_does_not_change_with_the_flash(flash):
    before = flash.read(0, PAGE)
    flash.program(0, page(0))
    assert before == page(0xFF)


@pytest.mark.parametrize("size", [0, SIZE - 1, SIZE + 1])
def test_a_file_of_another_size_is_no_flash(image, size):
    image.write_bytes(bytes(size))
    with pytest.raises(OSError, match="131072 bytes"):
        Flash(str(image))
    assert image.stat().st_size == size


def test_a_flash_without_a_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        Flash(str(tmp_path / "none.bin"))
