"""Digits typed on the keypad, and the pictures of them."""

from hypothesis import given
from hypothesis import strategies as st

from dsc.app.digits import DigitEntry

KEYS = st.lists(st.sampled_from([*"0123456789", "remove"]), max_size=40)


@given(st.integers(1, 16), KEYS)
def test_an_entry_holds_what_a_string_would(capacity, keys):
    entry = DigitEntry(capacity)
    typed = ""
    for key in keys:
        if key == "remove":
            entry.remove_last()
            typed = typed[:-1]
        else:
            assert entry.add(key) == (len(typed) < capacity)
            typed = (typed + key)[:capacity]
    assert entry.count == len(typed)
    assert entry.take() == typed.encode()
    dashes = "-" * (capacity - len(typed))
    assert entry.shown(0, capacity) == (typed + dashes).encode()
    assert entry.masked(False) == ("*" * len(typed) + dashes).encode()
    if typed:
        assert entry.masked(True) == ("*" * (len(typed) - 1) + typed[-1] + dashes).encode()


@given(st.text("0123456789", max_size=16), st.integers(0, 16), st.integers(1, 8))
def test_a_window_shows_its_part(typed, start, length):
    entry = DigitEntry(32)
    for key in typed:
        entry.add(key)
    assert entry.shown(start, start + length) == (typed + "-" * 32)[start : start + length].encode()


def test_wiping_leaves_zeros_and_no_count():
    entry = DigitEntry(4)
    for key in "4711":
        entry.add(key)
    entry.wipe()
    assert entry._digits == bytearray(4)
    assert entry.count == 0


def test_a_digit_taken_back_is_overwritten():
    entry = DigitEntry(4)
    entry.add("9")
    entry.remove_last()
    entry.remove_last()
    assert entry._digits == bytearray(4)
