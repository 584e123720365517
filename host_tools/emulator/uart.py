"""The UARTs with a transmitter that takes time and interrupts once, not always.

On a bare rp2040py a byte is out at once, and the transmit interrupt is raised again by whatever touches the UART,
even by the write that clears it: firmware that uses it never gets out of its handler.
Source: RP2040 data sheet, section 4.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rp2040py.peripherals.uart import RPUART, UARTCR, UARTDR, UARTLCR_H, UARTTXINTR
from rp2040py.utils.fifo import FIFO

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

BASES: Final = (0x40034000, 0x40038000)
UARTIFLS: Final = 0x34
_BUSY, _TXFF, _TXFE = 1 << 3, 1 << 5, 1 << 7  # of UARTFR
_DEPTH: Final = 32
_TRIGGERS: Final = (4, 8, 16, 24, 28)  # bytes in the transmit FIFO, by UARTIFLS.TXIFLSEL
_STOP_BITS_2: Final = 1 << 3  # of UARTLCR_H
_PARITY: Final = 1 << 1


class Uart(RPUART):
    """One UART; `sent` holds every byte that left it since it was made, resets included."""

    def __init__(self, mcu: RP2040, bare: RPUART) -> None:
        super().__init__(mcu, bare.name, bare.irq, bare.dreq)
        self._transmit = FIFO(_DEPTH)
        self._shifting: int | None = None  # the byte that is going out
        self._levels = 0x12
        self.on_byte = bare.on_byte
        self.on_baud_rate_change = bare.on_baud_rate_change
        self.sent = bytearray()
        self._byte_out = mcu.clock.create_alarm(self._end_byte)

    def reset(self) -> None:
        """Registers and FIFOs as after a reset; what is on its way is lost."""
        self._byte_out.cancel()
        self._transmit.reset()
        self._shifting = None
        self._levels = 0x12
        super().reset()

    @property
    def flags(self) -> int:
        empty, full = self._transmit.empty, self._transmit.item_count >= self._depth
        state = (_BUSY if self._shifting is not None else 0) | (_TXFF if full else 0)
        return super().flags & ~_TXFE | state | (_TXFE if empty else 0)

    def check_interrupts(self) -> None:
        """Tell the processor; the transmit interrupt is raised by the FIFO running low, and by nothing else."""
        self.rp2040.set_interrupt(self.irq, bool(self._interrupt_status & self._interrupt_mask))

    def read_uint32(self, offset: int) -> int:
        return self._levels if offset == UARTIFLS else super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == UARTDR:
            if self._transmit.item_count < self._depth:  # a full FIFO loses what is written to it
                self._transmit.push(value & 0xFF)
                self._next_byte()
                if self._transmit.item_count > self._trigger:
                    self._interrupt_status &= ~UARTTXINTR
                    self.check_interrupts()
        elif offset == UARTIFLS:
            self._levels = value & 0x3F
        else:
            super().write_uint32(offset, value)
            if offset in (UARTCR, UARTLCR_H):
                self._next_byte()

    @property
    def _depth(self) -> int:
        return _DEPTH if self.fifos_enabled else 1

    @property
    def _trigger(self) -> int:
        if not self.fifos_enabled:
            return 0
        return _TRIGGERS[min(self._levels & 7, len(_TRIGGERS) - 1)]

    @property
    def _byte_nanos(self) -> float:
        line = self._line_ctrl_register
        bits = 2 + self.word_length + bool(line & _STOP_BITS_2) + bool(line & _PARITY)
        return bits * 1e9 / self.baud_rate if self.baud_divider else 0.0

    def _next_byte(self) -> None:
        if self._shifting is not None or self._transmit.empty or not (self.enabled and self.tx_enabled):
            return
        level = self._transmit.item_count
        self._shifting = self._transmit.pull()
        self._byte_out.schedule(self._byte_nanos)
        if level - 1 == self._trigger:  # it has just come down to the trigger level
            self._interrupt_status |= UARTTXINTR
            self.check_interrupts()

    def _end_byte(self) -> None:
        byte, self._shifting = self._shifting, None
        if byte is not None:
            self.sent.append(byte)
            if self.on_byte:
                self.on_byte(byte)
        self._next_byte()


def install(mcu: RP2040) -> list[Uart]:
    """Cure both UARTs of `mcu`; what was connected to them stays so."""
    uarts = [Uart(mcu, bare) for bare in mcu.uart]
    mcu.uart = [*uarts]
    for base, uart in zip(BASES, uarts, strict=True):
        mcu.peripherals[base >> 12] = uart
    return uarts
