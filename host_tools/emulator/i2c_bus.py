"""An I²C bus: its two lines, the devices on them, and what chip and devices say to each other.

Source: NXP UM10204, I²C-bus specification, section 3.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from host_tools.emulator.errors import EmulatorError


class I2CDevice(Protocol):
    """What can be attached to a bus. `address` has 7 bits."""

    address: int

    def write(self, data: bytes) -> None:
        """Take all bytes that were acknowledged in one write, at its end (stop, or repeated start)."""

    def read(self, length: int) -> bytes:
        """The next `length` bytes of the answer. A bus asks for one at a time, as the chip may stop any time."""


@runtime_checkable
class ChoosyDevice(Protocol):
    """What a device also has if it does not acknowledge everything."""

    def accepts(self, number: int, byte: int) -> bool:
        """Whether it acknowledges byte `number` of a transaction; number 0 is the address byte, R/W# in bit 0."""


class AddressInUseError(EmulatorError):
    """Another device has this `address` on the bus."""

    def __init__(self, address: int) -> None:
        super().__init__(f"a device with address {address:#04x} is on this bus already")
        self.address = address


class Bus:
    """Two lines with pull-up resistors, as modules bring them, and devices. No general calls, no 10-bit addresses.

    `sda` and `scl` are the GPIOs at which the bus reaches the chip. Set `sda_held` or `scl_held` to short a line
    to ground, as a device does that has lost its place.
    """

    def __init__(self, sda: int, scl: int) -> None:
        self.sda = sda
        self.scl = scl
        self.listeners: list[
            Callable[[], None]
        ] = []  # called when a line is held or let go, and by `refresh`
        self._devices: list[I2CDevice] = []
        self._sda_held = False
        self._scl_held = False
        self._addressed: I2CDevice | None = None
        self._choosy: ChoosyDevice | None = None  # the same one, if it is choosy
        self._received = bytearray()
        self._number = 0

    @property
    def devices(self) -> tuple[I2CDevice, ...]:
        """What is attached, in the order of attachment."""
        return tuple(self._devices)

    def attach(self, device: I2CDevice) -> None:
        """Connect a device, at any time. Raises AddressInUseError."""
        if any(other.address == device.address for other in self._devices):
            raise AddressInUseError(device.address)
        self._devices.append(device)

    def detach(self, device: I2CDevice) -> None:
        """Pull a device off, be it in the middle of a transaction. Raises ValueError if it is not attached."""
        self._devices.remove(device)
        if self._addressed is device:
            self._addressed = None

    @property
    def sda_held(self) -> bool:
        """Whether a fault holds the data line low."""
        return self._sda_held

    @sda_held.setter
    def sda_held(self, held: bool) -> None:
        self._sda_held = held
        self.refresh()

    @property
    def scl_held(self) -> bool:
        """Whether a fault holds the clock line low."""
        return self._scl_held

    @scl_held.setter
    def scl_held(self, held: bool) -> None:
        self._scl_held = held
        self.refresh()

    def refresh(self) -> None:
        """Put the lines' levels on the pins anew: after a chip reset, which changes pads without telling anyone."""
        for call in self.listeners:
            call()

    def start(self, address_byte: int) -> bool:
        """A start or repeated start, and the address byte (R/W# in bit 0): whether it is acknowledged."""
        self.stop()
        self._number = 0
        for device in self._devices:
            if device.address == address_byte >> 1:
                self._choosy = device if isinstance(device, ChoosyDevice) else None
                if self._choosy is None or self._choosy.accepts(0, address_byte):
                    self._addressed = device
        return self._addressed is not None

    def write(self, byte: int) -> bool:
        """A byte from the chip to the addressed device: whether it is acknowledged."""
        self._number += 1
        if self._addressed is None:
            return False
        if self._choosy is not None and not self._choosy.accepts(self._number, byte):
            return False
        self._received.append(byte)
        return True

    def read(self) -> int:
        """A byte from the addressed device to the chip; all ones if no device pulls the line down."""
        return 0xFF if self._addressed is None else self._addressed.read(1)[0]

    def stop(self) -> None:
        """A stop, or what comes to the same: the device gets what was written to it."""
        device, data = self._addressed, bytes(self._received)
        self._addressed = None
        self._received.clear()
        if device is not None and data:
            device.write(data)
