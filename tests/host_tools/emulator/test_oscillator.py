"""The ring oscillator: a random bit that is one, good or bad as is asked for."""

import pytest
from rp2040py.rp2040 import RP2040

from host_tools.emulator import oscillator
from host_tools.emulator.oscillator import ADDRESS, CTRL, DISABLE, ENABLE, RANDOMBIT, STATUS


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
