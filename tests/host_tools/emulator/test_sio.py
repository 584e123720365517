"""The hardware divider: whole numbers, the data sheet's signs, the data sheet's answer to a divisor of zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rp2040py.rp2040 import RP2040

from fakes import thumb
from host_tools.emulator import sio
from host_tools.emulator.chip import Chip

BASE = 0xD000_0000
UDIVIDEND, UDIVISOR, SDIVIDEND, SDIVISOR, QUOTIENT, REMAINDER, CSR = range(0x60, 0x7C, 4)
READY, DIRTY = 1, 2
WORD = 0xFFFF_FFFF

words = st.one_of(
    st.integers(0, WORD), st.sampled_from([0, 1, 2, 3, 7, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, WORD])
)


def signed(word: int) -> int:
    return word - (1 << 32) if word >> 31 else word


def divided(mcu: RP2040, dividend: int, divisor: int, is_signed: bool) -> tuple:
    first, second = (SDIVIDEND, SDIVISOR) if is_signed else (UDIVIDEND, UDIVISOR)
    mcu.write_uint32(BASE + first, dividend & WORD)
    mcu.write_uint32(BASE + second, divisor & WORD)
    # As the block has them: rp2040py's processor cuts fractions off, and with them the fault.
    return mcu.sio.read_uint32(QUOTIENT), mcu.sio.read_uint32(REMAINDER)


@pytest.fixture(scope="module")
def cured() -> RP2040:
    mcu = RP2040()
    sio.install(mcu)
    return mcu


# The fault.


def test_on_the_bare_chip_a_quotient_has_a_fraction():
    assert divided(RP2040(), 7, 2, False)[0] == 3.5


def test_on_the_bare_chip_a_negative_dividend_over_zero_counts_as_positive():
    assert divided(RP2040(), -5, 0, True)[0] == -1, "the data sheet says 1"


def test_on_the_bare_chip_a_division_adds_cycles_in_which_no_time_passes():
    mcu = RP2040()
    mcu.write_uint32(BASE + UDIVIDEND, 7)
    assert (mcu.core.cycles, mcu.clock.nanos) == (8, 0)


# The cure.


@given(dividend=words, divisor=words.filter(bool))
def test_unsigned_division_is_pythons(cured, dividend, divisor):
    assert divided(cured, dividend, divisor, False) == divmod(dividend, divisor)


@given(dividend=words, divisor=words.filter(bool))
def test_signed_division_goes_towards_zero_and_the_remainder_has_the_dividends_sign(cured, dividend, divisor):
    quotient, remainder = divided(cured, dividend, divisor, True)
    a, b = signed(dividend), signed(divisor)
    if (a, b) == (-(1 << 31), -1):
        assert (quotient, remainder) == (0x8000_0000, 0), "the quotient has no room, and wraps"
        return
    assert signed(quotient) * b + signed(remainder) == a
    assert abs(signed(remainder)) < abs(b)
    assert signed(remainder) * a >= 0


@given(dividend=words)
def test_over_zero_the_quotient_is_minus_one_and_the_remainder_the_dividend(cured, dividend):
    assert divided(cured, dividend, 0, False) == (WORD, dividend)


@given(dividend=words)
def test_over_zero_the_signed_quotient_has_the_sign_against_the_dividends(cured, dividend):
    quotient, remainder = divided(cured, dividend, 0, True)
    assert signed(quotient) == (1 if signed(dividend) < 0 else -1)
    assert remainder == dividend


def test_a_division_takes_no_cycles_from_the_processors_count(cured):
    before = cured.core.cycles
    divided(cured, 7, 2, False)
    assert cured.core.cycles == before


def test_a_result_is_dirty_until_its_quotient_is_read(cured):
    cured.write_uint32(BASE + UDIVIDEND, 1)
    assert cured.read_uint32(BASE + CSR) == READY | DIRTY
    cured.read_uint32(BASE + REMAINDER)
    assert cured.read_uint32(BASE + CSR) == READY | DIRTY
    cured.read_uint32(BASE + QUOTIENT)
    assert cured.read_uint32(BASE + CSR) == READY


def test_a_program_gets_the_quotient_that_the_data_sheet_says(loop):
    chip = thumb.loaded(loop=loop)
    core = chip.mcu.core
    # str r1, [r0]; str r2, [r0, #4]; movs r5, #0x20; adds r5, r5, r0; ldr r3, [r5]; ldr r4, [r5, #4]; b .
    code = [0x6001, 0x6042, 0x2508, 0x182D, 0x682B, 0x686C, thumb.BRANCH_TO_ITSELF]
    thumb.place(chip, thumb.SRAM, *code)
    core.registers[0], core.registers[1], core.registers[2] = BASE + SDIVIDEND, -100 & WORD, 7
    core.pc = thumb.SRAM
    chip.run_for(1000)
    assert (signed(core.registers[3]), signed(core.registers[4])) == (-14, -2)


@given(values=st.lists(st.integers(0, 1 << 40), min_size=6, max_size=6))
def test_registers_hold_words_and_nothing_beyond(cured, values):
    block = cured.sio
    names = ("spin_lock", "div_dividend", "div_divisor", "div_quotient", "div_remainder", "div_csr")
    for name, value in zip(names, values, strict=True):
        setattr(block, name, value)
    assert list(block.words) == [value & WORD for value in values]


def test_a_spin_lock_is_taken_once_until_it_is_given_back():
    mcu = Chip().mcu
    lock = BASE + 0x100 + 4 * 5
    assert mcu.read_uint32(lock) == 1 << 5
    assert mcu.read_uint32(lock) == 0
    mcu.write_uint32(lock, 1)
    assert mcu.read_uint32(lock) == 1 << 5
