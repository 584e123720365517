"""A Raspberry Pi Pico without the hardware, and the parts that are wired to one; knows nothing of any firmware.

`Pico` is the board, and the way in: load an image, wire parts to it, give it power, let time pass. The names in
`__all__` are what it is used by; what else the modules have is there too, and may change. The guide is
docs/emulator.md. `make emulator` compiles it for this interpreter, which makes it many times as fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from host_tools.emulator.fast import finder

finder.install()  # before anything imports rp2040py

if TYPE_CHECKING:
    from host_tools.emulator.chip import MILLISECOND, Chip
    from host_tools.emulator.errors import EmulatorError
    from host_tools.emulator.i2c_bus import ChoosyDevice, I2CDevice
    from host_tools.emulator.keypad import Keypad
    from host_tools.emulator.nor_flash import ERASE, PROGRAM, FlashOperation, NorFlash
    from host_tools.emulator.oscillator import Biased, Dying, Good, Periodic, Sticky, Stuck
    from host_tools.emulator.pico import Pico
    from host_tools.emulator.power_cuts import Cut, PowerCutError, Tear
    from host_tools.emulator.serial_port import EmulatedSerial, open_transport
    from host_tools.emulator.snapshot import Snapshot
    from host_tools.emulator.ssd1306 import SSD1306
    from host_tools.emulator.usb_host import UsbHost

__all__ = [
    "ERASE",
    "MILLISECOND",
    "PROGRAM",
    "SSD1306",
    "Biased",
    "Chip",
    "ChoosyDevice",
    "Cut",
    "Dying",
    "EmulatedSerial",
    "EmulatorError",
    "FlashOperation",
    "Good",
    "I2CDevice",
    "Keypad",
    "NorFlash",
    "Periodic",
    "Pico",
    "PowerCutError",
    "Snapshot",
    "Sticky",
    "Stuck",
    "Tear",
    "UsbHost",
    "open_transport",
]

# Where they are, to be loaded when they are asked for: a display alone should not wait for a processor.
_MODULES: Final = {
    "chip": ("MILLISECOND", "Chip"),
    "errors": ("EmulatorError",),
    "i2c_bus": ("ChoosyDevice", "I2CDevice"),
    "keypad": ("Keypad",),
    "nor_flash": ("ERASE", "PROGRAM", "FlashOperation", "NorFlash"),
    "oscillator": ("Biased", "Dying", "Good", "Periodic", "Sticky", "Stuck"),
    "pico": ("Pico",),
    "power_cuts": ("Cut", "PowerCutError", "Tear"),
    "serial_port": ("EmulatedSerial", "open_transport"),
    "snapshot": ("Snapshot",),
    "ssd1306": ("SSD1306",),
    "usb_host": ("UsbHost",),
}


def __getattr__(name: str) -> object:
    """Load the module that has `name`, one of `__all__`; raises AttributeError for others."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
