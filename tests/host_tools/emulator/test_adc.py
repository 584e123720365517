"""The analogue inputs: supply and temperature are there to be measured, with a little noise."""

import pytest
from rp2040py.rp2040 import RP2040

from host_tools.emulator import adc
from host_tools.emulator.chip import Chip

CS, RESULT = adc.BASE, adc.BASE + 4
ENABLE, TEMPERATURE_SENSOR, START_ONCE, START_MANY, READY = 1, 2, 4, 8, 1 << 8
IN_TURN = 0b11011 << 16  # channels 0, 1, 3 and 4


def measure(chip: Chip, channel: int) -> int:
    chip.mcu.write_uint32(CS, channel << 12 | ENABLE | TEMPERATURE_SENSOR | START_ONCE)
    chip.run_for(10_000)
    assert chip.mcu.read_uint32(CS) & READY
    return chip.mcu.read_uint32(RESULT)


def channels_in_turn(mcu: RP2040, tick, count: int) -> list[int]:
    """The channels that are measured one after the other, from channel 0 on."""
    mcu.write_uint32(CS, IN_TURN | ENABLE)
    seen = []
    for _ in range(count):
        seen.append(mcu.read_uint32(CS) >> 12 & 7)
        mcu.write_uint32(CS, mcu.read_uint32(CS) & ~READY | START_ONCE)
        tick(10_000)
    return seen


def test_on_the_bare_chip_every_channel_reads_zero():
    mcu = RP2040()
    for channel in range(adc.CHANNELS):
        mcu.write_uint32(CS, channel << 12 | ENABLE | TEMPERATURE_SENSOR | START_ONCE)
        mcu.clock.tick(10_000)
        assert mcu.read_uint32(RESULT) == 0


def test_on_the_bare_chip_taking_turns_goes_astray():
    mcu = RP2040()
    assert channels_in_turn(mcu, mcu.clock.tick, 6) != [0, 1, 3, 4, 0, 1]


def test_channels_take_turns():
    chip = Chip()
    adc.install(chip.mcu)
    assert channels_in_turn(chip.mcu, chip.run_for, 9) == [0, 1, 3, 4, 0, 1, 3, 4, 0]


def test_one_channel_alone_takes_every_turn():
    chip = Chip()
    inputs = adc.install(chip.mcu)
    inputs.noise_steps = 0
    inputs.pin_volts[2] = 1.65
    chip.mcu.write_uint32(CS, 1 << 18 | 2 << 12 | ENABLE | START_MANY)
    chip.run_for(100_000)
    assert chip.mcu.read_uint32(CS) >> 12 & 7 == 2
    assert chip.mcu.read_uint32(RESULT) == 2048


def test_pins_are_measured_as_they_are_and_within_the_converters_reach():
    chip = Chip()
    inputs = adc.install(chip.mcu)
    inputs.noise_steps = 0
    inputs.pin_volts[:] = [0.825, 9.9, -1.0]
    assert [measure(chip, channel) for channel in range(3)] == [1024, 4095, 0]


def test_a_sensor_that_is_off_and_a_channel_that_is_missing_read_zero():
    inputs = adc.install(Chip().mcu)
    assert (inputs.volts(4), inputs.volts(5)) == (0.0, 0.0)


def test_a_converter_that_is_switched_off_is_never_ready():
    chip = Chip()
    adc.install(chip.mcu)
    assert measure(chip, 3) > 0
    chip.mcu.write_uint32(CS, 0)
    chip.mcu.write_uint32(CS, 3 << 12 | START_ONCE)
    chip.run_for(10_000)
    assert not chip.mcu.read_uint32(CS) & READY


def test_a_third_of_the_supply_is_on_channel_three():
    chip = Chip()
    inputs = adc.install(chip.mcu)
    for volts in (5.0, 3.3, 1.8):
        inputs.vsys_volts = volts
        assert measure(chip, 3) * 3.3 / 4096 * 3 == pytest.approx(volts, abs=0.03)


def test_the_temperature_sensor_follows_the_data_sheets_line():
    chip = Chip()
    inputs = adc.install(chip.mcu)
    inputs.celsius = 50.0
    volts = measure(chip, 4) * 3.3 / 4096
    assert 27 - (volts - 0.706) / 0.001721 == pytest.approx(50, abs=4)


def test_measurements_differ_by_noise_that_repeats_with_the_seed():
    def series(seed):
        chip = Chip()
        adc.install(chip.mcu, seed)
        return [measure(chip, 3) for _ in range(20)]

    assert len(set(series(1))) > 1
    assert series(1) == series(1)
    assert series(1) != series(2)
