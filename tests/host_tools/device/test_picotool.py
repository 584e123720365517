"""picotool as we call it, and what its answers mean."""

import tempfile

import pytest

from host_tools.device import picotool
from host_tools.device.errors import (
    NoAccessError,
    PicotoolFailedError,
    SeveralBoardsError,
    ShortReadError,
    WrongChipError,
)
from host_tools.device.picotool import Picotool


@pytest.fixture
def tool(bench):
    return picotool.find()


def test_it_is_the_one_on_the_path(bench):
    assert picotool.find().path == bench.path


def test_without_one_there_is_none(no_picotool):
    assert picotool.find() is None


def test_it_sees_one_board_or_none(tool, bench):
    assert tool.sees_board()
    bench.set(boards=[])
    assert not tool.sees_board()


def test_several_boards_are_too_many(tool, bench):
    bench.set(boards=["RP2040", "RP2040"])
    with pytest.raises(SeveralBoardsError):
        tool.sees_board()


def test_a_pico_2_is_refused(tool, bench):
    bench.set(boards=["RP2350"])
    with pytest.raises(WrongChipError):
        tool.sees_board()


def test_a_board_that_the_system_keeps_from_us_is_named(tool, bench):
    bench.set(boards=["RP2040"], denied=True)
    with pytest.raises(NoAccessError, match="udev"):
        tool.sees_board()


def test_an_image_is_loaded_verified_and_started(tool, bench, small_image):
    tool.load(small_image.path)
    assert bench.flash.startswith(small_image.content)
    assert bench.calls == [f"load -v -x {small_image.path}"]


def test_a_flash_that_keeps_something_else_is_a_failure(tool, bench, small_image):
    bench.set(boards=["RP2040"], flips=1000)
    with pytest.raises(PicotoolFailedError, match="did not match") as caught:
        tool.load(small_image.path)
    assert caught.value.code == 245


def test_a_board_that_leaves_midway_is_a_failure_that_another_load_mends(tool, bench, small_image):
    bench.set(boards=["RP2040"], leaves=4096)
    with pytest.raises(PicotoolFailedError, match="USB error"):
        tool.load(small_image.path)
    bench.set(boards=["RP2040"])
    tool.load(small_image.path)
    assert bench.flash.startswith(small_image.content)


def test_the_whole_flash_is_read(tool, bench):
    bench.flash = bytes(range(256)) * 8192
    assert tool.read() == bench.flash


def test_what_was_read_does_not_stay_on_the_disk(tool, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    tool.read()
    assert list(folder.iterdir()) == []


def test_a_read_that_is_too_short_is_a_failure(tool, bench):
    bench.set(boards=["RP2040"], short=True)
    with pytest.raises(ShortReadError):
        tool.read()


def test_erasing_takes_the_whole_flash(tool, bench):
    bench.flash = bytes(2 << 20)
    tool.erase()
    assert bench.flash == b"\xff" * (2 << 20)


def test_one_that_hangs_is_given_up(bench):
    bench.set(boards=["RP2040"], hangs=True)
    with pytest.raises(PicotoolFailedError, match="did not end"):
        Picotool(bench.path, seconds=0.3).erase()


def test_one_that_is_no_program_is_named(tmp_path):
    path = tmp_path / "picotool"
    path.write_text("no program")
    with pytest.raises(PicotoolFailedError, match="denied"):
        Picotool(path).erase()
