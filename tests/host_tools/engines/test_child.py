"""The engines: a token that is switched on, typed on, looked at, and that can go wrong."""

import errno
import os
import signal

import pytest

from fakes import units
from host_tools.engines import image_lock
from host_tools.engines.errors import (
    EngineError,
    FirmwareStoppedError,
    PoweredOffError,
    TokenInUseError,
    UnknownEngineError,
    UnknownKeyError,
)
from host_tools.engines.open import open_engine
from host_tools.simulator.login import respond
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import tap

BOARD = """
import json, sys
from simulated.board import Board
from simulated.host import Quit
board = Board(json.loads(sys.stdin.readline()))
def firmware():
    {firmware}
try:
    firmware()
except Quit:
    sys.stdout.flush()
"""
CRASHES = "raise RuntimeError('unforeseen')"
CRASHES_LATER = "board.clock.sleep(100); raise RuntimeError('unforeseen')"
RESETS_EVERY_100_MS = "board.link.write(b'b'); board.clock.sleep(100); board.power.reset()"
RESETS_AT_ONCE = "board.power.reset()"
RESETS_ONCE = (
    "board.flash.read(0, 1) == b'\\xff' and (board.flash.program(0, bytes(256)), board.power.reset()); "
    "board.link.write(b'up'); board.clock.sleep(1000)"
)
ECHOES = "[(board.link.write(board.link.read()), board.clock.sleep(1)) for _ in range(10000)]"
TALKS_NONSENSE = "board._host.event('hello'); board.clock.sleep(1)"


@pytest.fixture
def program(tmp_path):
    """Makes a program for the simulated board in place of the firmware."""

    def make(firmware):
        path = tmp_path / "program.py"
        path.write_text(BOARD.format(firmware=firmware))
        return path

    return make


@pytest.fixture
def token(engine_name, tmp_path):
    """A sealed token, off."""
    with open_engine(engine_name, units.sealed_unit(tmp_path)) as engine:
        yield engine


@pytest.fixture
def board(engine_name, tmp_path, program):
    """Makes an engine, off, whose board runs a few lines of its own."""
    opened = []

    def make(firmware):
        opened.append(open_engine(engine_name, units.blank_unit(tmp_path), program(firmware)))
        return opened[-1]

    yield make
    for engine in opened:
        engine.close()


def text(engine):
    return read_screen(engine.frame()).text


def shows(engine, digits):
    return read_screen(engine.frame()).large == digits


def switch_on_and_run(engine, milliseconds):
    engine.power_on()
    engine.run(milliseconds)


def dark(engine):
    return not any(engine.frame().vlsb())


# Power


def test_switching_on_returns_with_the_first_screen_drawn(token):
    assert not token.powered
    assert dark(token)
    token.power_on()
    assert token.powered
    assert "PIN>" in text(token)


def test_switching_on_what_is_on_changes_nothing(token):
    token.power_on()
    tap(token, "4")
    before = token.frame()
    token.power_on()
    assert token.frame() == before


def test_switching_off_blanks_the_display_and_may_be_done_twice(token):
    token.power_on()
    token.power_off()
    token.power_off()
    assert not token.powered
    assert dark(token)


def test_only_the_flash_survives_the_power(token):
    token.power_on()
    fresh = token.frame()
    tap(token, "4")
    token.power_off()
    token.power_on()
    assert token.frame() == fresh


@pytest.mark.parametrize(
    "do",
    [
        lambda token: token.press("1"),
        lambda token: token.release("1"),
        lambda token: token.run(1),
        lambda token: token.link_send(b"x"),
    ],
    ids=["press", "release", "run", "link"],
)
def test_a_token_that_is_off_says_so(token, do):
    with pytest.raises(PoweredOffError):
        do(token)


def test_leaving_the_engine_ends_its_process(engine_name, tmp_path):
    with open_engine(engine_name, units.sealed_unit(tmp_path)) as token:
        token.power_on()
        process = token._process
    assert process.returncode == 0
    assert not token.powered


# Time and keys


def test_time_passes_in_run_only(token):
    token.power_on()
    before = token.frame()
    token.press("4")
    assert token.frame() == before
    token.run(60)
    assert token.frame() != before


def test_no_time_is_no_time(token):
    token.power_on()
    before = token.frame()
    token.press("4")
    token.run(0)
    token.run(-5)
    assert token.frame() == before


def test_an_hour_passes_at_once_and_ends_in_a_dark_display(token):
    token.power_on()
    token.run(3_600_000)
    assert dark(token)


def test_time_in_pieces_is_the_same_as_time_in_one(engine_name, tmp_path):
    frames = []
    for number, pieces in enumerate(([25_000], [1] * 500 + [24_500])):
        folder = tmp_path / str(number)
        folder.mkdir()
        with open_engine(engine_name, units.sealed_unit(folder, seed=1)) as token:
            token.power_on()
            tap(token, "4")
            for piece in pieces:
                token.run(piece)
            frames.append(token.frame())
    assert frames[0] == frames[1]


@pytest.mark.parametrize("name", ["E", "10", "", "ENTER", "ß"])
def test_a_key_that_is_not_there_is_refused_and_the_keys_listed(token, name):
    token.power_on()
    with pytest.raises(UnknownKeyError, match="its keys are 1 2 3 FA"):
        token.press(name)
    assert "PIN>" in text(token)


@pytest.mark.parametrize(("name", "alias"), [("OK", "#"), ("OK", "ok"), ("C", "*"), ("FA", "A"), ("FA", "a")])
def test_keys_have_the_names_that_are_printed_on_them(engine_name, tmp_path, name, alias):
    frames = []
    for key in (name, alias):
        (tmp_path / str(len(frames))).mkdir()
        with open_engine(engine_name, units.sealed_unit(tmp_path / str(len(frames)), seed=1)) as token:
            token.power_on()
            tap(token, key)
            frames.append(token.frame())
    assert frames[0] == frames[1]


# Resets


def test_a_reset_restarts_the_firmware_and_the_remaining_time_goes_on(board):
    engine = board(RESETS_EVERY_100_MS)
    engine.power_on()
    engine.run(250)
    assert engine.link_receive() == b"bbb"
    engine.run(49)
    assert engine.link_receive() == b""
    engine.run(1)
    assert engine.link_receive() == b"b"


def test_a_reset_while_it_starts_is_part_of_switching_on(board):
    engine = board(RESETS_ONCE)
    engine.power_on()
    assert engine.powered
    assert engine.link_receive() == b"up"


def test_firmware_that_only_ever_resets_is_reported(board):
    with pytest.raises(FirmwareStoppedError, match="in a row"):
        board(RESETS_AT_ONCE).power_on()


# What goes wrong


def test_an_unknown_engine_is_refused(tmp_path):
    with pytest.raises(UnknownEngineError):
        open_engine("rp2350", units.blank_unit(tmp_path))


def test_a_unit_without_its_flash_image_is_refused(token):
    token.flash_image.unlink()
    with pytest.raises(EngineError, match="there is no flash image"):
        token.power_on()
    assert not token.powered


def test_a_flash_image_of_another_size_stops_the_firmware(token):
    token.flash_image.write_bytes(b"\xff" * 100)
    with pytest.raises(FirmwareStoppedError, match="131072 bytes"):
        token.power_on()
    assert not token.powered


def test_a_missing_display_is_named(engine_name, tmp_path):
    with open_engine(engine_name, units.sealed_unit(tmp_path, display=False)) as token:
        with pytest.raises(FirmwareStoppedError, match="DisplayMissingError"):
            token.power_on()
        assert token.faults == ["DisplayMissingError"]


@pytest.mark.parametrize("firmware", [CRASHES, CRASHES_LATER])
def test_a_crash_carries_what_the_firmware_said_last(board, engine_name, firmware):
    engine = board(firmware)
    with pytest.raises(FirmwareStoppedError) as caught:
        switch_on_and_run(engine, 200)
    assert caught.value.engine == engine_name
    assert "RuntimeError: unforeseen" in caught.value.detail
    assert not engine.powered


def test_a_crashed_token_can_be_switched_on_again(board):
    engine = board(CRASHES_LATER)
    for _ in range(2):
        engine.power_on()
        with pytest.raises(FirmwareStoppedError):
            engine.run(100)


@pytest.mark.parametrize("do", [lambda token: token.run(1), lambda token: token.press("1") or token.run(1)])
def test_a_process_that_was_killed_is_reported(token, do):
    token.power_on()
    os.kill(token._process.pid, signal.SIGKILL)
    with pytest.raises(FirmwareStoppedError):
        do(token)
    assert not token.powered


def test_switching_off_a_process_that_was_killed_is_no_error(token):
    token.power_on()
    os.kill(token._process.pid, signal.SIGKILL)
    token.power_off()
    assert not token.powered


def test_a_board_that_says_something_unknown_is_an_error(board):
    with pytest.raises(EngineError, match="something unknown: hello"):
        board(TALKS_NONSENSE).power_on()


# One flash image, one engine at a time


@pytest.fixture
def another(engine_name, token):
    """A second engine, off, for the same unit as `token`'s."""
    with open_engine(engine_name, token._unit) as engine:
        yield engine


def test_a_token_that_is_on_is_not_switched_on_a_second_time(token, another):
    token.power_on()
    with pytest.raises(TokenInUseError, match="this token is in use by another process") as caught:
        another.power_on()
    assert caught.value.image == token.flash_image
    assert not another.powered
    tap(token, "4")
    assert shows(token, "4---")


def test_an_engine_that_is_off_keeps_nobody_out(token, another):
    another.power_on()
    assert another.powered


@pytest.mark.parametrize("end", [lambda token: token.power_off(), lambda token: token.close()])
def test_a_token_that_was_switched_off_is_free(token, another, end):
    token.power_on()
    end(token)
    another.power_on()
    with pytest.raises(TokenInUseError):
        token.power_on()


def test_a_token_whose_process_was_killed_is_free_once_that_is_noticed(token, another):
    token.power_on()
    os.kill(token._process.pid, signal.SIGKILL)
    with pytest.raises(FirmwareStoppedError):
        token.run(1)
    another.power_on()


@pytest.mark.parametrize("firmware", [CRASHES, CRASHES_LATER, RESETS_AT_ONCE])
def test_a_token_whose_firmware_stopped_is_free(board, firmware):
    engine = board(firmware)
    with pytest.raises(FirmwareStoppedError):
        switch_on_and_run(engine, 200)
    other = open_engine(engine.name, engine._unit)
    with other:
        other.power_on()


def test_a_token_that_could_not_be_switched_on_is_free_once_it_can(token, another):
    image = token.flash_image.read_bytes()
    token.flash_image.write_bytes(b"")
    with pytest.raises(FirmwareStoppedError):
        token.power_on()
    token.flash_image.write_bytes(image)
    another.power_on()


def test_a_reset_does_not_free_a_token(board):
    engine = board(RESETS_EVERY_100_MS)
    engine.power_on()
    engine.run(250)
    with open_engine(engine.name, engine._unit) as other, pytest.raises(TokenInUseError):
        other.power_on()


def test_the_token_is_in_use_as_long_as_its_firmware_runs_even_if_its_host_is_gone(token, another):
    token.power_on()
    token._lock.release()  # what the end of the host does
    with pytest.raises(TokenInUseError):
        another.power_on()


def test_where_the_system_has_no_locks_a_token_works_without(token, monkeypatch):
    monkeypatch.setattr(image_lock, "LOCKS", False)
    token.power_on()
    assert "PIN>" in text(token)


def test_a_flash_image_that_cannot_be_locked_is_refused(token, monkeypatch):
    def flock(file, operation):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(image_lock, "flock", flock)
    with pytest.raises(EngineError, match="can't be locked: No locks available"):
        token.power_on()
    assert not token.powered


def test_a_flash_image_that_is_a_folder_is_refused(token):
    token.flash_image.unlink()
    token.flash_image.mkdir()
    with pytest.raises(EngineError, match="can't be opened"):
        token.power_on()


# The link


def test_bytes_of_every_value_go_both_ways_over_the_link(board):
    engine = board(ECHOES)
    engine.power_on()
    data = bytes(range(256)) * 8
    engine.link_send(data)
    engine.run(5)
    assert engine.link_receive() == data
    assert engine.link_receive() == b""


def test_what_was_not_fetched_from_the_link_is_lost_with_the_power(board):
    engine = board(RESETS_EVERY_100_MS)
    engine.power_on()
    engine.power_off()
    engine.power_on()
    assert engine.link_receive() == b"b"


# Several


def test_tokens_side_by_side_do_not_know_of_each_other(engine_name, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one = open_engine(engine_name, units.sealed_unit(tmp_path / "one"))
    two = open_engine(engine_name, units.sealed_unit(tmp_path / "two", pin=b"90210763"))
    with one, two:
        one.power_on()
        two.power_on()
        tap(one, "4")
        assert shows(one, "4---")
        assert shows(two, "--------")
        one.power_off()
        tap(two, "9")
        assert shows(two, "9-------")


def test_a_seeded_token_shows_the_same_frames_on_both_engines(tmp_path, micropython):
    seen = {}
    for name in ("cpython", "micropython"):
        (tmp_path / name).mkdir()
        frames = seen[name] = []
        with open_engine(name, units.sealed_unit(tmp_path / name, seed=42)) as token:
            token.power_on()
            respond(token, "4711", "123457", lambda title, frame, frames=frames: frames.append(frame))
            for _ in range(70):
                token.run(1000)
                frames.append(token.frame())
    assert seen["cpython"] == seen["micropython"]
    assert len({frame.vlsb() for frame in seen["cpython"]}) > 10
