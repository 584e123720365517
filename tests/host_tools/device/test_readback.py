"""What a flash that was read back is found to hold."""

import pytest

from fakes.plugged_pico import PluggedPico
from host_tools.device import image_file
from host_tools.device.layout import FLASH_BYTES, SECTOR, VAULT_BYTES, VAULT_START
from host_tools.device.readback import Difference, examine


@pytest.fixture
def flash(small_image):
    """One that the boot ROM wrote the image into, and nobody anything else."""
    data = bytearray(b"\xff" * FLASH_BYTES)
    data[: len(small_image.content)] = small_image.content
    return data


def test_image_and_blank_vault_are_sound(flash, small_image):
    found = examine(bytes(flash), small_image)
    assert (found.sound, found.difference, found.foreign, found.vault_bytes) == (True, None, (), 0)


def test_the_rest_of_the_last_sector_may_be_zeros_as_picotool_leaves_it(flash, small_image):
    end = len(small_image.content)
    flash[end : 3 * SECTOR] = bytes(3 * SECTOR - end)
    assert examine(bytes(flash), small_image).sound


@pytest.mark.parametrize("value", [0x01, 0xFE])
def test_anything_else_there_is_foreign(flash, small_image, value):
    end = len(small_image.content)
    flash[3 * SECTOR - 1] = value
    assert examine(bytes(flash), small_image).foreign == ((3 * SECTOR - 256, 3 * SECTOR),)
    flash[end : 3 * SECTOR - 1] = bytes(3 * SECTOR - 1 - end)
    assert examine(bytes(flash), small_image).foreign == ((end, 3 * SECTOR),)


@pytest.mark.parametrize("offset", [0, 1, 4095, 36 * 256 + 155])
def test_the_first_difference_is_told_to_the_byte(flash, small_image, offset):
    flash[offset] ^= 0x10
    flash[36 * 256 + 156] ^= 0x01
    found = examine(bytes(flash), small_image)
    assert found.difference == Difference(
        offset, small_image.content[offset], small_image.content[offset] ^ 0x10
    )
    assert not found.sound


def test_a_single_bit_between_image_and_vault_is_foreign(flash, small_image):
    flash[VAULT_START - 1] = 0x7F
    found = examine(bytes(flash), small_image)
    assert found.foreign == ((VAULT_START - 256, VAULT_START),)
    assert not found.sound


def test_foreign_pages_side_by_side_are_one_range(flash, small_image):
    flash[0x8000:0x8300] = bytes(0x300)
    flash[0x9000] = 0
    assert examine(bytes(flash), small_image).foreign == ((0x8000, 0x8300), (0x9000, 0x9100))


def test_a_vault_in_use_is_told_and_is_not_foreign(flash, small_image):
    flash[VAULT_START : VAULT_START + 10] = b"sealed key"
    flash[-1] = 0
    found = examine(bytes(flash), small_image)
    assert (found.sound, found.vault_bytes) == (True, 11)


def test_a_vault_without_an_erased_byte_is_wholly_in_use(flash, small_image):
    flash[VAULT_START:] = bytes(VAULT_BYTES)
    assert examine(bytes(flash), small_image).vault_bytes == VAULT_BYTES


def test_a_pico_that_has_run_the_image_is_sound_and_its_vault_blank(rp2040):
    found = examine(PluggedPico(rp2040).flash, image_file.read(rp2040))
    assert (found.sound, found.vault_bytes) == (True, 0)


def test_a_pico_that_ran_micropython_before_has_its_file_system_still(stock, rp2040):
    flash = bytearray(PluggedPico(stock).flash)
    ours = image_file.read(rp2040)
    flash[: len(ours.content)] = ours.content
    found = examine(bytes(flash), ours)
    assert found.difference is None
    assert found.foreign[-1][0] >= 0xA0000  # where MicroPython's file system begins on a Pico
