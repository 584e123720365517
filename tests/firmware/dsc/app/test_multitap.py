"""Text on a keypad: any sequence of keys makes a label that the token can show and the vault can keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.app import multitap
from dsc.app.errors import Cancelled, TimedOut
from dsc.protocol.records import Label
from dsc.ui.font import draws
from dsc.ui.search import digit_of
from fakes.scripted_token import HELD_C, ScriptedToken

PAUSE = 1500
KEYS = st.lists(st.sampled_from([*"0123456789ABD", "C", "OK", PAUSE]), max_size=60)


def typed(keys, height=64, text=""):
    return multitap.ask(ScriptedToken([*keys, "OK"], height), "Name", text)


@given(KEYS, st.sampled_from(["", "Büro", "W" * 24, "ぎんこう中" * 4]), st.sampled_from([32, 64]))
def test_any_keys_make_a_label_or_end_it(keys, text, height):
    try:
        label = multitap.ask(ScriptedToken(keys, height), "Name", text)
    except TimedOut:
        return
    assert 1 <= len(label) <= multitap.MOST
    assert all(draws(ord(character)) for character in label)
    assert Label.decode(Label(bytes(16), label).encode()).label == label


@pytest.mark.parametrize("letters", multitap.SETS)
def test_every_key_gives_its_own_letters_and_its_digit(letters):
    for key in range(2, 10):
        assert {digit_of(character) for character in letters[key]} == {key}
        assert str(key) in letters[key]
        assert len(set(letters[key])) == len(letters[key])
    assert "0" in letters[0]
    assert "1" in letters[1]


def test_a_key_in_a_row_changes_the_letter_and_after_a_pause_begins_another(height):
    assert typed(["2", "2", "2"], height) == "C"
    assert typed(["2", PAUSE, "2", PAUSE, "2", "2"], height) == "Aab"
    assert typed(["2", "3"], height) == "Ad"


def test_letters_come_round_again():
    letters = multitap.SETS[multitap.CAPITALS][2]
    assert typed(["2"] * (len(letters) + 1)) == letters[0]


def test_a_changes_the_letters():
    assert typed(["A", "A", "2", "9"]) == "Аь"
    assert typed(["A", "2"]) == "a"
    assert typed(["A", "A", "A", "A", "2"]) == "A"


def test_blanks_at_the_ends_are_cut_and_nothing_but_blanks_is_refused():
    assert typed(["0", "2", "0"]) == "A"
    token = ScriptedToken(["0", "OK"])
    with pytest.raises(TimedOut):
        multitap.ask(token, "Name")
    assert "Type a name" in token.screen.text


def test_c_takes_back_and_held_cancels(height):
    assert typed(["C", "C", "2"], height, "Club") == "Cla"
    with pytest.raises(Cancelled):
        typed(["2", HELD_C], height)


def test_no_more_than_24_characters(height):
    token = ScriptedToken(["2", "3"] * 13, height)
    with pytest.raises(TimedOut):
        multitap.ask(token, "Name")
    assert "24/24" in token.screen.text
    token = ScriptedToken(["2", "3"] * 12 + ["2"], height)
    with pytest.raises(TimedOut):
        multitap.ask(token, "Name")
    assert "At most 24 letters" in token.screen.text


def test_a_label_that_is_long_in_bytes_takes_no_more_though_it_has_few_characters():
    token = ScriptedToken(["2", "OK"], 64)
    long = "ぎんこう中" * 4 + "日"
    assert multitap.ask(token, "Name", long) == long
    assert "At most 21 letters" in token.screens[-1].text


@pytest.mark.parametrize("letters", multitap.SETS)
def test_no_letter_takes_more_bytes_than_are_kept_for_one(letters):
    assert max(len(character.encode()) for key in letters for character in key) <= multitap.WIDEST
