"""The script language: what is refused before anything runs, and what each word does to a token."""

import pytest

from dsc.crypto.ocra import Suite, respond
from fakes import units
from host_tools.engines.open import open_engine
from host_tools.simulator.screen_reader import Screen
from host_tools.simulator.script import (
    ExpectationError,
    Player,
    ScriptError,
    StepError,
    parse,
    shown_response,
)

LOGIN = "press 4 7 1 1 OK\npress 1 2 3 4 5 7 OK\n"
RESPONSE = respond(Suite.parse(units.LOGIN), units.fixed_key(0), "123457")


class Table:
    """A token that is on, and what scripts printed about it."""

    def __init__(self, engine, frames):
        self.engine = engine
        self.said = []
        self._player = Player(engine, self.said.append, frames)

    def play(self, script):
        self._player.play(parse(script))


@pytest.fixture
def virtual_table(engine_name, tmp_path):
    """A token whose time passes only as far as it is let, and then at once."""
    with open_engine(engine_name, units.sealed_unit(tmp_path)) as engine:
        engine.power_on()
        yield Table(engine, tmp_path / "pictures")


@pytest.fixture
def table(any_engine, tmp_path):
    with open_engine(any_engine, units.sealed_unit(tmp_path)) as engine:
        engine.power_on()
        yield Table(engine, tmp_path / "pictures" / "of today")


# Parsing


def test_blank_lines_and_comments_are_no_steps():
    assert parse("\n   \n# press 1\n  # wait 1s\n") == []


def test_steps_know_their_lines():
    steps = parse('# a login\npress 1 2 OK\n\nexpect "PIN>"')
    assert [(step.line, step.verb, step.arguments) for step in steps] == [
        (2, "press", ("1", "2", "OK")),
        (4, "expect", ("PIN>",)),
    ]


def test_a_player_without_a_folder_for_screenshots_plays_no_script_that_makes_any():
    with pytest.raises(ScriptError, match="line 2: screenshot a: screenshot needs --frames DIR"):
        parse("wait 1s\nscreenshot a", with_frames=False)


def test_the_ok_key_may_be_written_as_it_is_printed():
    assert parse("press 1 # *")[0].arguments == ("1", "#", "*")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "jump 1",
            "unknown word 'jump'; allowed: expect, hold, power, press, read, release, screenshot, wait",
        ),
        ("PRESS 1", "unknown word"),
        ("press", "at least one key"),
        ("press 1 12", "no key '12'; its keys are 1 2 3 FA"),
        ("press E", "no key 'E'"),
        ("hold C", "write hold KEY DURATION"),
        ("hold 2s C", "no key '2s'"),
        ("hold C 1s 2s", "write hold KEY DURATION"),
        ("hold C long", "'long' is no duration"),
        ("wait", "write wait DURATION"),
        ("wait 5", "'5' is no duration; write 500ms, 2s or 1.5m"),
        ("wait -1s", "is no duration"),
        ("wait 1,5s", "is no duration"),
        ("wait 1e3s", "is no duration"),
        ("wait ٣s", "is no duration"),
        ("wait 25m 3s", "write wait DURATION"),
        ("wait 1441m", "longer than a day"),
        ("wait 999999999999s", "longer than a day"),
        ("wait " + "9" * 500 + "s", "longer than a day"),
        ("expect", "write expect"),
        ("expect PIN> now", "write expect"),
        ('expect "PIN>', "no closing quotation"),
        ("read", "write read RESPONSE"),
        ("read PIN", "write read RESPONSE"),
        ("screenshot", "write screenshot NAME"),
        ("screenshot ../x", "write screenshot NAME"),
        ("screenshot .x", "write screenshot NAME"),
        ("screenshot a/b", "write screenshot NAME"),
        ("power", "write power off, or power on and the keys that are held down"),
        ("power up", "write power off, or power on and the keys that are held down"),
    ],
)
def test_a_line_that_is_not_of_the_language_is_refused_with_its_number(line, reason):
    with pytest.raises(ScriptError) as caught:
        parse(f"# first\nwait 1s\n{line}\n")
    assert caught.value.line == 3
    assert str(caught.value).startswith("line 3: ")
    assert reason in str(caught.value)


def test_an_error_at_the_end_keeps_the_beginning_from_running(table):
    before = table.engine.frame()
    with pytest.raises(ScriptError):
        table.play("press 4\njump")
    assert table.engine.frame() == before


# What is taken for a response


@pytest.mark.parametrize(
    ("screen", "response"),
    [
        (Screen(["DS-0815"], "12345678", False), "12345678"),
        (Screen(["DS-0815"], "0000", False), "0000"),
        (Screen(["PIN>"], "4", False), None),
        (Screen(["CHALLNG>"], "123456", False), None),
        (Screen(["Household", "Type into the page:", "Hold *C: stop    #OK"], "123457", False), None),
        (Screen(["DS-0815"], "1234-678", False), None),
        (Screen(["DS-0815"], "", False), None),
        (Screen(["DS-0815"], "12345678", True), None),
    ],
)
def test_only_large_digits_that_ask_for_nothing_are_a_response(screen, response):
    assert shown_response(screen) == response


# Playing


def test_a_login_by_script_prints_the_response(table):
    table.play(LOGIN + f'expect "{units.SERIAL}"\nread RESPONSE')
    assert table.said == [RESPONSE]


def test_the_response_may_be_expected_as_it_is_grouped(table):
    table.play(LOGIN + f'expect "{RESPONSE[:4]} {RESPONSE[4:]}"\nexpect {RESPONSE}')


def test_what_is_expected_is_compared_by_its_picture(engine_name, tmp_path):
    unit = units.sealed_unit(tmp_path, [(units.LOGIN, "Оса и Счёт 金")])
    with open_engine(engine_name, unit) as engine:
        engine.power_on()
        table = Table(engine, tmp_path / "pictures")
        table.play(LOGIN + 'expect "Оса и Счёт 金"\nexpect "Oca"')
        with pytest.raises(ExpectationError):
            table.play('expect "Оса или"')


def test_what_is_not_on_the_screen_is_not_found_and_the_screen_is_reported(table):
    with pytest.raises(ExpectationError) as caught:
        table.play('press 4 7 1 1 OK\n\nexpect "PIN>"')
    assert caught.value.line == 3
    assert caught.value.wanted == '"PIN>"'
    assert "CHALLNG>" in caught.value.screen.text
    assert caught.value.frame == table.engine.frame()


def test_a_response_that_is_not_shown_is_not_read(table):
    with pytest.raises(ExpectationError, match="line 2: the screen does not show a response"):
        table.play("press 4\nread RESPONSE")
    assert table.said == []


def test_nothing_expects_a_dark_screen(table):
    with pytest.raises(ExpectationError, match="does not show nothing"):
        table.play('expect ""')
    table.play('wait 31s\nexpect ""')


def test_a_held_clear_key_cancels(table):
    table.play('press 4 7 1 1 OK\nexpect "CHALLNG>"\npress 1 2\nhold C 2s\nexpect "PIN>"')


def test_a_day_passes_in_a_moment(virtual_table):
    virtual_table.play('wait 1440m\nexpect ""\npress 1\nexpect "PIN>"')


def test_durations_are_in_milliseconds_seconds_and_minutes(virtual_table):
    before = virtual_table.engine._now
    virtual_table.play("wait 10ms\nwait 0s")
    assert virtual_table.engine._now == before + 10
    virtual_table.play("wait 1.5s\nwait 0.05m")
    assert virtual_table.engine._now == before + 10 + 1500 + 3000


def test_the_power_goes_off_and_comes_back_to_the_first_screen(table):
    table.play('press 4 7 1 1 OK\nexpect "CHALLNG>"\npower off\nexpect ""\npower on\nexpect "PIN>"')


@pytest.mark.parametrize("step", ["press 1", "hold C 1s"])
def test_a_step_that_needs_power_says_so_with_its_line(table, step):
    with pytest.raises(StepError, match=f"line 2: {step}: the token is powered off") as caught:
        table.play(f"power off\n{step}")
    assert caught.value.line == 2


def test_time_passes_without_power(table):
    table.play('power off\nwait 30s\nexpect ""\npower on\nexpect "PIN>"')


def test_screenshots_are_the_frames_pixel_by_pixel(table, tmp_path):
    table.play("press 4\nscreenshot pin.1\nwait 5s\nscreenshot pin-2")
    folder = tmp_path / "pictures" / "of today"
    assert sorted(path.name for path in folder.iterdir()) == ["pin-2.png", "pin.1.png"]
    again = tmp_path / "again.png"
    table.engine.frame().to_png(again)
    assert (folder / "pin-2.png").read_bytes() == again.read_bytes()
    assert (folder / "pin.1.png").read_bytes() != again.read_bytes()


def test_screenshots_without_a_place_for_them_are_passed_over(any_engine, tmp_path):
    with open_engine(any_engine, units.sealed_unit(tmp_path)) as engine:
        engine.power_on()
        Player(engine, print).play(parse("screenshot here"))
    assert [path.name for path in tmp_path.iterdir()] == ["flash.bin"]


def test_a_place_where_no_screenshot_can_be_put_is_reported_with_the_line(table, tmp_path):
    (tmp_path / "pictures").write_text("a file")
    with pytest.raises(StepError, match=r"line 1: screenshot x: .*Not a directory"):
        table.play("screenshot x")
