"""Typed digits: what is shown is what is returned, on panels of either height, in every language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.app import number
from dsc.app.errors import Cancelled, TimedOut
from dsc.protocol.transaction import AMOUNT, MOST_DIGITS, Field, amount_text
from fakes.scripted_token import HELD_C, ScriptedToken

keys = st.lists(st.sampled_from([*"0123456789", "A", "B", "C", "D", "OK", HELD_C]), max_size=40)
heights = st.sampled_from([32, 64])
EUROS = Field(AMOUNT, "Amount", 2, "EUR")


def played(pressed, capacity, minimum):
    """What a person would expect of the keys: the digits, or how the screen ended."""
    digits = ""
    for key in pressed:
        if key == HELD_C:
            return Cancelled
        if key == "OK" and len(digits) >= minimum:
            return digits
        if key == "C":
            digits = digits[:-1]
        elif key.isdigit() and len(digits) < capacity:
            digits += key
    return TimedOut


@given(keys, st.integers(1, 34), st.integers(1, 34), heights)
def test_any_keys_give_what_a_person_would_expect(pressed, capacity, minimum, height):
    minimum = min(minimum, capacity)
    token = ScriptedToken(pressed, height)
    try:
        got = number.ask(token, "To account", capacity, minimum)
    except (Cancelled, TimedOut) as ended:
        got = type(ended)
    assert got == played(pressed, capacity, minimum)


@given(st.text("0123456789", min_size=1, max_size=34), heights)
def test_the_last_eight_digits_stand_large_on_the_panel(digits, height):
    token = ScriptedToken(digits, height)
    with pytest.raises(TimedOut):
        number.ask(token, "To account", 34)
    assert token.screen.large.strip("-") == digits[-8:]
    assert f"{len(digits)}/34" in token.screen.text


@given(st.text("0123456789", max_size=MOST_DIGITS[AMOUNT]), heights)
def test_an_amount_is_shown_as_it_will_be_signed(digits, height):
    token = ScriptedToken(digits, height)
    with pytest.raises(TimedOut):
        number.ask(token, "Amount", 12, picture=lambda typed: amount_text(EUROS, typed), unit=EUROS.currency)
    assert amount_text(EUROS, digits) in token.screen.text
    assert "EUR" in token.screen.text


@pytest.mark.parametrize("height", [32, 64])
def test_what_is_missing_is_said(height):
    for pressed, said in (
        (["OK"], "Type the digits"),
        (["1", "OK"], "1 of 3 digits"),
        ([*"1234567"], "At most 6 digits"),
    ):
        token = ScriptedToken(pressed, height)
        with pytest.raises(TimedOut):
            number.ask(token, "Code", 6, 3)
        assert said in token.screen.text


def test_a_notice_goes_with_the_next_key():
    token = ScriptedToken(["OK", "5"])
    with pytest.raises(TimedOut):
        number.ask(token, "Code", 6)
    assert "Type the digits" not in token.screen.text
    assert "#OK" in token.screen.text


@pytest.mark.parametrize("height", [32, 64])
@pytest.mark.parametrize("label", ["Ж" * 24, "あア" * 12, "W " * 12])
def test_long_labels_do_not_leave_the_panel(label, height):
    with pytest.raises(TimedOut):
        number.ask(ScriptedToken([*"12"], height), label[:24], 34)
