"""Waiting for an interrupt: what ends it, and what comes afterwards."""

import pytest
from rp2040py.rp2040 import RP2040

from fakes import thumb

CPSID, CPSIE, INCREMENT_R6, INCREMENT_R4, RETURN = 0xB672, 0xB662, 0x3601, 0x3401, 0x4770
SOFTWARE = 26  # the first of the interrupts that nothing in the chip raises
VECTORS, HANDLER = thumb.SRAM + 0x400, thumb.SRAM + 0x800


def with_interrupt(*program, loop):
    """A chip at a program in SRAM, on which the handler of SOFTWARE, which is enabled, counts in r4."""
    chip = thumb.loaded(loop=loop)
    core = chip.mcu.core
    chip.mcu.write_uint32(VECTORS + 4 * (16 + SOFTWARE), HANDLER | 1)
    thumb.place(chip, HANDLER, INCREMENT_R4, RETURN)
    thumb.place(chip, thumb.SRAM, *program, thumb.BRANCH_TO_ITSELF)
    core.vtor, core.enabled_interrupts = VECTORS, 1 << SOFTWARE
    core.registers[13], core.registers[15] = thumb.SRAM + 0x1_0000, thumb.SRAM
    return chip


def test_an_interrupt_that_came_while_it_was_masked_ends_the_wait_at_once_and_is_handled_once_it_may(loop):
    chip = with_interrupt(CPSID, thumb.NOP, thumb.WFI, INCREMENT_R6, thumb.NOP, CPSIE, loop=loop)
    core = chip.mcu.core
    chip.processor.hook(thumb.SRAM + 2, lambda: core.set_interrupt(SOFTWARE, True))
    counts = []
    chip.processor.hook(thumb.SRAM + 8, lambda: counts.append((core.registers[6], core.registers[4])))
    chip.run_for(1_000)
    assert counts == [(1, 0)]
    assert (core.registers[6], core.registers[4]) == (1, 1)


def test_an_interrupt_that_is_not_enabled_ends_no_wait(loop):
    chip = with_interrupt(CPSID, thumb.NOP, thumb.WFI, INCREMENT_R6, loop=loop)
    core = chip.mcu.core
    core.enabled_interrupts = 0
    chip.processor.hook(thumb.SRAM + 2, lambda: core.set_interrupt(SOFTWARE, True))
    chip.run_for(1_000)
    assert (core.waiting, core.registers[6]) == (True, 0)


@pytest.mark.parametrize(("priority", "ends"), [(0, True), (1, False), (2, False)])
def test_within_a_handler_only_an_interrupt_of_a_higher_priority_ends_a_wait(loop, priority, ends):
    chip = with_interrupt(loop=loop)
    core = chip.mcu.core
    handled, other = 1 << SOFTWARE, 1 << (SOFTWARE + 1)
    core.interrupt_priorities[0] &= ~(handled | other)
    core.interrupt_priorities[1] |= handled
    core.interrupt_priorities[priority] |= other
    core.enabled_interrupts |= other
    thumb.place(chip, HANDLER, CPSID, thumb.NOP, thumb.WFI, INCREMENT_R6, thumb.BRANCH_TO_ITSELF)
    chip.processor.hook(HANDLER + 2, lambda: core.set_interrupt(SOFTWARE + 1, True))
    core.set_interrupt(SOFTWARE, True)
    chip.run_for(1_000)
    assert (core.registers[6] == 1) == ends == (not core.waiting)


def test_on_the_bare_chip_an_interrupt_that_came_while_it_was_masked_ends_no_wait():
    mcu = RP2040()
    for place, word in enumerate((CPSID, thumb.WFI)):
        mcu.write_uint16(thumb.SRAM + 2 * place, word)
    mcu.core.pc, mcu.core.enabled_interrupts = thumb.SRAM, 1 << SOFTWARE
    mcu.step()
    mcu.core.set_interrupt(SOFTWARE, True)
    mcu.step()
    assert mcu.core.waiting
    mcu.core.set_interrupt(SOFTWARE, True)  # its line is still high: nothing new
    assert mcu.core.waiting
