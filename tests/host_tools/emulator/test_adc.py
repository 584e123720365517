"""The analogue inputs: supply and temperature are there to be measured, with a little noise."""

import pytest
from rp2040py.rp2040 import RP2040

from host_tools.emulator import adc
from host_tools.emulator.chip import Chip

CS, RESULT = adc.BASE, adc.BASE + 4
ENABLE, TEMPERATURE_SENSOR, START_ONCE, READY = 1, 2, 4, 1 << 8


def measure(chip: Chip, channel: int) -> int:
    chip.mcu.write_uint32(CS, channel << 12 | ENABLE | TEMPERATURE_SENSOR | START_ONCE)
    chip.run_for(10_000)
    assert chip.mcu.read_uint32(CS) & READY
    return chip.mcu.read_uint32(RESULT)


def test_the_bare_chip_measures_nothing_of_its_board():
    assert not hasattr(RP2040().adc, "vsys_volts")


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
