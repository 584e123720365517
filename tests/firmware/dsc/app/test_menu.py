"""Lists: whatever is typed, the item that is marked is the one that is picked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.app import menu
from dsc.app.errors import Cancelled, FlowEnded, MenuWanted, TimedOut
from dsc.ui import search
from fakes.scripted_token import HELD_C, ScriptedToken

KEYS = st.lists(st.sampled_from([*"0123456789ABD", "C", "OK", HELD_C]), max_size=25)
LABELS = st.lists(st.text("abüяÉ 19-ぎ中", min_size=1, max_size=24), min_size=1, max_size=12)
HEIGHTS = st.sampled_from([32, 64])
ITEMS = [f"Item {number}" for number in range(1, 13)]


def marked(token):
    """The item shown dark on lit: the row with the most lit pixels."""
    rows = token.panel.frames[-1].rows()
    bands = [
        rows[y : y + 8] for y in range(8, token.panel.height - (8 if token.panel.height == 64 else 0), 8)
    ]
    return max(range(len(bands)), key=lambda band: sum(map(sum, bands[band])))


@given(KEYS, LABELS, HEIGHTS, st.booleans(), st.booleans())
def test_any_keys_pick_an_item_or_end_the_list(keys, labels, height, is_first, searched):
    token = ScriptedToken(keys, height)
    end = None
    chosen = 0
    try:
        chosen = menu.ask(token, "Title", labels, is_first, 0, searched)
    except FlowEnded as ended:
        end = type(ended)
    assert 0 <= chosen < len(labels)
    assert (
        end in {None, TimedOut} or (end is MenuWanted and is_first) or (end is Cancelled and HELD_C in keys)
    )


@given(st.lists(st.sampled_from("AB"), max_size=30), HEIGHTS)
def test_a_and_b_walk_round_the_list(keys, height):
    place = (keys.count("B") - keys.count("A")) % len(ITEMS)
    token = ScriptedToken([*keys, "OK"], height)
    assert menu.ask(token, "Title", ITEMS) == place
    assert token.screen.lines[1 + marked(token)] == ITEMS[place]
    assert f"{place + 1}/12" in token.screen.text


def test_a_digit_leads_to_the_item_with_that_number(height):
    assert menu.ask(ScriptedToken(["7", "OK"], height), "Title", ITEMS) == 6
    assert menu.ask(ScriptedToken(["7", "0", "OK"], height), "Title", ITEMS) == 6
    assert menu.ask(ScriptedToken(["9", "OK"], height), "Title", ITEMS[:3]) == 0


@given(st.text("23456789", max_size=6), LABELS, HEIGHTS)
def test_a_search_leaves_what_matches_all_digits_that_were_taken(digits, labels, height):
    taken = ""
    for digit in digits:
        if any(search.matches(label, taken + digit) for label in labels):
            taken += digit
    found = [index for index, label in enumerate(labels) if search.matches(label, taken)]
    walked = [
        menu.ask(ScriptedToken([*digits, *"B" * steps, "OK"], height), "Title", labels, searched=True)
        for steps in range(len(found))
    ]
    assert sorted(walked) == found


def test_the_filter_is_shown_and_c_takes_a_digit_back(height):
    labels = ["Büro", "Club", "Trading"]
    token = ScriptedToken(["8", "OK"], height)
    assert menu.ask(token, "Which?", labels, searched=True) == 2
    assert "Search 8" in token.screen.text
    token = ScriptedToken(["8", "C"], height)
    with pytest.raises(TimedOut):
        menu.ask(token, "Which?", labels, searched=True)
    assert "Search" not in token.screen.text
    assert "/3" in token.screen.text


def test_a_digit_that_finds_nothing_is_refused_and_told(height):
    token = ScriptedToken(["2", "9"], height)
    with pytest.raises(TimedOut):
        menu.ask(token, "Which?", ["Büro", "Club"], searched=True)
    assert "Nothing found" in token.screen.text
    assert "Club" in token.screen.text


def test_the_menu_is_wanted_from_a_first_screen_alone(height):
    with pytest.raises(MenuWanted):
        menu.ask(ScriptedToken("D", height), "Title", ITEMS, is_first=True)
    with pytest.raises(TimedOut):
        menu.ask(ScriptedToken("D", height), "Title", ITEMS)


def test_holding_c_cancels(height):
    with pytest.raises(Cancelled):
        menu.ask(ScriptedToken(["B", HELD_C], height), "Title", ITEMS, searched=True)


def test_a_low_battery_is_told_on_a_first_screen(height):
    token = ScriptedToken([], height)
    token.is_low = True
    with pytest.raises(TimedOut):
        menu.ask(token, "Title", ITEMS, is_first=True)
    assert "LOW BATTERY" in token.screen.text
