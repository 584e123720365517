"""The chip's I²C controller, with time on the bus and with aborts that firmware notices.

On a bare rp2040py an address that nobody acknowledges leaves firmware waiting for TX_EMPTY, so that MicroPython
raises ETIMEDOUT in place of EIO; the reason of an abort is gone once it was read; bytes take no time; an odd
IC_FS_SPKLEN is not taken; and every controller reaches every device, whatever its pins are set to. The registers
are rp2040py's, what happens between them is this module's.
Source: RP2040 data sheet, section 4.3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from rp2040py.peripherals.i2c import (
    ABORT,
    ABRT_7B_ADDR_NOACK,
    ABRT_TXDATA_NOACK,
    ABRT_USER_ABRT,
    ARB_LOST,
    CMD,
    ENABLE,
    FIRST_DATA_BYTE,
    IC_DATA_CMD,
    IC_ENABLE,
    IC_FS_SPKLEN,
    IC_RAW_INTR_STAT,
    IC_TX_ABRT_SOURCE,
    R_RX_FULL,
    R_START_DET,
    R_STOP_DET,
    R_TX_ABRT,
    R_TX_EMPTY,
    RESTART,
    RPI2C,
    STOP,
    TX_CMD_BLOCK,
    TX_EMPTY_CTRL,
    I2CState,
)

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

    from host_tools.emulator.i2c_bus import Bus

BASES: Final = (0x40044000, 0x40048000)
GPIO_FUNCTION: Final = 3  # I²C among the functions of a pin (section 2.19.2)
BYTE_BITS: Final = 9  # with its acknowledgement


class Controller(RPI2C):
    """One controller, as a master with 7-bit addresses; `buses` are those that its pins may lead to."""

    def __init__(self, mcu: RP2040, bare: RPI2C) -> None:
        super().__init__(mcu, bare.name, bare.irq)
        self.buses: list[Bus] = []
        self._bus: Bus | None = None  # the one of the present transaction
        self._alarm = mcu.clock.create_alarm(self._bits_are_over)
        self._after: Callable[[], None] | None = None  # what follows when the bits on their way are over
        self._command = 0
        self._reading = False
        self._start_anew = False

    def reset(self) -> None:
        """Registers, FIFOs and lines as after a reset; a transaction under way ends."""
        self._alarm.cancel()
        self._after = None
        self._start_anew = False
        if self._bus is not None:
            self._bus.stop()
            self._bus = None
        super().reset()

    @property
    def bit_nanos(self) -> float:
        """How long a bit takes, in nanoseconds: section 4.3.14.1, with edges that take no time."""
        cycles = self.scl_high_period + self._spikelen + 7 + self.scl_low_period + 1
        return cycles * 1e9 / self.rp2040.clk_sys

    def wake(self) -> None:
        """A line that was held may be free again."""
        if self._after is not None and not self._held_up:
            self._bits_are_over()
        else:
            self._next_command()

    def read_uint32(self, offset: int) -> int:
        if offset == IC_RAW_INTR_STAT:  # first, since drivers wait by reading it over and over
            return self.int_raw
        if offset == IC_TX_ABRT_SOURCE:
            return self.abort_source  # rp2040py clears it here; IC_CLR_TX_ABRT does
        value = super().read_uint32(offset)
        if offset == IC_DATA_CMD:
            if self._rx_fifo.item_count > self.rx_threshold:
                self._set_interrupts(R_RX_FULL)
            self._next_command()
        return value

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == IC_DATA_CMD and self.int_raw & R_TX_ABRT:
            return  # the FIFO is kept empty until IC_CLR_TX_ABRT is read
        if offset == IC_FS_SPKLEN:  # rp2040py takes the value's own bit 0 for IC_ENABLE
            if not self.enable & ENABLE:
                self._spikelen = max(1, value & 0xFF)
            return
        if offset != IC_ENABLE:
            super().write_uint32(offset, value)
            self._update_tx_empty()
            return
        if not value & ENABLE:
            self._tx_fifo.reset()
            self._rx_fifo.reset()
            self._clear_interrupts(R_RX_FULL)
            self._start_anew = self._state != I2CState.IDLE
        aborting = (value | self.enable) & ABORT if self._state != I2CState.IDLE else 0
        self.enable = value & (ENABLE | TX_CMD_BLOCK) | aborting
        self._next_command()

    def _next_command(self) -> None:
        """Begin what is next on the bus, unless it is busy, or there is nothing to do."""
        self._update_tx_empty()
        if self._after is not None or (self._state == I2CState.IDLE and self._tx_fifo.empty):
            return
        if self.enable & ABORT:
            self._abort(ABRT_USER_ABRT)
            self._send_stop()
            return
        held_back = self.enable & TX_CMD_BLOCK or not self.enable & ENABLE or self._rx_fifo.full
        if self._tx_fifo.empty or held_back:
            return  # in a transaction, the clock is held low
        command = self._tx_fifo.peek()
        reading = bool(command & CMD)
        addressed = self._state == I2CState.CONNECTED and not self._start_anew and reading == self._reading
        if addressed and not (command & RESTART and not self._first_byte):
            self._shift()
        else:
            self._start(reading)

    def _start(self, reading: bool) -> None:
        if self._state == I2CState.IDLE:
            self._bus, free = self._selected()
            if not free:
                return  # until the lines are high, which `wake` or the next command may find
        self._state = I2CState.CONNECT
        self._reading = reading
        self._start_anew = False
        self._set_interrupts(R_START_DET)
        self._pass_bits(1 + BYTE_BITS, self._address_sent)

    def _address_sent(self) -> None:
        byte = (self.target_address & 0x7F) << 1 | self._reading
        if self._lost(byte):
            return
        if self._bus is not None and self._bus.start(byte):
            self._state = I2CState.CONNECTED
            self._first_byte = True
            self._next_command()
        else:
            self._abort(ABRT_7B_ADDR_NOACK)
            self._send_stop()

    def _shift(self) -> None:
        self._command = self._tx_fifo.pull()
        self._pass_bits(BYTE_BITS, self._byte_read if self._reading else self._byte_written)

    def _byte_written(self) -> None:
        byte = self._command & 0xFF
        if self._lost(byte):
            return
        if self._bus is None or not self._bus.write(byte):
            self._abort(ABRT_TXDATA_NOACK)
            self._send_stop()
            return
        self._byte_done()

    def _byte_read(self) -> None:
        held = self._bus is not None and self._bus.sda_held
        value = 0xFF if self._bus is None else 0 if held else self._bus.read()
        self._push_rx(value | (FIRST_DATA_BYTE if self._first_byte else 0))
        self._byte_done()

    def _byte_done(self) -> None:
        self._first_byte = False
        if self._command & STOP:
            self._send_stop()
        else:
            self._next_command()

    def _send_stop(self) -> None:
        self._state = I2CState.STOP
        self._pass_bits(1, self._stopped)
        self._update_tx_empty()

    def _stopped(self) -> None:
        if self._bus is not None:
            self._bus.stop()
            self._bus = None
        self._state = I2CState.IDLE
        self._start_anew = False
        self.enable &= ~ABORT
        self._set_interrupts(R_STOP_DET)
        self._next_command()

    def _lost(self, byte: int) -> bool:
        """Whether the line was low where this controller left it high: another master, or a fault."""
        if self._bus is None or not self._bus.sda_held or byte == 0:
            return False
        self._bus.stop()
        self._bus = None
        self._state = I2CState.IDLE
        self._abort(ARB_LOST)
        return True

    def _abort(self, reason: int) -> None:
        super()._abort(reason)
        self._rx_fifo.reset()
        self._clear_interrupts(R_RX_FULL)
        self._update_tx_empty()

    def _update_tx_empty(self) -> None:
        """TX_EMPTY as in IC_RAW_INTR_STAT: with TX_EMPTY_CTRL set, not before the last byte is out."""
        shifting = self._after is not None and self._state in (I2CState.CONNECT, I2CState.CONNECTED)
        waits = bool(self.control & TX_EMPTY_CTRL) and shifting
        if self.enable & ENABLE and self._tx_fifo.item_count <= self.tx_threshold and not waits:
            self._set_interrupts(R_TX_EMPTY)
        else:
            self._clear_interrupts(R_TX_EMPTY)

    def _pass_bits(self, bits: int, after: Callable[[], None]) -> None:
        self._after = after
        self._alarm.schedule(bits * self.bit_nanos)
        self._update_tx_empty()

    def _bits_are_over(self) -> None:
        if self._held_up:
            return
        after, self._after = self._after, None
        if after is not None:
            after()

    @property
    def _held_up(self) -> bool:
        return self._bus is not None and self._bus.scl_held

    def _selected(self) -> tuple[Bus | None, bool]:
        """The bus that the pins are set to, None if nothing is wired there; and whether both lines are high."""
        for bus in self.buses:
            if all(self.rp2040.gpio[pin].function_select == GPIO_FUNCTION for pin in (bus.sda, bus.scl)):
                return bus, not (bus.sda_held or bus.scl_held)
        number = self.rp2040.i2c.index(self)
        high = {
            pin.index % 2
            for pin in self.rp2040.gpio
            if pin.function_select == GPIO_FUNCTION and pin.index // 2 % 2 == number and pin.pullup_enabled
        }
        return None, len(high) == 2
