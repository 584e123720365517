"""The duress PIN: its own inverse, and the same distance away after every change of the PIN."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.crypto.errors import InputError
from dsc.crypto.seal import offset_between, shift
from dsc.protocol import duress
from dsc.protocol.duress import DEFAULT, check_delta, moved
from dsc.protocol.errors import DeltaError


def digits(length, alphabet="0123456789"):
    return st.text(alphabet, min_size=length, max_size=length).map(str.encode)


def deltas(length):
    return digits(length, "05").filter(lambda delta: b"5" in delta)


lengths = st.integers(4, 8)
pairs = lengths.flatmap(lambda n: st.tuples(digits(n), deltas(n)))


def test_known_duress_pins():
    assert moved(b"4711", b"5000") == b"9711"
    assert moved(b"9711", b"5000") == b"4711"
    assert moved(b"81726354", b"50505055") == b"31221309"
    assert isinstance(moved(b"4711", b"5000"), bytearray)


@pytest.mark.parametrize("length", range(4, 9))
def test_by_default_the_first_digit_moves(length):
    delta = DEFAULT[:length]
    check_delta(delta, length)
    assert delta == b"5" + b"0" * (length - 1)


@given(pairs)
def test_moving_twice_leads_back_and_moving_once_never_stays(pair):
    pin, delta = pair
    assert moved(pin, delta) != pin
    assert moved(moved(pin, delta), delta) == pin


@given(
    lengths.flatmap(lambda n: st.tuples(digits(n), deltas(n), st.lists(digits(n), min_size=1, max_size=12)))
)
def test_after_any_changes_the_duress_pin_opens_what_it_opened_at_first(story):
    target, delta, pins = story
    alarm = moved(target, delta)  # q + delta, what the alarm key is sealed under
    offset = offset_between(target, pins[0])
    for old, new in pairwise(pins):
        offset = offset_between(shift(old, offset), new)
    assert shift(pins[-1], offset) == target
    assert shift(moved(pins[-1], delta), offset) == alarm


@given(lengths.flatmap(lambda n: st.tuples(digits(n), deltas(n), digits(n), digits(n))))
def test_after_a_change_under_duress_the_new_pin_alarms_and_the_moved_one_is_real(story):
    target, delta, pin, new = story
    offset = offset_between(target, pin)
    offset = offset_between(shift(moved(pin, delta), offset), new)
    assert shift(new, offset) == moved(target, delta)
    assert shift(moved(new, delta), offset) == target


@pytest.mark.parametrize(
    ("delta", "reason"),
    [
        (b"", "as many"),
        (b"500", "as many"),
        (b"50000", "as many"),
        (b"0000", "one must be 5"),
        (b"1000", "0 or 5"),
        (b"5\x000 ", "0 or 5"),
        (bytes([5, 0, 0, 0]), "0 or 5"),
    ],
)
def test_other_deltas_are_refused_without_being_shown(delta, reason):
    with pytest.raises(DeltaError, match=reason):
        check_delta(delta, 4)
    with pytest.raises(DeltaError, match=reason):
        moved(b"4711", delta)


def test_a_pin_that_is_no_digits_is_refused():
    with pytest.raises(InputError, match="pin"):
        moved(b"47x1", b"5000")


def test_the_digits_between_are_wiped(monkeypatch):
    offsets = []

    def watched(pin, offset):
        offsets.append((offset, bytes(offset)))
        return shift(pin, offset)

    monkeypatch.setattr(duress, "shift", watched)
    moved(b"4711", b"5050")
    assert [(bytes(now), then) for now, then in offsets] == [(bytes(4), bytes([5, 0, 5, 0]))]
