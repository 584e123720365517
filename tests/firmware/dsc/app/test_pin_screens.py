"""The screens of PINs fit panels of either height in every language; what is typed on them is what is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.app import change_pin, notice, number
from dsc.app.errors import Cancelled, TimedOut
from dsc.app.new_pin import REASONS
from dsc.ui import texts
from dsc.ui.languages import english
from fakes.scripted_token import HELD_C, ScriptedToken

NOTICES = [
    ("change.title", name)
    for name in ("change.done", "change.nobody", "change.refused", "activation.message", "pin.differs")
] + [("pin.refused", name) for name in [*REASONS.values(), "new-pin.same", "pin.differs"]]


@pytest.mark.parametrize(("title", "message"), NOTICES)
def test_every_notice_fits(title, message, height, language):
    token = ScriptedToken(["OK"], height)
    notice.show(token, texts.text(title), texts.text(message))


@pytest.mark.parametrize("length", [8, 16])
def test_codes_fit_with_any_notice(length, height, language):
    token = ScriptedToken([*"1234", "OK", *"5678901234567890"], height)
    with pytest.raises(TimedOut):
        number.ask_code(token, texts.text("unlock.code"), length)


def test_the_number_fits(height, language):
    token = ScriptedToken(["1", "OK"], height)
    change_pin.show_number(token, "12345671", 1)
    assert token.screen.large == "12345671"


def test_a_low_panel_shows_the_row_that_is_typed():
    token = ScriptedToken("123456789", 32)
    with pytest.raises(TimedOut):
        number.ask_code(token, "Code", 16)
    assert token.screens[7].large == "1234567-"
    assert token.screen.large == "9-------"


keys = st.lists(st.sampled_from([*"0123456789ABD", "C", "OK"]), max_size=60)


@given(keys, st.sampled_from([8, 16]), st.sampled_from([32, 64]))
def test_whatever_is_typed_the_code_is_the_digits_that_were_left(pressed, length, height):
    digits: list[str] = []
    taken = None
    for key in pressed:
        if key == "OK" and len(digits) == length:
            taken = "".join(digits)
            break
        if key == "C":
            digits[-1:] = []
        elif key.isdigit() and len(digits) < length:
            digits.append(key)
    token = ScriptedToken(pressed, height)
    if taken is None:
        with pytest.raises(TimedOut):
            number.ask_code(token, "Code", length)
    else:
        assert number.ask_code(token, "Code", length) == taken.encode()


@pytest.mark.parametrize("typed", [[], ["1"], ["1", "2", "3", "4"]])
def test_holding_c_cancels(typed):
    with pytest.raises(Cancelled):
        number.ask_code(ScriptedToken([*typed, HELD_C]), "Code", 8)
    with pytest.raises(Cancelled):
        change_pin.show_number(ScriptedToken([*typed, HELD_C]), "12345671", 1)


def test_each_rule_is_named_in_words_of_its_own():
    words = [english.table()[name] for name in REASONS.values()]
    assert len(set(words)) == len(words)
