"""`picodsc simulate --script`: a token without a terminal."""

import os
import pty
import time

import oath
import pytest
from PIL import Image

from fakes import units
from fakes.units import Made
from host_tools.cli import simulate
from host_tools.display.frame import BEZEL_PIXELS
from host_tools.emulator.fast import loops
from host_tools.engines import images
from host_tools.engines.interpreters import ROOT
from host_tools.engines.open import open_engine
from host_tools.simulator.folder import TokenFolder
from host_tools.simulator.script import Player, parse

LOGIN = """\
# a login
press 4 7 1 1 OK
expect "CHALLNG>"
press 1 2 3 4 5 7 OK
"""


@pytest.fixture
def token(tmp_path):
    """A sealed token's folder."""
    folder = tmp_path / "token"
    folder.mkdir()
    return units.token_folder(folder, units.sealed_unit(folder))


@pytest.fixture
def play(picodsc, token, tmp_path):
    """Plays a script from a file."""

    def play(script, *options):
        (tmp_path / "script.txt").write_text(script)
        return picodsc("simulate", "--token", token, "--script", tmp_path / "script.txt", *options)

    return play


def test_the_response_is_printed_and_nothing_else(play, any_engine):
    ended = play(LOGIN + "read RESPONSE", "--engine", any_engine)
    assert (len(ended.out.strip()), ended.err, ended.code) == (8, "", 0)
    assert ended.out.strip().isdigit()


@pytest.mark.parametrize("rows", ["32", "64"])
def test_the_display_has_the_rows_that_were_asked_for(play, tmp_path, rows, engine_name):
    ended = play(LOGIN + "screenshot code", "--frames", tmp_path, "--engine", engine_name, "--rows", rows)
    assert ended.code == 0
    with Image.open(tmp_path / "code.png") as picture:
        assert picture.height == (int(rows) + 2 * BEZEL_PIXELS) * (picture.width // (128 + 2 * BEZEL_PIXELS))


@pytest.mark.parametrize("rows", ["0", "16", "63", "128"])
def test_a_display_of_other_rows_is_refused(play, rows):
    ended = play(LOGIN, "--rows", rows)
    assert ended.code == 2
    assert "there are displays of 64 or 32 rows" in ended.err


def test_a_pico_has_its_images_panel(play, monkeypatch, rp2040):
    monkeypatch.setenv("PICODSC_IMAGE", str(rp2040))
    ended = play(LOGIN, "--engine", "rp2040", "--rows", "32")
    assert ended.code == 1
    assert "a panel of 64 rows, not 32" in ended.err


CODE_BY_TIME = "press 4 7 1 1 OK\nread RESPONSE"


@pytest.fixture
def timed(tmp_path):
    """The folder of a token whose codes go by the time."""
    folder = tmp_path / "timed"
    folder.mkdir()
    return units.token_folder(folder, units.sealed_unit(folder, (Made("TOTP-SHA1-6-T30S"),)))


def code_at(seconds):
    return oath.totp(units.fixed_key(0).hex(), t=seconds)


def test_a_board_with_a_clock_makes_codes_by_its_time(play, timed, engine_name):
    ended = play(CODE_BY_TIME, "--token", timed, "--clock", "1800000000", "--engine", engine_name)
    assert (ended.out.strip(), ended.code) == (code_at(1_800_000_000), 0)


def test_now_is_the_computers_time(play, timed):
    before = int(time.time())
    ended = play(CODE_BY_TIME, "--token", timed, "--clock", "now")
    near = range(before - 30, int(time.time()) + 60, 30)
    assert ended.out.strip() in {code_at(seconds) for seconds in near}


def test_without_a_clock_codes_by_time_are_refused_on_the_screen(play, timed):
    ended = play('expect "NO TIME"', "--token", timed)
    assert (ended.err, ended.code) == ("", 0)


@pytest.mark.parametrize("clock", ["noon", "-1", "4294967296", "12.5", ""])
def test_a_clock_that_shows_no_time_is_refused(play, timed, clock):
    ended = play(CODE_BY_TIME, "--token", timed, "--clock", clock)
    assert ended.code == 2
    assert "now, or Unix seconds from 0 to 4294967295" in " ".join(ended.err.split())


def test_a_pico_has_no_clock(play, timed, monkeypatch, rp2040):
    monkeypatch.setenv("PICODSC_IMAGE", str(rp2040))
    ended = play(CODE_BY_TIME, "--token", timed, "--clock", "now", "--engine", "rp2040")
    assert ended.code == 1
    assert "no clock that goes on without power" in ended.err


def test_every_word_of_the_language_in_one_script(play, tmp_path, any_engine):
    script = (
        LOGIN
        + f"""
        screenshot response
        wait 30s
        press OK
        expect ""
        power off
        expect ""
        power on
        expect "PIN>"
        press 4 7
        hold C 2s
        expect "PIN>"
        press D A OK
        expect "Serial {units.SERIAL}"
        screenshot about
        """
    )
    ended = play(script, "--engine", any_engine, "--frames", tmp_path / "frames")
    assert (ended.err, ended.code) == ("", 0)
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == ["about.png", "response.png"]


def test_a_screenshot_is_the_frame(play, token, tmp_path):
    play("press 4\nwait 5s\nscreenshot pin", "--frames", tmp_path / "frames")
    with open_engine("cpython", TokenFolder.load(token).unit()) as engine:
        engine.power_on()
        Player(engine, print).play(parse("press 4\nwait 5s"))
        frame = engine.frame()
    frame.to_png(tmp_path / "frame.png")
    with Image.open(tmp_path / "frames" / "pin.png") as shot, Image.open(tmp_path / "frame.png") as wanted:
        assert shot.size == wanted.size
        assert shot.convert("RGB").tobytes() == wanted.convert("RGB").tobytes()


def test_a_script_comes_from_standard_input_as_well(picodsc, token):
    assert picodsc("simulate", "--token", token, "--script", "-", stdin='expect "PIN>"\n').code == 0


def test_a_failed_expectation_shows_the_screen_and_ends_with_exit_code_1(play, tmp_path):
    ended = play('press 4\nexpect "CHALLNG>"')
    assert ended.code == 1
    assert 'script.txt: line 2: the screen does not show "CHALLNG>"' in ended.err
    assert "▄" in ended.out or "█" in ended.out
    assert "PIN>" in ended.out


def test_what_was_printed_before_the_failure_stays(play):
    ended = play(LOGIN + 'read RESPONSE\nexpect "PIN>"')
    assert len(ended.out.splitlines()[0]) == 8
    assert ended.code == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [("jump", "line 2: jump: unknown word"), ("press E", "no key 'E'"), ('expect "', "no closing quotation")],
)
def test_a_line_that_is_not_of_the_language_ends_with_exit_code_2(play, line, reason):
    ended = play(f"wait 1s\n{line}\n")
    assert (ended.out, ended.code) == ("", 2)
    assert "line 2" in ended.err
    assert reason in ended.err


def test_a_key_without_power_is_reported_with_its_line(play):
    ended = play("power off\npress 1")
    assert (ended.out, ended.code) == ("", 1)
    assert "line 2: press 1: the token is powered off" in ended.err


@pytest.mark.parametrize("below", ["", "deep/down"])
def test_a_place_for_screenshots_that_is_a_file_is_refused_before_anything_is_played(play, tmp_path, below):
    (tmp_path / "frames").write_text("mine")
    ended = play(LOGIN + "read RESPONSE\nscreenshot x", "--frames", tmp_path / "frames" / below)
    assert (ended.out, ended.code) == ("", 2)
    assert f"{tmp_path / 'frames'} is not a folder" in ended.err
    assert (tmp_path / "frames").read_text() == "mine"


def test_a_screenshot_without_a_place_for_it_is_refused_before_anything_is_played(play):
    ended = play(LOGIN + "read RESPONSE\nscreenshot a")
    assert (ended.out, ended.code) == ("", 2)
    assert "line 6: screenshot a: screenshot needs --frames DIR" in ended.err


def test_a_script_that_cannot_be_read_is_reported(picodsc, token, tmp_path):
    def refusal(script):
        ended = picodsc("simulate", "--token", token, "--script", script)
        assert (ended.out, ended.code) == ("", 2)
        return ended.err

    assert refusal(tmp_path / "none.txt") == f"picodsc: can't read {tmp_path / 'none.txt'}: no such file\n"
    assert refusal(tmp_path) == f"picodsc: can't read {tmp_path}: is a directory\n"
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert refusal(tmp_path / "bytes") == f"picodsc: {tmp_path / 'bytes'} is not a text file\n"


def test_a_script_may_begin_with_a_byte_order_mark(play):
    assert play('\ufeffexpect "PIN>"\n').code == 0


def test_frames_without_a_script_make_no_sense(picodsc, token, tmp_path):
    ended = picodsc("simulate", "--token", token, "--frames", tmp_path)
    assert ended.code == 2
    assert "--frames goes with --script" in ended.err


def test_without_a_terminal_it_asks_for_a_script(picodsc, token):
    ended = picodsc("simulate", "--token", token)
    assert (ended.out, ended.code) == ("", 2)
    assert "this is no terminal; use --script FILE" in ended.err


def test_a_terminal_to_read_from_alone_is_none(start, token):
    master, slave = pty.openpty()
    try:
        running = start("simulate", "--token", token, stdin=slave)
        _, err = running.communicate()
    finally:
        os.close(master)
        os.close(slave)
    assert running.returncode == 2
    assert b"this is no terminal" in err


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: (folder / "token.json").unlink(), "is no token"),
        (lambda folder: (folder / "token.json").write_text("{"), "token.json can't be read"),
        (lambda folder: (folder / "token.json").write_text('{"format": 1}'), "it has no 'board'"),
        (lambda folder: (folder / "flash.bin").unlink(), "flash.bin is missing"),
        (lambda folder: (folder / "flash.bin").write_bytes(b""), "flash.bin has 0 bytes instead of 131072"),
    ],
    ids=["no description", "damaged", "incomplete", "no flash", "short flash"],
)
def test_a_folder_that_is_no_whole_token_is_refused_with_exit_code_2(play, token, spoil, reason):
    spoil(token)
    ended = play('expect "PIN>"')
    assert (ended.out, ended.code) == ("", 2)
    assert reason in ended.err


def test_a_missing_display_is_named_and_ends_with_exit_code_1(play, monkeypatch, engine_name):
    whole = TokenFolder.unit
    monkeypatch.setattr(TokenFolder, "unit", lambda token, **options: whole(token, display=False, **options))
    ended = play('expect "PIN>"', "--engine", engine_name)
    assert (ended.out, ended.code) == ("", 1)
    assert "DisplayMissingError" in ended.err


@pytest.mark.parametrize("way", ["script", "terminal"])
def test_a_token_in_use_is_told_and_ends_with_exit_code_1(picodsc, play, token, monkeypatch, way):
    monkeypatch.setattr(simulate, "in_terminal", lambda: True)
    with open_engine("cpython", TokenFolder.load(token).unit()) as other:
        other.power_on()
        ended = play('expect "PIN>"') if way == "script" else picodsc("simulate", "--token", token)
    assert (ended.out, ended.code) == ("", 1)
    assert ended.err.startswith("picodsc: this token is in use by another process")
    assert play('expect "PIN>"').code == 0


def test_what_an_emulated_pico_is_not_is_noted(play, monkeypatch, rp2040):
    monkeypatch.setattr(images, "newer_source", lambda image: ROOT / "firmware" / "dsc" / "hal.py")
    monkeypatch.setattr(loops, "available", lambda: {loops.WHEEL: None})
    ended = play("press WHAT", "--engine", "rp2040")
    assert "note: firmware/dsc/hal.py is newer than the image; 'make firmware'" in ended.err
    assert (
        "note: the emulated Pico is not compiled for this Python, and very slow; 'make emulator'" in ended.err
    )


def test_an_engine_that_is_not_there_ends_with_exit_code_1(play, monkeypatch):
    monkeypatch.setenv("PICODSC_MICROPYTHON", "nowhere/micropython")
    ended = play('expect "PIN>"', "--engine", "micropython")
    assert ended.code == 1
    assert "nowhere/micropython" in ended.err
