"""What the devices of an I²C bus make of pins that firmware moves itself, bit by bit.

MicroPython's port does so for writes of no bytes, which the chip's controllers cannot do: it is how `scan()` finds
devices. Source: NXP UM10204, I²C-bus specification, section 3.1.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rp2040py.gpio_pin import GPIOPin, GPIOPinState
    from rp2040py.rp2040 import RP2040

    from host_tools.emulator.i2c_bus import Bus


class _Phase(Enum):
    IDLE = auto()  # nothing to do until the next start
    ADDRESS = auto()
    WRITE = auto()
    READ = auto()


class Lines:
    """Follows the two pins of `bus`, has its devices answer, and keeps the pins' inputs at the lines' levels.

    A line is low if the chip drives it low, a device pulls it down, or a fault holds it.
    """

    def __init__(self, mcu: RP2040, bus: Bus) -> None:
        self._bus = bus
        self._sda_pin = mcu.gpio[bus.sda]
        self._scl_pin = mcu.gpio[bus.scl]
        self._sda = self._scl = True
        self._pulled = False  # a device pulls the data line down
        self._phase = _Phase.IDLE
        self._shift = 0
        self._bits = 0  # of the present byte; the ninth is its acknowledgement
        self._sda_pin.add_listener(self._sda_changed)
        self._scl_pin.add_listener(self._scl_changed)
        bus.listeners.append(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        self._update_sda()
        self._update_scl()
        self._sda_pin.set_input_value(self._sda)
        self._scl_pin.set_input_value(self._scl)

    def _sda_changed(self, _state: GPIOPinState, _before: GPIOPinState) -> None:
        self._update_sda()

    def _scl_changed(self, _state: GPIOPinState, _before: GPIOPinState) -> None:
        self._update_scl()

    def _update_sda(self) -> None:
        level = not (_drives_low(self._sda_pin) or self._pulled or self._bus.sda_held)
        if level == self._sda:
            return
        self._sda = level
        self._sda_pin.set_input_value(level)
        if self._scl and level:
            self._stop()
        elif self._scl:
            self._begin()

    def _update_scl(self) -> None:
        level = not (_drives_low(self._scl_pin) or self._bus.scl_held)
        if level == self._scl:
            return
        self._scl = level
        self._scl_pin.set_input_value(level)
        if self._phase is _Phase.IDLE:
            return
        if level:
            self._clock_rises()
        else:
            self._clock_falls()

    def _begin(self) -> None:
        self._phase = _Phase.ADDRESS
        self._bits = self._shift = 0

    def _stop(self) -> None:
        self._phase = _Phase.IDLE
        self._bus.stop()

    def _clock_rises(self) -> None:
        """The data line is read while the clock is high."""
        self._bits += 1
        if self._phase is _Phase.READ:
            if self._bits == 9 and self._sda:  # the chip wants no more
                self._phase = _Phase.IDLE
        elif self._bits <= 8:
            self._shift = self._shift << 1 | self._sda

    def _clock_falls(self) -> None:
        """The data line may change while the clock is low."""
        if self._bits == 8 and self._phase is not _Phase.READ:
            self._pull(self._acknowledged())
        elif self._bits == 9:
            self._bits = 0
            if self._phase is _Phase.READ or (self._phase is _Phase.ADDRESS and self._shift & 1):
                self._phase = _Phase.READ
                self._shift = self._bus.read()
                self._pull(not self._shift & 0x80)
            else:
                self._phase = _Phase.WRITE
                self._shift = 0
                self._pull(False)
        elif self._phase is _Phase.READ:
            self._pull(self._bits < 8 and not self._shift << self._bits & 0x80)

    def _acknowledged(self) -> bool:
        if self._phase is _Phase.ADDRESS:
            acknowledged = self._bus.start(self._shift)
        else:
            acknowledged = self._bus.write(self._shift)
        if not acknowledged:
            self._phase = _Phase.IDLE
        return acknowledged

    def _pull(self, down: bool) -> None:
        self._pulled = down
        self._update_sda()


def _drives_low(pin: GPIOPin) -> bool:
    return pin.output_enable and not pin.output_value and not pin.output_disable
