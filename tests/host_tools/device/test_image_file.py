"""An image for the board: found, read whole, and refused if it is no token's."""

import struct

import pytest

from host_tools.device import image_file
from host_tools.device.errors import ImageMissingError, UnsuitableImageError
from host_tools.device.layout import VAULT_START
from host_tools.engines import images
from host_tools.image import uf2
from host_tools.image.mark import Mark

START = 0x1000_0000


def refused(path, file: bytes) -> str:
    path.write_bytes(file)
    with pytest.raises(UnsuitableImageError) as caught:
        image_file.read(path)
    return caught.value.reason


def test_its_pages_come_in_order_from_the_start_of_the_flash(small_image):
    assert len(small_image.content) == 37 * 256
    assert small_image.file == small_image.path.read_bytes()


def test_without_an_image_it_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.delenv("PICODSC_IMAGE", raising=False)
    monkeypatch.setattr(images, "IMAGE", tmp_path / "none.uf2")
    for chosen in (None, tmp_path / "other.uf2"):
        with pytest.raises(ImageMissingError, match="make firmware"):
            image_file.find(chosen)


def test_it_says_which_image_it_is(tmp_path):
    path = tmp_path / "token.uf2"
    mark = Mark("pico", "0.1.0", "0123abcd")
    path.write_bytes(uf2.encode(b"x" * 250 + f"{mark}\0".encode() + b"x" * 256, START, uf2.RP2040))
    assert image_file.read(path).mark == mark


def test_an_image_without_its_mark_does_not_say_which_it_is(small_image):
    assert small_image.mark is None


def test_an_image_for_another_chip_is_refused(tmp_path):
    file = uf2.encode(b"x" * 256, START, uf2.RP2350_ARM)
    assert "chip family" in refused(tmp_path / "pico2.uf2", file)


def test_an_image_that_was_cut_off_is_refused(tmp_path):
    file = uf2.encode(b"x" * 1024, START, uf2.RP2040)
    assert refused(tmp_path / "cut.uf2", file[:-512]) == "it has 3 blocks of 4"
    assert "no multiple" in refused(tmp_path / "cut.uf2", file[:-1])


def test_an_image_with_a_hole_is_refused(tmp_path):
    first = uf2.encode(b"x" * 256, START, uf2.RP2040)
    second = uf2.encode(b"y" * 256, START + 512, uf2.RP2040)
    file = bytearray(first + second)
    for begin in (0, 512):
        struct.pack_into("<I", file, begin + 24, 2)
    assert refused(tmp_path / "hole.uf2", bytes(file)) == "the page at 0x100 is missing, or not whole"


def test_an_image_that_reaches_into_the_vault_is_refused(tmp_path):
    file = uf2.encode(bytes(VAULT_START + 1), START, uf2.RP2040)
    assert "overwrite the vault" in refused(tmp_path / "large.uf2", file)


def test_the_image_that_is_built_is_one(rp2040):
    assert image_file.read(rp2040).sha256 in (rp2040.with_suffix(".sha256")).read_text()
