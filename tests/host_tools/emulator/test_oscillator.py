"""The ring oscillator: a random bit that is one, good or bad as is asked for."""

import logging
from itertools import pairwise

import pytest
from rp2040py.rp2040 import RP2040

from host_tools.emulator import oscillator
from host_tools.emulator.chip import Chip
from host_tools.emulator.log import Log
from host_tools.emulator.oscillator import (
    ADDRESS,
    COUNT,
    CTRL,
    DISABLE,
    DIV,
    DORMANT,
    ENABLE,
    FREQA,
    FREQB,
    PHASE,
    RANDOMBIT,
    STATUS,
)


def bits(mcu: RP2040, count: int) -> list[int]:
    return [mcu.read_uint32(ADDRESS + RANDOMBIT) & 1 for _ in range(count)]


def cured(source) -> RP2040:
    mcu = RP2040()
    oscillator.install(mcu, source)
    return mcu


def test_the_bare_chip_has_no_randomness_at_all():
    assert set(bits(RP2040(), 1000)) == {1}


def test_a_good_oscillator_gives_ones_and_zeros_evenly_and_the_same_each_time():
    first = bits(cured(oscillator.Good(1)), 4000)
    assert 1850 < sum(first) < 2150
    assert 900 < sum(a != b for a, b in zip(first[::2], first[1::2], strict=True)) < 1100
    assert bits(cured(oscillator.Good(1)), 4000) == first
    assert bits(cured(oscillator.Good(2)), 4000) != first


@pytest.mark.parametrize("value", [0, 1])
def test_a_stuck_oscillator_gives_one_bit_for_ever(value):
    assert set(bits(cured(oscillator.Stuck(value)), 100)) == {value}


def test_a_biased_oscillator_gives_as_many_ones_as_it_should():
    assert 850 < sum(bits(cured(oscillator.Biased(1, 0.9)), 1000)) < 950


def test_a_periodic_oscillator_repeats_its_pattern():
    assert bits(cured(oscillator.Periodic("001")), 7) == [0, 0, 1, 0, 0, 1, 0]
    with pytest.raises(ValueError, match="made of 0 and 1"):
        oscillator.Periodic("012")


@pytest.mark.parametrize("stays", [0.1, 0.9])
def test_a_sticky_oscillator_stays_as_often_as_it_should_and_is_even_all_the_same(stays):
    seen = bits(cured(oscillator.Sticky(1, stays)), 5000)
    stayed = sum(a == b for a, b in pairwise(seen))
    assert abs(stayed - 4999 * stays) < 150
    assert 2000 < sum(seen) < 3000
    assert bits(cured(oscillator.Sticky(1, stays)), 5000) == seen


@pytest.mark.parametrize("value", [0, 1])
def test_a_dying_oscillator_is_good_until_it_was_read_so_often(value):
    seen = bits(cured(oscillator.Dying(oscillator.Good(1), 300, value)), 500)
    assert seen[:300] == bits(cured(oscillator.Good(1)), 300)
    assert set(seen[300:]) == {value}


def test_a_stopped_oscillator_keeps_its_last_bit_until_it_is_started_again():
    mcu = cured(oscillator.Periodic("01"))
    bits(mcu, 1)
    mcu.write_uint32(ADDRESS + CTRL, DISABLE << 12 | 0xAA0)
    assert bits(mcu, 5) == [0] * 5
    assert mcu.read_uint32(ADDRESS + STATUS) & 1 << 12 == 0
    mcu.write_uint32(ADDRESS + CTRL, ENABLE << 12 | 0xAA0)
    assert bits(mcu, 2) == [1, 0]
    assert mcu.read_uint32(ADDRESS + STATUS) & 1 << 31


def test_a_bad_setting_is_flagged_until_the_flag_is_cleared():
    mcu = cured(oscillator.Good(1))
    mcu.write_uint32(ADDRESS + CTRL, 0x123 << 12)
    assert mcu.read_uint32(ADDRESS + STATUS) & 1 << 24
    mcu.write_uint32(ADDRESS + STATUS, 1 << 24)
    assert not mcu.read_uint32(ADDRESS + STATUS) & 1 << 24


@pytest.mark.parametrize(
    ("offset", "good", "bad"),
    [
        (FREQA, 0x9696_0123, 0x1234_0123),
        (FREQB, 0x9696_4567, 0),
        (DIV, 0xAA0 + 31, 32),
        (PHASE, 0xAA8, 0x558),
    ],
    ids=["FREQA", "FREQB", "DIV", "PHASE"],
)
def test_settings_are_kept_and_wrong_ones_are_flagged(offset, good, bad):
    mcu = cured(oscillator.Good(1))
    mcu.write_uint32(ADDRESS + offset, good)
    assert mcu.read_uint32(ADDRESS + offset) == good
    assert not mcu.read_uint32(ADDRESS + STATUS) & 1 << 24
    mcu.write_uint32(ADDRESS + offset, bad)
    assert mcu.read_uint32(ADDRESS + STATUS) & 1 << 24


def test_an_oscillator_that_is_told_to_go_dormant_says_that_it_does_not(caplog):
    mcu = cured(oscillator.Good(1))
    mcu.logger = Log()
    with caplog.at_level(logging.INFO, logger="host_tools.emulator.chip"):
        mcu.write_uint32(ADDRESS + DORMANT, 0x636F6D61)
    assert "dormant" in caplog.text
    assert mcu.read_uint32(ADDRESS + DORMANT) == 0x77616B65


def test_a_stopped_oscillator_runs_again_after_power_on_or_a_reset_of_the_chip():
    for begin_anew in ("power_cycle", "reset"):
        chip = Chip()
        made = oscillator.install(chip.mcu, oscillator.Good(1))
        chip.mcu.write_uint32(ADDRESS + CTRL, DISABLE << 12 | 0xAA0)
        assert not made.running
        getattr(chip, begin_anew)()
        assert made.running


def test_the_counter_counts_down_to_zero_while_the_oscillator_runs():
    chip = Chip()
    oscillator.install(chip.mcu, oscillator.Good(1))
    chip.mcu.write_uint32(ADDRESS + COUNT, 200)
    chip.run_for(10_000)  # 65 periods at 6.5 MHz
    assert chip.mcu.read_uint32(ADDRESS + COUNT) == 135
    chip.run_for(100_000)
    assert chip.mcu.read_uint32(ADDRESS + COUNT) == 0
