"""The chip: time passes exactly, callbacks come at their moment, and the three resets keep what they should."""

import pytest

from fakes import thumb
from host_tools.emulator.chip import CYCLE_NANOS, MILLISECOND, Chip
from host_tools.emulator.errors import ReentryError

WATCHDOG_CTRL, WATCHDOG_LOAD, WATCHDOG_TICK = 0x4005_8000, 0x4005_8004, 0x4005_802C
PSM_WDSEL = 0x4001_0008
ENABLE, TRIGGER = 1 << 30, 1 << 31


def test_time_and_cycles_are_the_same_thing_while_the_processor_works(loop):
    chip = thumb.counting(loop=loop)
    chip.run_for(MILLISECOND)
    assert 0 <= chip.nanos - MILLISECOND < 5 * CYCLE_NANOS
    assert chip.busy_nanos == pytest.approx(chip.nanos)
    assert chip.mcu.core.registers[0] == pytest.approx(chip.cycles / 3, abs=1)


def test_an_unpowered_chip_lets_time_pass_and_does_nothing(loop):
    chip = Chip(loop=loop)
    thumb.place(chip, thumb.FLASH, 0x2000, thumb.INCREMENT_R0, thumb.BACK_TWO)
    chip.run_for(MILLISECOND)
    assert (chip.nanos, chip.cycles, chip.powered) == (MILLISECOND, 0, False)


def test_waiting_costs_no_cycles_and_is_noted(loop):
    chip = thumb.loaded(thumb.WFI, thumb.BRANCH_TO_ITSELF, loop=loop)
    chip.run_for(100 * MILLISECOND)
    assert chip.cycles < 10
    assert chip.last_idle_nanos == chip.nanos == pytest.approx(100 * MILLISECOND)


def test_a_processor_that_works_is_not_idle(loop):
    chip = thumb.counting(loop=loop)
    chip.run_for(MILLISECOND)
    assert chip.last_idle_nanos < 0.01 * MILLISECOND


def test_a_call_comes_at_its_time(loop):
    chip = thumb.counting(loop=loop)
    seen = []
    for nanos in (300_000, 100_000, 200_000):
        chip.at(nanos, lambda: seen.append(chip.nanos))
    chip.run_for(MILLISECOND)
    assert seen == pytest.approx([100_000, 200_000, 300_000], abs=5 * CYCLE_NANOS)


def test_a_call_whose_time_has_passed_comes_at_once(loop):
    chip = thumb.counting(loop=loop)
    chip.run_for(MILLISECOND)
    seen = []
    chip.at(0, lambda: seen.append(chip.nanos))
    chip.run_for(MILLISECOND)
    assert seen == pytest.approx([MILLISECOND], abs=10 * CYCLE_NANOS)


def test_an_interrupt_from_a_callback_ends_the_run(loop):
    chip = thumb.counting(loop=loop)
    chip.at(250_000, chip.interrupt)
    chip.run_for(MILLISECOND)
    assert chip.nanos == pytest.approx(250_000, abs=5 * CYCLE_NANOS)
    chip.run_for(MILLISECOND)
    assert chip.nanos == pytest.approx(1_250_000, abs=10 * CYCLE_NANOS)


def test_an_error_in_a_callback_comes_out_and_the_chip_goes_on_afterwards(loop):
    chip = thumb.counting(loop=loop)

    def fail():
        raise OSError("from a callback")

    chip.at(500_000, fail)
    with pytest.raises(OSError, match="from a callback"):
        chip.run_for(MILLISECOND)
    counted = chip.mcu.core.registers[0]
    chip.run_for(MILLISECOND)
    assert chip.mcu.core.registers[0] > counted


def test_a_callback_cannot_let_time_pass(loop):
    chip = thumb.counting(loop=loop)
    chip.at(1000, lambda: chip.run_for(1))
    with pytest.raises(ReentryError):
        chip.run_for(MILLISECOND)


def test_running_until_a_condition_ends_with_it_or_with_the_limit(loop):
    chip = thumb.counting(loop=loop)
    assert chip.run_until(lambda: chip.mcu.core.registers[0] > 100_000, 100 * MILLISECOND)
    assert chip.nanos < 4 * MILLISECOND
    assert not chip.run_until(lambda: False, 2 * MILLISECOND)


def test_the_run_pin_starts_anew_and_keeps_sram_and_flash(loop):
    chip = thumb.counting(loop=loop)
    chip.run_for(MILLISECOND)
    chip.mcu.sram[100] = 0x5A
    cycles, resets = chip.cycles, []
    chip.on_reset.append(lambda: resets.append(1))
    chip.reset()
    assert (chip.mcu.core.pc, chip.mcu.sram[100], resets) == (thumb.FLASH, 0x5A, [1])
    chip.run_for(MILLISECOND)
    assert chip.cycles == pytest.approx(2 * cycles, abs=5)


def test_without_power_only_the_flash_keeps_its_content(loop):
    chip = thumb.counting(loop=loop)
    chip.mcu.sram[:] = bytes(len(chip.mcu.sram))
    flash = bytes(chip.mcu.flash[:64])
    chip.power_off()
    chip.power_cycle()
    ones = sum(byte.bit_count() for byte in chip.mcu.sram) / len(chip.mcu.sram)
    assert 3.9 < ones < 4.1, "SRAM holds noise after power-on"
    assert bytes(chip.mcu.flash[:64]) == flash


def test_without_a_seed_sram_is_zero_after_power_on():
    assert not any(thumb.counting(seed=None).mcu.sram)


def test_the_noise_is_the_same_for_the_same_seed_and_another_for_another():
    assert bytes(thumb.counting(seed=1).mcu.sram) == bytes(thumb.counting(seed=1).mcu.sram)
    assert bytes(thumb.counting(seed=1).mcu.sram) != bytes(thumb.counting(seed=2).mcu.sram)


def test_the_watchdog_restarts_the_chip_and_is_stopped_by_that(loop):
    chip = thumb.counting(loop=loop)
    chip.mcu.write_uint32(PSM_WDSEL, 0x0001_FFFC)
    chip.mcu.write_uint32(WATCHDOG_TICK, 1 << 9 | 12)
    chip.mcu.write_uint32(WATCHDOG_LOAD, 2 * 5_000)  # it counts down by two each microsecond (erratum E1)
    resets = []
    chip.on_reset.append(lambda: resets.append(chip.nanos))
    chip.mcu.write_uint32(WATCHDOG_CTRL, ENABLE)
    chip.run_for(50 * MILLISECOND)
    assert resets == pytest.approx([5 * MILLISECOND], rel=0.01)


def test_software_can_reset_the_chip_through_the_watchdog(loop):
    chip = thumb.counting(loop=loop)
    resets = []
    chip.on_reset.append(lambda: resets.append(1))
    chip.mcu.write_uint32(WATCHDOG_CTRL, TRIGGER)
    chip.run_for(MILLISECOND)
    assert resets == [1]
    assert chip.mcu.core.registers[0] > 0, "it runs again"


def test_a_run_loop_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="no run loop 'faster' here"):
        Chip(loop="faster")
