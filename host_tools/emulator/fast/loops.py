"""The loop that executes instructions: compiled for this interpreter, or in Python around rp2040py's core."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

    from host_tools.emulator.processor import Processor

WHEEL: Final = "wheel"
FAST: Final = "fast"
CYCLE_NANOS: Final = 8.0


class Runnable(Protocol):
    """What a loop runs: it executes instructions until something sets `stopped`."""

    rp2040: RP2040
    processor: Processor
    clock: Any
    stopped: bool


Loop = Callable[[Runnable], None]


def run_slowly(machine: Runnable) -> None:
    """One instruction after the other, as rp2040py's own loop does it, but for what is a fault or has a hook."""
    core, clock, processor, step = (
        machine.rp2040.core,
        machine.clock,
        machine.processor,
        machine.processor.step,
    )
    blocks = machine.rp2040.pio
    while not machine.stopped:
        if core.waiting:
            before = core.ipsr
            idle = clock.nanos_to_next_alarm
            clock.tick(idle)
            cycles = int(idle / CYCLE_NANOS) or 1
            if core.ipsr not in (0, before):
                processor.entered()
        else:
            cycles = step()
            clock.tick(cycles * CYCLE_NANOS)
        for block in blocks:
            if not block.stopped:
                block.advance(cycles)


def available() -> dict[str, Loop]:
    """The loops that there are, by name, the fastest first."""
    loops: dict[str, Loop] = {}
    try:
        from host_tools.emulator.fast.thumb import run
    except ImportError:
        pass
    else:
        loops[FAST] = run
    loops[WHEEL] = run_slowly
    return loops
