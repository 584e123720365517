"""Which PINs are refused, and by which rule."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.protocol.errors import PinAlphabetError, PinError, PinLengthError, WeakPinError
from dsc.protocol.pin import _COMMON, COMMON, REPEATED_DIGIT, REPEATED_PATTERN, STRAIGHT_RUN, YEAR, check_pin

WEAK = {
    REPEATED_DIGIT: ["0000", "7777", "11111", "99999999"],
    STRAIGHT_RUN: ["1234", "0123", "7890", "8901", "4321", "0987", "2109", "12345678", "98765", "67890123"],
    REPEATED_PATTERN: ["1212", "123123", "12341234", "12121", "1231231", "90909090", "7373737"],
    YEAR: ["1900", "1987", "1999", "2000", "2029"],
    COMMON: [
        "2580",
        "1004",
        "1122",
        "1357",
        "2468",
        "0852",
        "112233",
        "123321",
        "147258",
        "12344321",
        "5683",
    ],
}


@pytest.mark.parametrize(("rule", "pin"), [(rule, pin) for rule, pins in WEAK.items() for pin in pins])
def test_a_weak_pin_is_refused_with_the_name_of_the_rule(rule, pin):
    with pytest.raises(WeakPinError) as caught:
        check_pin(bytearray(pin.encode()))
    assert caught.value.rule == rule
    assert pin not in str(caught.value)


@pytest.mark.parametrize(
    "pin", ["8301", "1899", "2030", "19870", "1243", "10293", "739104", "4920175", "12345679"]
)
def test_other_pins_are_allowed(pin):
    check_pin(bytearray(pin.encode()))
    check_pin(pin.encode())


@pytest.mark.parametrize("length", [0, 1, 3, 9, 40])
def test_a_pin_of_the_wrong_length_is_refused(length):
    with pytest.raises(PinLengthError) as caught:
        check_pin(bytearray(b"8" * length))
    assert (caught.value.length, caught.value.low, caught.value.high) == (length, 4, 8)


@pytest.mark.parametrize("pin", [b"83o1", b"8 01", b"830/", b":301", b"\x08\x03\x00\x01", "٣٤٥٦".encode()])
def test_a_pin_of_anything_but_ascii_digits_is_refused(pin):
    with pytest.raises(PinAlphabetError):
        check_pin(bytearray(pin))


def test_the_rules_refuse_few_of_all_pins():
    def refused(digits: int) -> int:
        count = 0
        for number in range(10**digits):
            try:
                check_pin(f"{number:0{digits}}".encode())
            except WeakPinError:
                count += 1
        return count

    assert refused(4) == 287
    assert refused(5) < 150


@given(st.binary(max_size=12))
def test_any_bytes_are_judged_without_being_changed(data):
    pin = bytearray(data)
    with contextlib.suppress(PinError):
        check_pin(pin)
    assert pin == data


def test_every_common_pin_in_the_table_is_caught_by_no_other_rule():
    for pin in _COMMON:
        with pytest.raises(WeakPinError, match=COMMON):
            check_pin(pin)
    assert list(_COMMON) == sorted(set(_COMMON), key=lambda pin: (len(pin), pin))


@pytest.mark.parametrize("pin", [b"000001", b"0000001", b"10000000", b"1111211", b"99999998", b"900000"])
def test_one_other_digit_among_equal_ones_makes_a_long_pin_no_better(pin):
    with pytest.raises(WeakPinError) as caught:
        check_pin(pin)
    assert caught.value.rule == "repeated-digit"


@pytest.mark.parametrize("pin", [b"0500", b"00500", b"005005", b"110000", b"10000002"])
def test_two_other_digits_or_a_short_pin_are_left_to_the_other_rules(pin):
    try:
        check_pin(pin)
    except WeakPinError as error:
        assert error.rule != "repeated-digit"  # noqa: PT017 - most of these are taken, and raise nothing
