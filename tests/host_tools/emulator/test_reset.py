"""Power, the RUN pin and the watchdog: what each of them leaves as it was, and that none comes in mid-instruction."""

import random

import pytest
from rp2040py.peripherals.vreg_and_chip_reset import HAD_POR, HAD_RUN
from rp2040py.rp2040 import RP2040

from fakes import thumb
from host_tools.emulator import oscillator, reset
from host_tools.emulator.chip import MILLISECOND, Chip

WATCHDOG, PSM, RESETS, CHIP_RESET = 0x4005_8000, 0x4001_0000, 0x4000_C000, 0x4006_4008
CTRL, LOAD, REASON, SCRATCH, TICK = (WATCHDOG + offset for offset in (0, 4, 8, 0x0C, 0x2C))
PSM_WDSEL, RESETS_WDSEL = PSM + 8, RESETS + 4
ENABLE, TRIGGER = 1 << 30, 1 << 31
BY_TIMER, BY_FORCE = 1, 2
TICK_ENABLE = 1 << 9
ALL_BUT_OSCILLATORS = 0x0001_FFFC  # of PSM.WDSEL, as the SDK sets it for each watchdog reset
ROSC_SELECTED = 1
UART0, UART0_BAUD = 1 << 22, 0x4003_4024
TRIGGERS_AND_STORES_MORE = (
    0xC20A  # stmia r2!, {r1, r3}: into CTRL and, with the chip reset already, into LOAD
)


def stored(mcu) -> None:
    """Registers for the instruction above."""
    mcu.core.registers[1], mcu.core.registers[2], mcu.core.registers[3] = TRIGGER, CTRL, 99


def marked(chip: Chip) -> Chip:
    """A chip with something to lose in each place."""
    mcu = chip.mcu
    mcu.sram[:8] = b"in SRAM."
    mcu.flash[0x1000:0x1008] = b"in flash"
    mcu.write_uint32(SCRATCH, 0x1234)
    mcu.write_uint32(UART0_BAUD, 67)
    mcu.write_uint32(PSM_WDSEL, ALL_BUT_OSCILLATORS)
    mcu.write_uint32(RESETS_WDSEL, UART0)
    mcu.write_uint32(oscillator.ADDRESS + oscillator.CTRL, oscillator.DISABLE << 12 | 0xAA0)
    return chip


@pytest.fixture
def chip() -> Chip:
    made = thumb.counting()
    oscillator.install(made.mcu, oscillator.Good(0))
    made.run_for(MILLISECOND)
    return marked(made)


def kept(mcu) -> dict[str, bool]:
    return {
        "SRAM": bytes(mcu.sram[:8]) == b"in SRAM.",
        "flash": bytes(mcu.flash[0x1000:0x1008]) == b"in flash",
        "scratch": mcu.read_uint32(SCRATCH) == 0x1234,
        "UART": mcu.read_uint32(UART0_BAUD) == 67,
        "PSM": mcu.read_uint32(PSM_WDSEL) == ALL_BUT_OSCILLATORS,
        "RESETS": mcu.read_uint32(RESETS_WDSEL) == UART0,
        "ROSC": mcu.read_uint32(oscillator.ADDRESS + oscillator.CTRL) >> 12 == oscillator.DISABLE,
    }


def bite(chip: Chip) -> None:
    """Let the watchdog run out after a millisecond."""
    chip.mcu.write_uint32(LOAD, 2 * 1000)
    chip.mcu.write_uint32(CTRL, ENABLE)
    chip.run_for(1.5 * MILLISECOND)


# The faults.


def test_on_the_bare_chip_a_watchdog_reset_comes_in_the_middle_of_the_instruction_and_it_is_finished():
    mcu = RP2040()
    mcu.write_uint16(thumb.SRAM, TRIGGERS_AND_STORES_MORE)
    stored(mcu)
    mcu.core.pc = thumb.SRAM
    mcu.step()
    assert mcu.core.pc == reset.BOOT_ENTRY
    assert mcu.core.registers[2] == CTRL + 8, "the processor of a chip that has just begun"


def test_on_the_bare_chip_the_watchdog_still_runs_after_it_has_reset_the_chip():
    mcu = RP2040()
    mcu.write_uint32(LOAD, 2 * 1000)
    mcu.write_uint32(CTRL, ENABLE)
    mcu.clock.tick(1.5 * MILLISECOND)
    assert mcu.read_uint32(REASON) == BY_TIMER
    assert mcu.read_uint32(CTRL) & ENABLE


def test_on_the_bare_chip_the_registers_that_hold_resets_survive_them():
    mcu = RP2040()
    mcu.write_uint32(PSM_WDSEL, ALL_BUT_OSCILLATORS)
    mcu.write_uint32(RESETS_WDSEL, UART0)
    mcu.enter_reset()
    assert (mcu.read_uint32(PSM_WDSEL), mcu.read_uint32(RESETS_WDSEL)) == (ALL_BUT_OSCILLATORS, UART0)


# The cures.


def test_a_reset_by_the_watchdog_waits_for_the_end_of_the_instruction(loop):
    chip = thumb.loaded(0x2407, thumb.BRANCH_TO_ITSELF, loop=loop)  # movs r4, #7
    thumb.place(chip, thumb.SRAM, TRIGGERS_AND_STORES_MORE, 0x2501, thumb.BRANCH_TO_ITSELF)  # movs r5, #1
    stored(chip.mcu)
    chip.mcu.core.pc = thumb.SRAM
    begun_with = []
    chip.on_reset.append(lambda: begun_with.append((chip.mcu.core.pc, list(chip.mcu.core.registers)[:8])))
    chip.run_for(1000)
    assert begun_with == [(reset.BOOT_ENTRY, [0] * 8)]
    assert list(chip.mcu.core.registers)[:8] == [0, 0, 0, 0, 7, 0, 0, 0], "from then on, the boot"


def test_the_watchdog_is_off_after_it_has_reset_the_chip(chip):
    bite(chip)
    assert chip.mcu.read_uint32(REASON) == BY_TIMER
    assert not chip.mcu.read_uint32(CTRL) & ENABLE
    resets = []
    chip.on_reset.append(lambda: resets.append(1))
    chip.run_for(50 * MILLISECOND)
    assert resets == []


@pytest.mark.parametrize(
    "how", [reset.by_run_pin, lambda mcu: reset.by_power(mcu, None)], ids=["RUN", "power"]
)
def test_the_watchdog_is_off_after_any_other_reset(chip, how):
    chip.mcu.write_uint32(LOAD, 2 * 1000)
    chip.mcu.write_uint32(CTRL, ENABLE)
    chip.mcu.write_uint32(TICK, 0)
    how(chip.mcu)
    assert not chip.mcu.read_uint32(CTRL) & ENABLE
    assert chip.mcu.read_uint32(TICK) & TICK_ENABLE


# What survives.


def test_power_leaves_the_flash_alone(chip):
    reset.by_power(chip.mcu, random.Random(1))
    assert [name for name, is_kept in kept(chip.mcu).items() if is_kept] == ["flash"]
    assert chip.mcu.read_uint32(CHIP_RESET) & HAD_POR
    assert chip.mcu.read_uint32(REASON) == 0


def test_the_run_pin_leaves_sram_and_flash(chip):
    bite(marked(chip))
    reset.by_run_pin(marked(chip).mcu)
    assert [name for name, is_kept in kept(chip.mcu).items() if is_kept] == ["SRAM", "flash"]
    assert chip.mcu.read_uint32(CHIP_RESET) & HAD_RUN
    assert chip.mcu.read_uint32(REASON) == 0


def test_the_watchdog_leaves_memories_scratch_registers_oscillators_and_its_reason(chip):
    bite(chip)
    survivors = [name for name, is_kept in kept(chip.mcu).items() if is_kept]
    assert survivors[:3] == ["SRAM", "flash", "scratch"]
    assert "ROSC" in survivors
    assert "UART" not in survivors
    assert chip.mcu.read_uint32(REASON) == BY_TIMER
    assert chip.mcu.read_uint32(CHIP_RESET) & HAD_POR, "it is no reset of the chip level"


def test_a_forced_watchdog_reset_says_so(chip):
    chip.mcu.write_uint32(CTRL, TRIGGER)
    chip.run_for(1000)
    assert chip.mcu.read_uint32(REASON) == BY_FORCE


def test_the_watchdog_resets_only_what_it_was_told_to(chip):
    chip.mcu.write_uint32(PSM_WDSEL, 0)
    chip.mcu.write_uint32(RESETS_WDSEL, 0)
    bite(chip)
    assert kept(chip.mcu)["UART"]
    chip.mcu.write_uint32(RESETS_WDSEL, UART0)
    bite(chip)
    assert not kept(chip.mcu)["UART"]


def test_the_watchdog_resets_the_ring_oscillator_if_it_was_told_to(chip):
    chip.mcu.write_uint32(PSM_WDSEL, ROSC_SELECTED)
    bite(chip)
    assert not kept(chip.mcu)["ROSC"]


def test_without_noise_memories_are_zero_after_power_on(chip):
    chip.mcu.usb_dpram[:4] = b"data"
    reset.by_power(chip.mcu, None)
    assert not any(chip.mcu.sram)
    assert not any(chip.mcu.usb_dpram)


def test_every_reset_begins_where_the_boot_rom_goes_on(chip):
    for how in (reset.by_run_pin, reset.by_watchdog, lambda mcu: reset.by_power(mcu, None)):
        chip.mcu.core.pc = thumb.SRAM
        how(chip.mcu)
        assert chip.mcu.core.pc == reset.BOOT_ENTRY
