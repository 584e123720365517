"""The three ways in which the chip starts anew: power, the RUN pin, the watchdog.

Source: RP2040 data sheet, sections 2.12 (chip-level reset), 2.13 (power-on state machine), 4.7 (watchdog).
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from rp2040py.peripherals.psm import WDSEL_ROSC
from rp2040py.peripherals.vreg_and_chip_reset import HAD_POR, HAD_RUN
from rp2040py.peripherals.watchdog import CTRL, TICK, TICK_ENABLE

from host_tools.emulator import oscillator

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

BOOT_ENTRY: Final = (
    0x10000000  # where the boot ROM goes on in the flash: its first 256 bytes, called boot stage 2
)


def by_power(mcu: RP2040, noise: random.Random | None) -> None:
    """Power has come: nothing is left of what was. SRAM holds `noise`, or zeros if there is none."""
    by_run_pin(mcu)
    for memory in (mcu.sram, mcu.usb_dpram):
        memory[:] = bytes(len(memory)) if noise is None else noise.randbytes(len(memory))
    mcu.vreg_and_chip_reset.__init__(mcu, mcu.vreg_and_chip_reset.name)  # type: ignore[misc]  # see below
    mcu.vreg_and_chip_reset.record_reset_cause(HAD_POR)


def by_run_pin(mcu: RP2040) -> None:
    """RUN was low and is high again: SRAM and flash keep their content, all else starts anew."""
    mcu.enter_reset()
    _stop_watchdog(mcu)
    mcu.watchdog.reset()
    mcu.watchdog.write_uint32(TICK, TICK_ENABLE)
    _reset_oscillator(mcu)
    # Registers only, and rp2040py gives them no reset of their own.
    mcu.psm.__init__(mcu, mcu.psm.name)  # type: ignore[misc]
    mcu.resets.__init__(mcu, mcu.resets.name)  # type: ignore[misc]
    mcu.vreg_and_chip_reset.record_reset_cause(HAD_RUN)
    mcu.core.pc = BOOT_ENTRY


def by_watchdog(mcu: RP2040) -> None:
    """The watchdog restarts what PSM and RESETS let it; its reason and scratch registers live on."""
    mcu.enter_reset(from_watchdog=True)
    _stop_watchdog(mcu)
    if mcu.psm.wdsel & WDSEL_ROSC:
        _reset_oscillator(mcu)
    mcu.core.pc = BOOT_ENTRY


def _stop_watchdog(mcu: RP2040) -> None:
    """CTRL.ENABLE is cleared by any reset (section 4.7.6); rp2040py leaves the watchdog running."""
    mcu.watchdog.write_uint32(CTRL, 0)
    mcu.watchdog.timer.set(0)


def _reset_oscillator(mcu: RP2040) -> None:
    """The ring oscillator is in the reset domains of the chip too (section 2.13); rp2040py has none to reset."""
    mcu.peripherals[oscillator.ADDRESS >> 12].reset()
