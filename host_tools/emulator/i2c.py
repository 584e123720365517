"""I²C for an emulated chip: wires a bus to two of its pins and cures the controller behind them.

A device attached to the bus answers the controller, at the speed to which firmware has set it, and also firmware
that moves the two pins itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from host_tools.emulator.i2c_bus import AddressInUseError, Bus, ChoosyDevice, I2CDevice
from host_tools.emulator.i2c_controller import BASES, Controller
from host_tools.emulator.i2c_lines import Lines

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

__all__ = ["AddressInUseError", "Bus", "ChoosyDevice", "Controller", "I2CDevice", "controller_of", "install"]


def controller_of(sda: int, scl: int) -> int:
    """The number of the controller that GPIOs `sda` and `scl` can lead to (RP2040 data sheet, section 2.19.2).

    Raises ValueError if there is none with these two.
    """
    number = sda // 2 % 2
    if sda % 2 or not scl % 2 or scl // 2 % 2 != number:
        raise ValueError(f"GPIO {sda} and {scl} are not SDA and SCL of one I²C controller")
    return number


def install(mcu: RP2040, sda: int, scl: int) -> Bus:
    """Wire a bus to GPIOs `sda` and `scl` of `mcu`; call its `refresh` after each chip reset.

    Raises ValueError if no controller has these two pins.
    """
    number = controller_of(sda, scl)
    controller = mcu.i2c[number]
    if not isinstance(controller, Controller):
        controller = Controller(mcu, controller)
        mcu.i2c[number] = controller
        mcu.peripherals[BASES[number] >> 12] = controller
    bus = Bus(sda, scl)
    Lines(mcu, bus)
    controller.buses.append(bus)
    bus.listeners.append(controller.wake)
    return bus
