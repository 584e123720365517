"""The screens of codes fit panels of either height in every language, and end as every screen does."""

import pytest

from dsc.app import notice, number, page_number, possession, review
from dsc.app.errors import Cancelled, MenuWanted, TimedOut
from dsc.protocol.records import KIND_OPEN, Credential
from dsc.ui import texts
from fakes.scripted_token import HELD_C, ScriptedToken

OPEN = Credential(bytes(16), "DS-0815", KIND_OPEN, 0, "HOTP-SHA1-6", "", "", bytes(16), bytes(32), "Garage")
LONG = [("Sum in Japanese currency", "999 999 999 999 JPY"), ("To account", "1234 5678 " * 4), ("No.", "42")]

SCREENS = {
    "a wrong page": lambda token: notice.show(token, texts.text("mutual.title"), texts.text("mutual.wrong")),
    "no time": lambda token: notice.show(token, texts.text("plain.title"), texts.text("plain.no-time")),
    "possession": lambda token: possession.show(token, OPEN),
    "a number": lambda token: page_number.show(token, "Household", "123457"),
    "a long number": lambda token: page_number.show(token, "Household", "1234567890" * 6 + "1234"),
    "the page's code": lambda token: number.ask(token, texts.text("mutual.page-code"), 10, 10),
    "a review": lambda token: review.ask(token, LONG),
}
every_screen = pytest.mark.parametrize("show", SCREENS.values(), ids=SCREENS)


@every_screen
def test_it_fits_and_times_out(show, height, language):
    token = ScriptedToken("1AB5", height)
    with pytest.raises(TimedOut):
        show(token)
    assert token.screen.lines


@every_screen
def test_holding_c_cancels_it(show, height):
    with pytest.raises(Cancelled):
        show(ScriptedToken(["5", HELD_C], height))


def test_ok_ends_what_only_tells_something(height):
    for name in ("a wrong page", "no time", "possession", "a number", "a long number"):
        SCREENS[name](ScriptedToken(["OK"], height))


def test_the_number_is_shown_whole(height):
    token = ScriptedToken(["OK"], height)
    SCREENS["a number"](token)
    assert token.screen.large == "123457"
    token = ScriptedToken(["OK"], height)
    SCREENS["a long number"](token)
    digits = [line.replace(" ", "") for line in token.screen.lines if line[0].isdigit()]
    assert "".join(digits) == "1234567890" * 6 + "1234"


def test_the_warning_and_what_it_asks_for_are_on_either_panel(height, language):
    token = ScriptedToken(["OK"], height)
    SCREENS["a wrong page"](token)
    shown = token.screen.text.replace("\n", "").replace(" ", "")
    assert texts.text("mutual.wrong").replace(" ", "") in shown


def test_ok_signs_only_once_the_last_page_was_seen(height):
    token = ScriptedToken(["OK", "OK"], height)
    with pytest.raises(TimedOut):
        review.ask(token, LONG)
    assert "more to see" in token.screen.text
    review.ask(ScriptedToken(["OK", *"BBBB", "A", "OK"], height), LONG)


def test_a_review_of_one_page_is_signed_at_once(height):
    review.ask(ScriptedToken(["OK"], height), [("Amount", "1 EUR")])


def test_the_menu_can_be_had_from_first_screens_alone(height):
    for name in ("possession", "a number", "a long number"):
        with pytest.raises(MenuWanted):
            SCREENS[name](ScriptedToken("D", height))
    for name in ("a wrong page", "the page's code", "a review"):
        with pytest.raises(TimedOut):
            SCREENS[name](ScriptedToken("D", height))
