"""The ring oscillator and its random bit, which rp2040py leaves out: there, every read gives ones.

Source: RP2040 data sheet, section 2.17.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from rp2040py.peripherals.peripheral import BasePeripheral

from host_tools.emulator import noise

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

ADDRESS: Final = 0x40060000
CTRL, FREQA, FREQB, DORMANT, DIV, PHASE, STATUS, RANDOMBIT, COUNT = range(0, 0x24, 4)

DISABLE: Final = 0xD1E  # of CTRL.ENABLE; all other values enable
ENABLE: Final = 0xFAB
_RANGES: Final = (0xFA4, 0xFA5, 0xFA6, 0xFA7, 0xAA0)  # of CTRL.FREQ_RANGE
_PASSWORD: Final = 0x9696  # of FREQA and FREQB
_WAKE: Final = 0x77616B65
_STABLE, _BADWRITE, _DIV_RUNNING, _ENABLED = 1 << 31, 1 << 24, 1 << 16, 1 << 12
_MEGAHERTZ: Final = 6.5  # with the settings after power-on

_AT_POWER_ON: Final = {
    CTRL: ENABLE << 12 | 0xAA0,
    FREQA: 0,
    FREQB: 0,
    DORMANT: _WAKE,
    DIV: 0xAA0 + 16,
    PHASE: 8,
}


class Source(Protocol):
    """Where random bits come from: bit `number` (from 0), read at `nanos` of emulated time, is 0 or 1."""

    def bit(self, number: int, nanos: float) -> int: ...


class Good:
    """Independent, even bits; the same for the same seed, number of reads and time."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def bit(self, number: int, nanos: float) -> int:
        return noise.number(self.seed, "ring oscillator", number, int(nanos)) & 1


class Biased:
    """Independent bits of which the part `ones` (0 to 1) are ones."""

    def __init__(self, seed: int, ones: float) -> None:
        self.seed = seed
        self.ones = ones

    def bit(self, number: int, nanos: float) -> int:
        return int(noise.fraction(self.seed, "biased oscillator", number, int(nanos)) < self.ones)


class Stuck:
    """Always the same bit, as of an oscillator that has stopped."""

    def __init__(self, value: int) -> None:
        self.value = value

    def bit(self, number: int, nanos: float) -> int:
        return self.value


class Periodic:
    """The bits of `pattern` again and again, as of an oscillator in step with the reader."""

    def __init__(self, pattern: str) -> None:
        if not pattern or set(pattern) - {"0", "1"}:
            raise ValueError(f"a pattern is made of 0 and 1, not {pattern!r}")
        self.pattern = pattern

    def bit(self, number: int, nanos: float) -> int:
        return int(self.pattern[number % len(self.pattern)])


class Sticky:
    """Even bits that depend on one another: each is the same as the one before with the probability `stays`."""

    def __init__(self, seed: int, stays: float) -> None:
        self.seed = seed
        self.stays = stays
        self._last = 0

    def bit(self, number: int, nanos: float) -> int:
        if noise.fraction(self.seed, "sticky oscillator", number, int(nanos)) >= self.stays:
            self._last ^= 1
        return self._last


class Dying:
    """`source` for so many reads of the oscillator in all, and then always the same bit."""

    def __init__(self, source: Source, reads: int, value: int = 0) -> None:
        self.source = source
        self.reads = reads
        self.value = value

    def bit(self, number: int, nanos: float) -> int:
        return self.source.bit(number, nanos) if number < self.reads else self.value


class RingOscillator(BasePeripheral):
    """The registers of ROSC. `source` may be changed at any time; `reads` counts the random bits taken from it.

    A stopped oscillator keeps its last bit. The frequency settings are kept, and change nothing.
    """

    def __init__(self, mcu: RP2040, source: Source, nanos: Callable[[], float]) -> None:
        super().__init__(mcu, "ROSC")
        self.source = source
        self.reads = 0
        self._nanos = nanos
        self.reset()

    def reset(self) -> None:
        """Registers as after power-on: by power and the RUN pin, by the watchdog if PSM.WDSEL says so."""
        self._registers = dict(_AT_POWER_ON)
        self._bad_write = False
        self._last_bit = 1
        self._count = 0
        self._count_since = 0.0

    @property
    def running(self) -> bool:
        """Whether the oscillator is enabled."""
        return self._registers[CTRL] >> 12 != DISABLE

    def read_uint32(self, offset: int) -> int:
        if offset == RANDOMBIT:
            if self.running:
                self._last_bit = self.source.bit(self.reads, self._nanos())
                self.reads += 1
            return self._last_bit
        if offset == STATUS:
            state = _STABLE | _DIV_RUNNING | _ENABLED if self.running else 0
            return state | (_BADWRITE if self._bad_write else 0)
        if offset == COUNT:
            elapsed = (self._nanos() - self._count_since) / 1000 * _MEGAHERTZ if self.running else 0
            return max(0, self._count - int(elapsed))
        if offset in self._registers:
            return self._registers[offset]
        return super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == STATUS:
            if self.raw_write_value & _BADWRITE:
                self._bad_write = False
        elif offset == COUNT:
            self._count, self._count_since = value & 0xFF, self._nanos()
        elif offset in self._registers:
            self._bad_write |= not _is_valid(offset, value)
            if offset != DORMANT:
                self._registers[offset] = value & 0xFFFFFFFF
            elif value != _WAKE:
                self.warn("the oscillator was told to go dormant; it does not")
        else:
            super().write_uint32(offset, value)


def _is_valid(offset: int, value: int) -> bool:
    if offset == CTRL:
        return value >> 12 in (ENABLE, DISABLE) and value & 0xFFF in _RANGES
    if offset in (FREQA, FREQB):
        return value >> 16 == _PASSWORD
    if offset == DIV:
        return 0xAA0 <= value < 0xAA0 + 32
    return offset != PHASE or value >> 4 == 0xAA


def install(mcu: RP2040, source: Source, nanos: Callable[[], float] | None = None) -> RingOscillator:
    """Give `mcu` a ring oscillator whose random bits come from `source`.

    `nanos` says the emulated time, in nanoseconds; the chip's own clock by default.
    """
    oscillator = RingOscillator(mcu, source, nanos or (lambda: mcu.clock.nanos))
    mcu.peripherals[ADDRESS >> 12] = oscillator
    return oscillator
