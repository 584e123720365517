"""Digits that are typed: what is accepted is what was typed, on either panel, in either size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.app import confirmation, number
from dsc.app.errors import Cancelled, FlowEnded, TimedOut
from dsc.protocol import transaction
from fakes.scripted_token import HELD_C, ScriptedToken

KEYS = st.lists(st.sampled_from([*"0123456789ABD", "C", "OK"]), max_size=60)
HEIGHTS = st.sampled_from([32, 64])
FIELD = transaction.Field(transaction.AMOUNT, "Amount", 2, "EUR")


def token(keys, height, is_large=False):
    made = ScriptedToken(keys, height)
    made.canvas.set_large(is_large)
    return made


def accepted(keys, capacity, minimum):
    """What a plain reading of the rules accepts; None if the keys end before."""
    typed = ""
    for key in keys:
        if key in "0123456789":
            typed = (typed + key)[:capacity]
        elif key == "C":
            typed = typed[:-1]
        elif key == "OK" and len(typed) >= minimum:
            return typed
    return None


@given(KEYS, st.integers(1, 64), st.data(), HEIGHTS, st.booleans())
def test_what_is_accepted_is_what_was_typed(keys, capacity, data, height, is_large):
    minimum = data.draw(st.integers(1, capacity))
    try:
        result = number.ask(token(keys, height, is_large), "Prompt", capacity, minimum)
    except TimedOut:
        result = None
    assert result == accepted(keys, capacity, minimum)


@given(KEYS, st.sampled_from([8, 16]), HEIGHTS, st.booleans())
def test_a_code_has_all_its_digits(keys, length, height, is_large):
    try:
        result = number.ask_code(token(keys, height, is_large), "Unlock code", length)
    except TimedOut:
        result = None
    wanted = accepted(keys, length, length)
    assert result == (None if wanted is None else bytearray(wanted.encode()))


@given(st.lists(st.sampled_from([*"0123456789", "C"]), max_size=20), HEIGHTS)
def test_an_amount_is_shown_as_a_cash_register_does(keys, height):
    made = token(keys, height)
    with pytest.raises(TimedOut):
        number.ask(
            made, "Amount", 12, picture=lambda digits: transaction.amount_text(FIELD, digits), unit="EUR"
        )
    typed = ""
    for key in keys:
        typed = typed[:-1] if key == "C" else (typed + key)[:12]
    padded = typed.lstrip("0").rjust(3, "0")
    whole = f"{int(padded[:-2]):,}".replace(",", " ")
    assert f"{whole}.{padded[-2:]}" in made.screen.text
    assert "EUR" in made.screen.text


def test_sixteen_digits_are_read_at_once_on_64_rows_and_by_halves_on_32():
    made = token("1234567890123", 64)
    with pytest.raises(TimedOut):
        number.ask_code(made, "Unlock code", 16)
    assert made.screen.large == "1234567890123---"
    made = token("1234567890123", 32)
    with pytest.raises(TimedOut):
        number.ask_code(made, "Unlock code", 16)
    assert made.screen.large == "90123---"
    assert "2/2" in made.screen.text


def test_in_large_mode_four_digits_are_on_screen(height):
    made = token("12345", height, is_large=True)
    with pytest.raises(TimedOut):
        number.ask(made, "Prompt", 8)
    assert made.screen.large == "5---"
    assert "5/8" in made.screen.text


def test_a_notice_tells_what_is_missing(height):
    for keys, told in (
        (["OK"], "Type the digits"),
        (["1", "OK"], "1 of 3 digits"),
        ("12345", "At most 4 digits"),
    ):
        made = token(keys, height)
        with pytest.raises(TimedOut):
            number.ask(made, "Prompt", 4, 3)
        assert told in made.screen.text


def test_a_deadline_ends_it_although_keys_are_pressed(height):
    made = token(["1", 600, "2", 600, "3", "OK"], height)
    with pytest.raises(TimedOut):
        number.ask_code(made, "Answer", 8, deadline=1000)
    assert made.now() == 1000


def test_holding_c_cancels(height):
    with pytest.raises(Cancelled):
        number.ask(token(["1", HELD_C], height), "Prompt", 4)


@given(KEYS, st.binary(min_size=1, max_size=16), HEIGHTS)
def test_nothing_is_confirmed_but_by_ok_and_the_four_digits(keys, of, height):
    made = token(keys, height)
    try:
        confirmation.ask(made, "DELETE", "It will be lost.", of)
    except FlowEnded:
        return
    wanted = confirmation.digits_of(of)
    assert keys[-1] == "OK" or "OK" in keys
    assert made.screen.large == wanted


def test_the_digits_on_screen_confirm(height):
    wanted = confirmation.digits_of(b"\x12\x34")
    assert wanted == "4660"
    confirmation.ask(token(["OK", *"1111", "OK", *wanted, "OK"], height), "DELETE", "Lost.", b"\x12\x34")
    with pytest.raises(Cancelled):
        confirmation.ask(token(["C"], height), "DELETE", "Lost.", b"\x12\x34")
