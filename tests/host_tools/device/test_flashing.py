"""Which way the image takes to the board, and what is never done unasked."""

import pytest

from fakes.bootsel_drive import BootselDrive, make_drive
from host_tools.device import flashing, picotool
from host_tools.device.errors import (
    NoAccessError,
    NoBoardError,
    PicotoolMissingError,
    SeveralBoardsError,
    WrongChipError,
    WrongFlashError,
)
from host_tools.device.layout import VAULT_START


def drive_for(small_image, path, **faults):
    return BootselDrive(path, small_image.path.name, len(small_image.file) // 512, **faults)


def test_picotool_is_preferred_because_it_reads_back(small_image, bench, no_drives):
    make_drive(no_drives / "RPI-RP2")
    done = flashing.flash(small_image, picotool.find(), places=[no_drives])
    assert (done.way, done.verified, done.erased) == ("picotool", True, False)
    assert bench.flash.startswith(small_image.content)


def test_a_vault_from_before_stays(small_image, bench):
    bench.flash = bytes(2 << 20)
    flashing.flash(small_image, picotool.find())
    assert bench.flash[VAULT_START:] == bytes(131072)


def test_without_picotool_the_drive_is_used(small_image, no_drives):
    with drive_for(small_image, no_drives / "RPI-RP2") as drive:
        done = flashing.flash(small_image, None, places=[no_drives])
    assert (done.way, done.verified) == (str(drive.path), False)
    assert drive.received == small_image.file


def test_a_named_drive_is_used_whatever_else_is_there(small_image, bench, tmp_path):
    bench.set(boards=["RP2040", "RP2040"])
    with drive_for(small_image, tmp_path / "here") as drive:
        flashing.flash(small_image, picotool.find(), drive=drive.path)
    assert drive.received == small_image.file
    assert bench.calls == []


def test_where_picotool_may_not_the_drive_serves(small_image, bench, no_drives):
    bench.set(boards=["RP2040"], denied=True)
    with drive_for(small_image, no_drives / "RPI-RP2") as drive:
        flashing.flash(small_image, picotool.find(), places=[no_drives])
    assert drive.received == small_image.file


def test_where_picotool_may_not_and_no_drive_is_mounted_that_is_said(small_image, bench, no_drives):
    bench.set(boards=["RP2040"], denied=True)
    with pytest.raises(NoAccessError):
        flashing.flash(small_image, picotool.find(), places=[no_drives])


def test_without_a_board_it_says_how_to_enter_bootsel_mode(small_image, bench, no_drives):
    bench.set(boards=[])
    for tool in (picotool.find(), None):
        with pytest.raises(NoBoardError, match="hold its BOOTSEL button"):
            flashing.flash(small_image, tool, places=[no_drives])


def test_of_several_boards_none_is_written(small_image, bench, no_drives):
    for name in ("RPI-RP2", "RPI-RP21"):
        make_drive(no_drives / name)
    bench.set(boards=["RP2040", "RP2040"])
    for tool in (picotool.find(), None):
        with pytest.raises(SeveralBoardsError):
            flashing.flash(small_image, tool, places=[no_drives])
    assert bench.calls == ["info -d"]


def test_a_pico_2_is_not_written(small_image, bench, no_drives):
    make_drive(no_drives / "RP2350", "RP2350")
    bench.set(boards=["RP2350"])
    for tool in (picotool.find(), None):
        with pytest.raises(WrongChipError):
            flashing.flash(small_image, tool, places=[no_drives])
    assert bench.calls == ["info -d"]


def test_what_needs_picotool_says_so_and_how_to_get_it(bench):
    with pytest.raises(PicotoolMissingError, match="brew install picotool"):
        flashing.seen(None, "erasing the flash")
    bench.set(boards=[])
    with pytest.raises(NoBoardError):
        flashing.seen(picotool.find(), "erasing the flash")


def test_erasing_leaves_nothing_but_the_image(small_image, bench):
    bench.flash = bytes(2 << 20)
    flashing.erase_and_flash(small_image, picotool.find(), lambda way: None)
    end = 3 * 4096
    assert bench.flash[end:] == b"\xff" * ((2 << 20) - end)
    assert [call.split()[0] for call in bench.calls] == ["erase", "load"]


# A board that becomes a token: erased, written, and all of it read back.


def test_a_board_to_be_a_token_is_erased_written_and_read_back_before_it_starts(small_image, bench):
    bench.flash = bytes(2 << 20)
    told = []
    flashing.make_blank_token(small_image, picotool.find(), told.append)
    assert [call.split()[0] for call in bench.calls] == ["erase", "load", "save", "reboot"]
    assert told == ["erasing the flash", "writing the image", "reading the flash back"]
    assert bench.flash.startswith(small_image.content)
    assert bench.flash[VAULT_START:] == b"\xff" * (len(bench.flash) - VAULT_START)


@pytest.mark.parametrize("place", [VAULT_START + 4096, VAULT_START - 4096])
def test_a_board_with_more_in_its_flash_than_the_image_is_not_started(small_image, bench, place):
    bench.set(boards=["RP2040"], flips=place)
    with pytest.raises(WrongFlashError, match="do not make a token"):
        flashing.make_blank_token(small_image, picotool.find(), lambda done: None)
    assert bench.calls[-1].split()[0] == "save"
