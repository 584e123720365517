"""Which files are images of a vault, which are not, and why."""

import os
import random
import stat

import pytest

from host_tools.device.layout import FLASH_BYTES, FLASH_START, VAULT_START
from host_tools.engines.unit import FLASH_SIZE
from host_tools.image import uf2
from host_tools.vault_image.errors import ImageSizeError, IncompleteImageError, UnreadableImageError
from host_tools.vault_image.source import UF2_MOST_BYTES, Kind, read

REGION = random.Random(1).randbytes(FLASH_SIZE)


@pytest.fixture
def image(tmp_path):
    """Makes a file of these bytes that nobody may write."""

    def make(content, name="image"):
        path = tmp_path / name
        path.write_bytes(content)
        path.chmod(0o400)
        return path

    return make


def dumped(start, content):
    """A UF2 file with this at an offset of the flash."""
    return uf2.encode(content, FLASH_START + start, uf2.RP2040)


def test_the_vault_s_region_is_an_image(image):
    source = read(image(REGION))
    assert (source.kind, source.region) == (Kind.REGION, REGION)


def test_of_a_whole_flash_the_end_is_taken(image):
    source = read(image(bytes(VAULT_START) + REGION))
    assert (source.kind, source.region) == (Kind.FLASH, REGION)


@pytest.mark.parametrize("start", [0, VAULT_START - 4096, VAULT_START])
def test_a_uf2_file_of_all_or_of_the_end_of_the_flash_is_an_image(image, start):
    source = read(image(dumped(start, bytes(VAULT_START - start) + REGION)))
    assert (source.kind, source.region) == (Kind.UF2, REGION)


def test_blocks_in_another_order_are_the_same_image(image):
    blocks = dumped(VAULT_START, REGION)
    parts = [blocks[start : start + 512] for start in range(0, len(blocks), 512)]
    random.Random(2).shuffle(parts)
    assert read(image(b"".join(parts))).region == REGION


def test_a_simulated_token_is_read_from_its_folder_and_needs_no_description(image, tmp_path):
    image(REGION, "flash.bin")
    source = read(tmp_path)
    assert (source.kind, source.region, source.path) == (Kind.SIMULATED, REGION, tmp_path / "flash.bin")


def test_reading_changes_nothing(image, tmp_path):
    path = image(REGION)
    before = path.stat()
    read(path)
    after = path.stat()
    assert (after.st_mtime_ns, after.st_mode, after.st_size) == (
        before.st_mtime_ns,
        before.st_mode,
        before.st_size,
    )
    assert path.read_bytes() == REGION
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("size", [0, 1, FLASH_SIZE - 1, FLASH_SIZE + 1, FLASH_BYTES - 1, UF2_MOST_BYTES + 1])
def test_another_size_is_refused_with_those_that_are_allowed(image, size):
    with pytest.raises(ImageSizeError) as refused:
        read(image(bytes(size)))
    assert refused.value.size == size
    assert list(refused.value.allowed.values()) == [FLASH_SIZE, FLASH_BYTES]
    assert f"has {size:,} bytes; an image has 131,072 (the vault's region), 2,097,152" in str(refused.value)


def test_the_flash_of_a_simulated_token_is_its_region_only(image, tmp_path):
    image(bytes(FLASH_BYTES), "flash.bin")
    with pytest.raises(ImageSizeError):
        read(tmp_path)


def test_a_firmware_s_uf2_file_has_no_vault(image):
    with pytest.raises(IncompleteImageError, match="it has none of the last 131,072 bytes"):
        read(image(dumped(0, bytes(4096))))


def test_a_dump_with_a_page_missing_is_refused_rather_than_filled_up(image):
    blocks = dumped(VAULT_START, REGION)
    with pytest.raises(IncompleteImageError, match="byte 0x1fe00 of the vault's region is missing"):
        read(image(blocks[: 510 * 512] + blocks[511 * 512 :]))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda blocks: blocks[:-1], "no multiple of 512"),
        (lambda blocks: blocks[:512] + b"x" + blocks[513:], "the block at 512 is no UF2 block"),
        (lambda blocks: uf2.encode(REGION, FLASH_START, uf2.RP2350_ARM), "chip family"),
    ],
)
def test_a_damaged_or_foreign_uf2_file_is_refused(image, change, reason):
    with pytest.raises(IncompleteImageError, match=reason):
        read(image(change(dumped(VAULT_START, REGION))))


def test_a_region_that_begins_like_a_uf2_file_is_a_region(image):
    region = b"UF2\n" + REGION[4:]
    assert read(image(region)).region == region


def test_a_link_is_not_followed(image, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(image(REGION))
    with pytest.raises(UnreadableImageError, match="is no regular file"):
        read(link)


def test_a_link_in_a_token_s_folder_is_not_followed(image, tmp_path):
    folder = tmp_path / "token"
    folder.mkdir()
    (folder / "flash.bin").symlink_to(image(REGION))
    with pytest.raises(UnreadableImageError, match=r"flash\.bin: is no regular file"):
        read(folder)


def test_a_fifo_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(UnreadableImageError, match="is no regular file"):
        read(tmp_path / "fifo")


def test_a_fifo_that_comes_in_the_place_of_a_file_is_not_waited_for(image, tmp_path, monkeypatch):
    """Between the look and the opening another program may change what is there."""
    path = tmp_path / "changing"
    os.mkfifo(path)
    regular = image(REGION).stat()
    assert stat.S_ISREG(regular.st_mode)
    monkeypatch.setattr(type(path), "lstat", lambda self: regular)
    with pytest.raises(UnreadableImageError, match="is no regular file"):
        read(path)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_refused(device, tmp_path):
    with pytest.raises(UnreadableImageError, match="is no regular file"):
        read(tmp_path / device)


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_what_is_not_there_is_said_not_to_be(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableImageError, match=f"{name}.*: no such file"):
        read(tmp_path / name)


def test_a_name_that_no_file_can_have_is_refused(tmp_path):
    with pytest.raises(UnreadableImageError, match="can't be read"):
        read(tmp_path / "a\0b")


def test_what_the_system_refuses_is_said(tmp_path):
    with pytest.raises(UnreadableImageError, match="can't be read: file name too long"):
        read(tmp_path / ("x" * 300))
