"""The single-cycle I/O block with a hardware divider that divides, and its fast registers in one array.

The cured fault: rp2040py's divider keeps fractions, takes the sign of a dividend over a divisor of zero for granted,
and adds eight cycles to the processor's count, though the processor goes on meanwhile and no time passes.

Source: RP2040 data sheet, sections 2.3.1.3 (spin locks), 2.3.1.5 (integer divider).
"""

from __future__ import annotations

import array
from typing import TYPE_CHECKING, Final

from rp2040py.sio import RPSIO

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

# The places in `words`; host_tools/emulator/fast/thumb.pyx has the same.
SPIN_LOCK, DIVIDEND, DIVISOR, QUOTIENT, REMAINDER, CSR = range(6)
_READY_AND_DIRTY: Final = 0b11
_WORD: Final = 0xFFFFFFFF


def _signed(word: int) -> int:
    return word - (1 << 32) if word >> 31 else word


def divide(dividend: int, divisor: int, signed: bool) -> tuple[int, int]:
    """Quotient and remainder, words all, as the hardware divider has them; towards zero if `signed`.

    Over zero the quotient is -1, or 1 if the dividend is negative, and the remainder is the dividend.
    """
    if signed:
        dividend, divisor = _signed(dividend), _signed(divisor)
    if divisor == 0:
        return (1 if dividend < 0 else _WORD), dividend & _WORD
    quotient = abs(dividend) // abs(divisor)
    if (dividend < 0) != (divisor < 0):
        quotient = -quotient
    return quotient & _WORD, (dividend - quotient * divisor) & _WORD


def _word(index: int) -> property:
    def get(sio: Sio) -> int:
        return sio.words[index]

    def put(sio: Sio, value: int) -> None:
        sio.words[index] = value & _WORD

    return property(get, put)


class Sio(RPSIO):
    """The block with the registers that the run loop reads and writes by itself in `words`."""

    spin_lock = _word(SPIN_LOCK)
    div_dividend = _word(DIVIDEND)
    div_divisor = _word(DIVISOR)
    div_quotient = _word(QUOTIENT)
    div_remainder = _word(REMAINDER)
    div_csr = _word(CSR)

    def __init__(self, mcu: RP2040) -> None:
        self.words = array.array("I", bytes(4 * 6))
        super().__init__(mcu)

    def update_hardware_divider(self, signed: bool) -> None:
        """Divide what is in the operand registers."""
        words = self.words
        words[QUOTIENT], words[REMAINDER] = divide(words[DIVIDEND], words[DIVISOR], signed)
        words[CSR] = _READY_AND_DIRTY


def install(mcu: RP2040) -> Sio:
    """Put a cured block in the place of the chip's own; to be called before the chip runs."""
    sio = Sio(mcu)
    mcu.sio = sio
    return sio
