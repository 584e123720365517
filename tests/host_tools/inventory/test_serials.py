"""Serials: what a check digit notices, exhaustively where that can be, and how one is told from a slip."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.inventory.errors import FieldError, SerialFormError
from host_tools.inventory.serials import Batch, check_digit, is_consistent

DIGITS = "0123456789"
batches = st.builds(Batch, st.from_regex(r"[A-Z][A-Z0-9]{0,7}", fullmatch=True), st.integers(4, 9))


@st.composite
def serials(draw):
    batch = draw(batches)
    return batch, draw(st.integers(1, 10**batch.digits - 1))


def digit_places(serial):
    return [place for place, character in enumerate(serial) if character in DIGITS]


@given(serials())
def test_a_serial_tells_its_number(made):
    batch, number = made
    serial = batch.serial(number)
    assert len(serial) <= 20
    assert is_consistent(serial)
    assert batch.number(serial) == number


@given(serials())
def test_any_digit_that_is_mistyped_is_noticed(made):
    batch, number = made
    serial = batch.serial(number)
    for place in digit_places(serial):
        for digit in set(DIGITS) - {serial[place]}:
            assert not is_consistent(serial[:place] + digit + serial[place + 1 :])


@given(serials())
def test_any_two_neighbours_that_are_swapped_are_noticed(made):
    batch, number = made
    serial = batch.serial(number)
    places = digit_places(serial)
    for one, next_one in itertools.pairwise(places):
        # A dash between them does not make them strangers.
        if serial[one] != serial[next_one] and set(serial[one + 1 : next_one]) <= {"-"}:
            swapped = list(serial)
            swapped[one], swapped[next_one] = swapped[next_one], swapped[one]
            assert not is_consistent("".join(swapped))


def test_of_all_numbers_of_five_digits_none_is_taken_for_another_by_one_slip(counted):
    batch = Batch("P", 4)
    known = {batch.serial(number)[2:] for number in batch.numbers}
    tried = 0
    for digits in known:
        for place in range(5):
            for digit in set(DIGITS) - {digits[place]}:
                tried += 1
                assert digits[:place] + digit + digits[place + 1 :] not in known
            if place < 4 and digits[place] != digits[place + 1]:
                tried += 1
                swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
                assert swapped not in known
    counted(f"serials: {tried} slips, all of them noticed")


def test_the_check_digit_is_damms():
    # The example that the literature uses: 572, of which the check digit is 4. Dashes do not count.
    assert check_digit("572") == check_digit("5-72") == "4"
    assert is_consistent("5724")


@pytest.mark.parametrize(
    "serial", ["", "PD", "PD-", "PD-00000", "PD-00000000", "XY-0000018", "pd-0000018", "PD 0000018"]
)
def test_what_looks_like_no_serial_of_the_batch_is_told_what_one_looks_like(serial):
    batch = Batch("PD")
    with pytest.raises(SerialFormError, match=f"look like {batch.serial(1)}"):
        batch.number(serial)


def test_a_slip_is_called_one():
    batch = Batch("PD")
    serial = batch.serial(4711)
    with pytest.raises(SerialFormError, match="mistyped, or two are swapped"):
        batch.number(serial.replace("47", "74"))


@pytest.mark.parametrize("prefix", ["", "1A", "pd", "TOOLONG99", "P-D", "PÄ", "P D"])
def test_a_prefix_is_letters_and_digits(prefix):
    with pytest.raises(FieldError, match="a prefix has 1 to 8"):
        Batch(prefix)


@pytest.mark.parametrize("digits", [0, 3, 10])
def test_a_number_has_neither_few_nor_many_digits(digits):
    with pytest.raises(FieldError, match="4 to 9 digits"):
        Batch("PD", digits)


@pytest.mark.parametrize("number", [-1, 0, 10_000])
def test_a_batch_ends(number):
    with pytest.raises(FieldError, match="go from 1 to 9999"):
        Batch("PD", 4).serial(number)
