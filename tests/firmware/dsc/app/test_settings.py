"""What a user sets has its effect at once, lasts over power-off, and is written only if it changes something."""

import pytest

from dsc.app import settings
from dsc.protocol.settings import LARGE_MODE, Settings
from dsc.ui import texts
from dsc.ui.keypad import CLEAR, HOLD, OK
from dsc.vault.store import Vault
from fakes import units
from fakes.desk import Desk
from fakes.pin_user import soft_flash, token
from fakes.running_token import RunningToken, shows, typed
from host_tools.engines.open import open_engine

STOP = (HOLD, CLEAR)
TWO = ((units.LOGIN, "Household"), (units.LOGIN, "Trading"))


@pytest.fixture(autouse=True)
def english_again():
    yield
    texts.use(texts.ENGLISH)


def entry(digit):
    """From the first screen to the menu's entry with this number."""
    return ["D", digit, OK]


def kept(flash):
    return Vault.mount(flash).settings


def test_the_language_is_spoken_at_once_and_after_power_off():
    flash = soft_flash()
    token(flash).use(*entry("2"), "3", OK, shows("Menü"))
    texts.use(texts.ENGLISH)
    token(flash).use(shows("D Menü"))
    assert kept(flash).language == texts.GERMAN


def test_brightness_shows_while_it_is_chosen_and_is_kept_at_ok():
    flash = soft_flash()
    running = token(flash)
    seen = []
    running.use(*entry("3"), "B", "B", lambda _: seen.append(running.panel_contrast), OK, STOP, shows("PIN>"))
    assert seen == [settings.LEVELS[-3]] == [running.panel_contrast]
    assert kept(flash).brightness == settings.LEVELS[-3]
    again = token(flash).use()
    assert again.panel_contrast == settings.LEVELS[-3]


def test_brightness_that_is_not_kept_goes_back():
    flash = soft_flash()
    before = bytes(flash.cells)
    running = token(flash).use(*entry("3"), "B", STOP, shows("Menu"))
    assert running.panel_contrast == Settings().brightness
    assert bytes(flash.cells) == before


def test_the_token_goes_dark_after_the_time_that_was_set():
    flash = soft_flash()
    token(flash).use(*entry("4"), "1", OK)
    assert kept(flash).auto_off == 15
    assert not token(flash).use(14_999).dark
    assert token(flash).use(15_000, 1).dark
    assert not token(soft_flash()).use(29_999).dark


def test_large_digits_are_drawn_doubled_and_the_code_group_by_group():
    flash = soft_flash()
    token(flash).use(*entry("5"), "2", OK)
    assert kept(flash).flags == LARGE_MODE
    plain = token(soft_flash()).use(*typed("4711"), *typed("123457")).screen.large
    first = token(flash).use(*typed("4711"), *typed("123457")).screen.large
    second = token(flash).use(*typed("4711"), *typed("123457"), OK).screen.large
    assert first + second == plain
    assert token(flash).use(*typed("4711"), *typed("123457"), "B", "A").screen.large == first
    assert token(flash).use(*typed("4711"), *typed("123457"), OK, OK, 1).dark


def test_each_key_ticks_once_if_that_is_set(engine_name, tmp_path):
    with open_engine(engine_name, units.sealed_unit(tmp_path)) as engine:
        desk = Desk(engine)
        desk.do("press 4 C\npress D 6 OK")
        assert engine.ticks == 0
        desk.do("press 2 OK\nhold C 2s\npress 4 7")
        assert engine.ticks == 3  # with C, which counts when it goes down
        assert "PIN>" in desk.screen.text
        engine.power_off()
        engine.power_on()
        desk.do("press 4")
        assert engine.ticks == 4


def test_key_sounds_are_offered_only_where_there_is_a_buzzer():
    running = token(soft_flash()).use("D", shows("1/9"))
    running = token(soft_flash())
    running.board.present = False
    running.use("D", shows("1/8"))


@pytest.mark.parametrize("digits", ["2", "3", "4", "5", "6"])
def test_what_changes_nothing_writes_nothing(digits):
    flash = soft_flash()
    before = bytes(flash.cells)
    token(flash).use(*entry(digits), OK, shows("Menu"))
    token(flash).use(*entry(digits), STOP, shows("Menu"))
    token(flash).use(*entry(digits), 30_000, 1)
    assert bytes(flash.cells) == before


def test_a_login_is_renamed():
    flash = soft_flash()
    token(flash).use(*entry("7"), "2", 1500, "5", OK, shows("Menu"))
    assert [each.label for each in Vault.mount(flash).credentials()] == ["Aj"]


def test_the_last_login_is_not_deleted():
    flash = soft_flash()
    before = bytes(flash.cells)
    token(flash).use(*entry("8"), shows("The last login stays."), OK, shows("Menu"))
    assert bytes(flash.cells) == before


def confirm(running: RunningToken):
    return typed(running.screen.text.split()[1])


def test_a_login_is_deleted_after_a_typed_confirmation():
    flash = soft_flash(TWO)
    token(flash).use(*entry("8"), "B", OK, shows("Trading"), OK, confirm, shows("Menu"))
    assert [each.label for each in Vault.mount(flash).credentials()] == ["Household"]


@pytest.mark.parametrize("rest", [[CLEAR], [OK, STOP], [OK, *typed("0000")], [60_000, 1]])
def test_without_the_confirmation_nothing_is_deleted(rest):
    flash = soft_flash(TWO)
    before = bytes(flash.cells)
    token(flash).use(*entry("8"), OK, *rest)
    assert bytes(flash.cells) == before


def test_a_low_battery_is_marked_on_the_first_screen():
    running = token(soft_flash())
    running.board.supply = 2199
    running.use(shows("PIN>", "LOW BATTERY"))
    running = token(soft_flash())
    running.board.supply = 2200
    running.use()
    assert "LOW BATTERY" not in running.screen.text


@pytest.mark.parametrize(("millivolts", "shown"), [(2449, "2.4"), (2450, "2.5"), (4990, "5.0")])
def test_about_tells_the_supply_to_the_nearest_tenth(millivolts, shown):
    running = token(soft_flash())
    running.board.supply = millivolts
    running.use(*entry("9"), shows(f"Supply {shown} V"))


def test_about_leaves_out_a_supply_that_is_not_known():
    running = token(soft_flash())
    running.board.supply = None
    running.use(*entry("9"), shows("Self-test passed"))
    assert "Supply" not in running.screen.text
