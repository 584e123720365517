"""Bits of a flash that an interrupted operation left in doubt: each look at them may show something else.

A cell that is half programmed or half erased reads as chance has it. Reading through the execute-in-place window asks
nobody, so what such bits read as is drawn anew every LOOK_NANOS: two reads of a page by firmware rarely agree.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from host_tools.emulator import noise

if TYPE_CHECKING:
    from rp2040py.clock.clock import IClock

PAGE: Final = 256
LOOK_NANOS: Final = 50_000.0
WEAK_NANOS: Final = 400e6  # the longest that a weakly erased sector seems to be erased

_ALL: Final = (1 << 8 * PAGE) - 1


class DoubtfulBits:
    """Which bits of `data` are in doubt; draws what they read as, from `power_on` to `power_off`."""

    def __init__(self, data: memoryview, clock: IClock, seed: int) -> None:
        self._data = data
        self._clock = clock
        self._seed = seed
        self._pages: dict[int, int] = {}  # offset of a page: a mask of its bits, the first byte's the highest
        self._weak: set[int] = set()  # those of them that read as erased for a while after the next power-on
        self._seeming: set[int] = set()  # those that do so now
        self._seeming_until = 0.0
        self._power_ons = 0
        self._powered = False
        self._random = random.Random()  # noqa: S311 - seeded at each power-on
        self._alarm = clock.create_alarm(self._look_again)

    def __bool__(self) -> bool:
        return bool(self._pages)

    def masks(self) -> dict[int, int]:
        """Offset of each byte with bits in doubt, and these bits."""
        return {
            page + place: bits
            for page, mask in sorted(self._pages.items())
            for place, bits in enumerate(mask.to_bytes(PAGE, "big"))
            if bits
        }

    def at(self, offset: int, length: int) -> bytes:
        """The mask of the bits in doubt in whole pages from `offset` on."""
        pages = range(offset, offset + length, PAGE)
        return b"".join(self._pages.get(page, 0).to_bytes(PAGE, "big") for page in pages)

    def put(self, offset: int, mask: bytes | bytearray, *, weak: bool = False) -> None:
        """Of whole pages from `offset` on, exactly the bits of `mask` are in doubt from now on."""
        for begin in range(0, len(mask), PAGE):
            page, bits = offset + begin, int.from_bytes(mask[begin : begin + PAGE], "big")
            if bits:
                self._pages[page] = bits
                if weak:
                    self._weak.add(page)
            else:
                self._pages.pop(page, None)
                self._weak.discard(page)
                self._seeming.discard(page)
        self._alarm.cancel()
        if self._powered:
            self._look_again()

    def power_on(self) -> None:
        """From now on bits in doubt are drawn, again and again."""
        self._powered = True
        self._power_ons += 1
        which = [number for entry in sorted(self._pages.items()) for number in entry]
        self._random.seed(noise.number(self._seed, "doubtful bits", self._power_ons, *which))
        self._seeming, self._weak = self._weak, set()
        self._seeming_until = self._clock.nanos + WEAK_NANOS * self._random.random()
        self._look_again()

    def power_off(self) -> None:
        """Nobody reads."""
        self._powered = False
        self._alarm.cancel()

    def _look_again(self) -> None:
        if not self._pages:
            return
        if self._clock.nanos >= self._seeming_until:
            self._seeming.clear()
        for page, mask in self._pages.items():
            shown = _ALL if page in self._seeming else self._random.getrandbits(8 * PAGE)
            kept = int.from_bytes(self._data[page : page + PAGE], "big") & ~mask
            self._data[page : page + PAGE] = (kept | shown & mask).to_bytes(PAGE, "big")
        self._alarm.schedule(LOOK_NANOS)
