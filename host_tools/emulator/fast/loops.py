"""The loop that executes instructions: ours, compiled for this interpreter, or the one that rp2040py brings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from rp2040py.execute_batch import execute_batch

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

WHEEL: Final = "wheel"
FAST: Final = "fast"


class Runnable(Protocol):
    """What a loop runs: it executes instructions until something sets `stopped`."""

    rp2040: RP2040
    clock: Any
    stopped: bool


Loop = Callable[[Runnable], None]


def run_slowly(machine: Runnable) -> None:
    """rp2040py's own loop, one instruction after the other."""
    execute_batch(cast("Any", machine), 1)


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
