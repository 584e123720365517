"""Copying an image onto a board's drive."""

import os

import pytest

from fakes.bootsel_drive import BootselDrive, make_drive
from host_tools.device import drives, mass_storage
from host_tools.device.errors import DriveFullError, DriveRefusedError, NotTakenError, UnpluggedError
from host_tools.device.image_file import Image


@pytest.fixture
def large(small_image):
    """An image that is written in many pieces."""
    return Image(small_image.path, small_image.file * 64, small_image.content)


def blocks(small_image):
    return len(small_image.file) // 512


def test_the_image_is_copied_whole_and_the_drive_vanishes(small_image, tmp_path):
    with BootselDrive(tmp_path / "RPI-RP2", small_image.path.name, blocks(small_image)) as drive:
        mass_storage.write(small_image, drives.at(drive.path))
    assert drive.received == small_image.file
    assert not drive.path.exists()


def test_a_cable_that_is_pulled_midway_is_noticed(large, tmp_path):
    name, count = large.path.name, blocks(large)
    with (
        BootselDrive(tmp_path / "RPI-RP2", name, count, unplugged_after=8192) as drive,
        pytest.raises(UnpluggedError, match="flash again") as caught,
    ):
        mass_storage.write(large, drives.at(drive.path))
    assert caught.value.written < caught.value.total == len(large.file)


def test_a_drive_that_stays_has_not_taken_the_image(small_image, tmp_path):
    with (
        BootselDrive(
            tmp_path / "RPI-RP2", small_image.path.name, blocks(small_image), takes_it=False
        ) as drive,
        pytest.raises(NotTakenError, match=r"within 0\.2 s"),
    ):
        mass_storage.write(small_image, drives.at(drive.path), seconds=0.2)


def test_a_link_on_a_drive_that_only_looks_like_a_boards_is_not_followed(small_image, tmp_path):
    drive, precious = make_drive(tmp_path / "RPI-RP2"), tmp_path / "precious"
    precious.write_text("mine")
    (drive / small_image.path.name).symlink_to(precious)
    with pytest.raises(DriveRefusedError):
        mass_storage.write(small_image, drives.at(drive))
    assert precious.read_text() == "mine"


def in_place_of_the_file(monkeypatch, device):
    """What is written goes to a device of the system that answers with its own errors."""
    monkeypatch.setattr(mass_storage, "_opened", lambda path: os.open(device, os.O_WRONLY))


def test_a_full_drive_is_named(small_image, tmp_path, monkeypatch):
    drive = make_drive(tmp_path / "RPI-RP2")
    in_place_of_the_file(monkeypatch, "/dev/full")
    with pytest.raises(DriveFullError, match=f"full after 0 of {len(small_image.file)}"):
        mass_storage.write(small_image, drives.at(drive))


def test_a_drive_that_can_not_be_written_to_is_named(small_image, tmp_path):
    drive = make_drive(tmp_path / "RPI-RP2")
    (drive / small_image.path.name).mkdir()
    with pytest.raises(DriveRefusedError, match="directory"):
        mass_storage.write(small_image, drives.at(drive))


def test_an_error_on_a_drive_that_is_still_there_is_no_unplugging(small_image, tmp_path, monkeypatch):
    drive = make_drive(tmp_path / "RPI-RP2")
    in_place_of_the_file(monkeypatch, "/proc/self/mem")  # where the first write is an I/O error
    with pytest.raises(DriveRefusedError):
        mass_storage.write(small_image, drives.at(drive))
