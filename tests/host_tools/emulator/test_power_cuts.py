"""What a power cut leaves of a flash operation: a mixture of the state before and after, drawn by a seed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.emulator.power_cuts import Cut, PowerCutError, torn

states = st.integers(1, 300).flatmap(
    lambda size: st.tuples(st.binary(min_size=size, max_size=size), st.binary(min_size=size, max_size=size))
)
seeds = st.integers(0, 1 << 32)


@given(states=states, seed=seeds)
def test_each_bit_is_as_it_was_or_as_it_was_to_be(states, seed):
    before, after = states
    for old, new, left in zip(before, after, torn(before, after, seed), strict=True):
        same = ~(old ^ new) & 0xFF
        assert left & same == old & same


@given(states=states, seed=seeds)
def test_the_same_seed_draws_the_same_bits(states, seed):
    assert torn(*states, seed) == torn(*states, seed)


@given(seed=seeds)
def test_about_half_of_the_bits_have_changed(seed):
    ones = sum(byte.bit_count() for byte in torn(bytes(512), b"\xff" * 512, seed))
    assert 1700 < ones < 2400


def test_another_seed_draws_other_bits():
    assert len({torn(bytes(16), b"\xff" * 16, seed) for seed in range(50)}) == 50


@pytest.mark.parametrize(
    ("cut", "when"), [(Cut.BEFORE, "before"), (Cut.TORN, "within"), (Cut.AFTER, "after")]
)
def test_the_error_says_which_operation_and_when(cut, when):
    error = PowerCutError(7, cut)
    assert str(error) == f"power failed {when} flash operation 7"
    assert (error.number, error.cut) == (7, cut)
