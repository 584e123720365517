"""Noise: the same for the same seed, name and counts, and as good as none of them known for all others."""

from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.emulator import noise

seeds = st.integers(-(1 << 40), 1 << 40)
names = st.text("abc ", max_size=5)
counts = st.lists(st.integers(0, 1 << 40), max_size=3)


@given(seed=seeds, name=names, counts=counts)
def test_the_same_arguments_give_the_same_noise(seed, name, counts):
    assert noise.number(seed, name, *counts) == noise.number(seed, name, *counts)
    assert noise.content(20, seed, name, *counts) == noise.content(20, seed, name, *counts)


@given(seed=seeds, name=names, counts=counts)
def test_numbers_have_64_bits_and_fractions_are_below_one(seed, name, counts):
    assert 0 <= noise.number(seed, name, *counts) < 1 << 64
    assert 0 <= noise.fraction(seed, name, *counts) < 1


def test_each_argument_makes_a_difference():
    numbers = [noise.number(*key) for key in ((1, "a", 1), (2, "a", 1), (1, "b", 1), (1, "a", 2), (1, "a"))]
    assert len(set(numbers)) == 5


def test_the_noise_is_frozen():
    # Recorded runs repeat only as long as this does not change.
    assert noise.number(1, "ring oscillator", 2, 3) == 13923821655645084650


def test_fractions_are_evenly_spread():
    drawn = [noise.fraction(1, "spread", number) for number in range(4000)]
    assert 0.48 < fmean(drawn) < 0.52
    assert 0.27 < pstdev(drawn) < 0.31


def test_normal_noise_has_mean_zero_and_deviation_one():
    drawn = [noise.normal(1, "normal", number) for number in range(4000)]
    assert abs(fmean(drawn)) < 0.06
    assert 0.95 < pstdev(drawn) < 1.05


def test_content_is_as_long_as_it_is_asked_for():
    assert [len(noise.content(length, 1, "content")) for length in (0, 1, 1000)] == [0, 1, 1000]


@pytest.mark.parametrize("share", [0.0, 1 / 256, 0.1, 0.5, 0.9, 1.0])
def test_bits_are_set_with_the_probability_that_is_asked_for(share):
    drawn = noise.bits(4096, share, 7, "bits")
    ones = sum(byte.bit_count() for byte in drawn) / (8 * 4096)
    assert abs(ones - share) < 0.01 if 0 < share < 1 else ones == share
    assert drawn == noise.bits(4096, share, 7, "bits")
