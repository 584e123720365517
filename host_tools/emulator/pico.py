"""A Raspberry Pi Pico: the chip, its flash, a USB socket, and whatever is wired to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from host_tools.emulator import adc, i2c, keypad, nor_flash, oscillator, snapshot, uart, uf2, usb_host
from host_tools.emulator.chip import MILLISECOND, Chip
from host_tools.emulator.errors import OtherBoardError
from host_tools.emulator.i2c_bus import I2CDevice
from host_tools.emulator.keypad import Keypad
from host_tools.emulator.snapshot import Snapshot

FLASH_BYTES: Final = 2 << 20
UID: Final = bytes.fromhex("e66058388340a02f")
I2C_PINS: Final = {
    0: (4, 5),
    1: (6, 7),
}  # SDA and SCL, where MicroPython and the SDK look for them by default


class Pico:
    """An emulated board; made without power, with a blank flash and no cable in its socket.

    `uid` is the flash chip's unique id of 8 bytes; `seed` decides about all that is random on a real board; `loop`
    is Chip's. Raises what its parts raise.
    """

    def __init__(
        self, *, uid: bytes = UID, seed: int = 0, flash_bytes: int = FLASH_BYTES, loop: str | None = None
    ) -> None:
        self.chip = Chip(seed=seed, loop=loop)
        mcu = self.chip.mcu
        self.flash = nor_flash.install(mcu, uid, flash_bytes, seed)
        self.usb = usb_host.install(mcu)
        self.oscillator = oscillator.install(mcu, oscillator.Good(seed))
        self.uarts = uart.install(mcu)
        self.adc = adc.install(mcu, seed)
        self._seed = seed
        self._buses: dict[tuple[int, int], i2c.Bus] = {}
        self.keypads: list[Keypad] = []
        self.chip.on_reset.append(self._after_reset)
        self.chip.is_idle = self._is_idle

    def load_uf2(self, path: str | Path) -> None:
        """Write an image into the flash, as the boot loader does; raises NotAnImageError, OutsideFlashError."""
        for offset, data in uf2.read(Path(path)):
            self.load(offset, data)

    def load(self, offset: int, data: bytes) -> None:
        """Put `data` into the flash at `offset`, whatever was there; raises OutsideFlashError."""
        self.flash.write(offset, data)

    @property
    def powered(self) -> bool:
        """Whether the board has power."""
        return self.chip.powered

    def power_on(self) -> None:
        """Give the board power, and boot it; nothing happens if it has. A board without an image does nothing."""
        if not self.powered:
            self.flash.power_on()
            self.chip.power_cycle()

    def power_off(self) -> None:
        """Take the power away; only the flash keeps its content."""
        if self.powered:
            self.flash.power_off()
            self.chip.power_off()

    def reset(self) -> None:
        """Press and let go of a button between RUN and ground."""
        self.chip.reset()

    def run(self, milliseconds: float) -> None:
        """Let emulated time pass."""
        self.chip.run_for(milliseconds * MILLISECOND)

    def attach_i2c(self, bus: int, device: I2CDevice, pins: tuple[int, int] | None = None) -> None:
        """Wire a device to controller `bus`, by default at the pins (SDA, SCL) that firmware expects it at.

        Raises AddressInUseError, ValueError for pins or a controller that the chip has not.
        """
        if bus not in I2C_PINS:
            raise ValueError(f"the chip has no I²C controller {bus}")
        place = pins or I2C_PINS[bus]
        if i2c.controller_of(*place) != bus:
            raise ValueError(f"GPIO {place[0]} and {place[1]} lead to the other I²C controller, not to {bus}")
        if place not in self._buses:
            self._buses[place] = i2c.install(self.chip.mcu, *place)
        self._buses[place].attach(device)

    def attach_keypad(self, rows: Sequence[int], columns: Sequence[int], bounce_ms: float = 4.0) -> Keypad:
        """Wire a key matrix to GPIOs. Raises ValueError if one is named twice or is not there."""
        pad = keypad.install(self.chip.mcu, rows, columns, bounce_ms, self._seed)
        self.keypads.append(pad)
        return pad

    def plug_usb(self) -> None:
        """Connect the socket to a computer that is running."""
        self.usb.plug()

    def unplug_usb(self) -> None:
        """Pull that cable; the board is powered from elsewhere."""
        self.usb.unplug()

    def snapshot(self) -> Snapshot:
        """All that the board is at this moment: memories, registers, time, what is wired to it and plugged in.

        Devices of any class take part, by their attributes, or as KeepsItself of snapshot_parts.py. What only
        listens is left out, as are files and the program at the other end of the cable. Raises ReentryError when
        called from a callback, UnknownPartError.
        """
        self.chip.require_rest()
        return snapshot.take(self)

    def restore(self, kept: Snapshot) -> None:
        """Be as at the moment of that snapshot, in all that happens from now on, to the cycle.

        What was connected or attached since is so no more. Raises OtherBoardError, and ReentryError when called
        from a callback.
        """
        self.chip.require_rest()
        if kept.board is not self:
            raise OtherBoardError
        snapshot.put_back(kept)

    def _is_idle(self) -> bool:
        return not self.flash.polled

    def _after_reset(self) -> None:
        """A chip reset changes pads and peripherals without telling anyone."""
        self.flash.reset()
        for bus in self._buses.values():
            bus.refresh()
        for pad in self.keypads:
            pad.refresh()
