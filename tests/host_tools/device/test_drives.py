"""Finding the drive of a board in BOOTSEL mode."""

import os

import pytest

from fakes.bootsel_drive import make_drive
from host_tools.device import drives
from host_tools.device.errors import NotABoardError, SeveralBoardsError, WrongChipError


def test_drives_are_found_where_desktops_mount_them(tmp_path):
    made = [
        make_drive(tmp_path / place / "RPI-RP2")
        for place in ("media/somebody", "run/media/somebody", "mnt", "Volumes")
    ]
    (tmp_path / "media" / "somebody" / "STICK").mkdir()
    places = [tmp_path / place.relative_to("/") for place in drives.PLACES]
    assert sorted(drive.path for drive in drives.mounted(places)) == sorted(made)


def test_other_drives_are_left_alone(tmp_path):
    for name, text in (("CIRCUITPY", None), ("FEATHER", "Model: Feather\n"), ("EMPTY", "")):
        (tmp_path / name).mkdir()
        if text is not None:
            (tmp_path / name / "INFO_UF2.TXT").write_text(text)
    (tmp_path / "file").touch()
    assert drives.mounted([tmp_path, tmp_path / "absent"]) == []
    assert drives.only([]) is None


def test_a_drive_that_would_have_its_reader_wait_or_read_for_ever_is_passed_over(tmp_path):
    for name in ("fifo", "endless"):
        (tmp_path / name).mkdir()
    os.mkfifo(tmp_path / "fifo" / "INFO_UF2.TXT")
    (tmp_path / "endless" / "INFO_UF2.TXT").symlink_to("/dev/zero")
    assert drives.mounted([tmp_path]) == []


def test_what_a_drive_calls_itself_steers_nobodys_terminal(tmp_path):
    path = make_drive(tmp_path / "\x1b[2Jdrive", "\x1b]0;yours\x07")
    with pytest.raises(WrongChipError) as caught:
        drives.at(path)
    assert str(caught.value).isprintable()
    assert "yours" in str(caught.value)


def test_one_drive_at_two_places_is_one(tmp_path):
    drive = make_drive(tmp_path / "media" / "RPI-RP2")
    (tmp_path / "media" / "alias").symlink_to(drive)
    assert len(drives.mounted([tmp_path / "media"])) == 1


def test_of_two_drives_none_is_chosen(tmp_path):
    for name in ("RPI-RP2", "RPI-RP21"):
        make_drive(tmp_path / name)
    with pytest.raises(SeveralBoardsError) as caught:
        drives.only(drives.mounted([tmp_path]))
    assert caught.value.found == (str(tmp_path / "RPI-RP2"), str(tmp_path / "RPI-RP21"))


def test_a_pico_2_is_refused(tmp_path):
    path = make_drive(tmp_path / "RP2350", "RP2350")
    for find in (lambda: drives.at(path), lambda: drives.only(drives.mounted([tmp_path]))):
        with pytest.raises(WrongChipError, match="chip RP2350"):
            find()


def test_a_named_folder_must_be_a_boards_drive(tmp_path):
    with pytest.raises(NotABoardError, match=r"INFO_UF2\.TXT"):
        drives.at(tmp_path)
    with pytest.raises(NotABoardError, match="no such folder"):
        drives.at(tmp_path / "absent")
    assert drives.at(make_drive(tmp_path / "RPI-RP2")).present
