"""Disturbs an emulated chip as a fault injector would: an instruction is skipped, or execution goes on elsewhere.

All of it happens between two instructions, while the chip is at rest. A moment is given in cycles that are executed,
which waiting has none of: one of them drawn at random is as likely to be in a short stretch of work as it is long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from host_tools.emulator import faults
from host_tools.emulator.processor import PC

if TYPE_CHECKING:
    from host_tools.emulator.chip import Chip

CYCLE_NANOS: Final = 8.0


class _ReachedError(Exception):
    """Out of a run, before the instruction that was waited for."""


def run_cycles(chip: Chip, count: int, limit_nanos: float = float("inf")) -> bool:
    """Let time pass until `count` more cycles have been executed, to the end of the last instruction.

    Returns whether it came to that within `limit_nanos`; a chip that is locked up, or without power, never does.
    """
    target, end = chip.cycles + count, chip.nanos + limit_nanos
    while chip.cycles < target:
        left = end - chip.nanos
        if left <= 0 or chip.processor.locked_up or not chip.powered:
            return False
        needed = (target - chip.cycles) * CYCLE_NANOS
        if chip.mcu.core.waiting:
            needed = max(chip.clock.nanos_to_next_alarm, CYCLE_NANOS)
        chip.run_for(min(needed, left))
    return True


def run_instructions(chip: Chip, count: int) -> None:
    """Execute `count` instructions, one after the other; for small numbers, since each is a run of its own."""
    for _ in range(count):
        before = chip.cycles
        while chip.cycles == before and not chip.processor.locked_up:
            run_cycles(chip, 1)


def run_to(chip: Chip, address: int, limit_nanos: float) -> bool:
    """Let time pass until the instruction at `address` is about to be executed; returns whether it came to that.

    If it is the next one already, until it is about to be executed again. `address` is Processor.hook's.
    """
    end = chip.nanos + limit_nanos
    if _next(chip) == address:
        chip.run_for(CYCLE_NANOS / 8)

    def reached() -> None:
        raise _ReachedError

    chip.processor.hook(address, reached)
    try:
        while chip.nanos < end:
            chip.run_for(end - chip.nanos)
    except _ReachedError:
        return True
    finally:
        chip.processor.unhook(address)
    return False


def skip(chip: Chip) -> int:
    """Pass over the next instruction, whatever it is, and change nothing else; returns its address."""
    chip.require_rest()
    address = _next(chip)
    width = 4 if faults.is_wide(chip.processor.instruction_at(address)) else 2
    chip.mcu.core.registers[PC] = address + width & 0xFFFF_FFFF
    return address


def redirect(chip: Chip, address: int, registers: Mapping[int, int] | None = None) -> None:
    """Go on at `address`, with other values in some of the sixteen registers, by their numbers."""
    chip.require_rest()
    core: Any = chip.mcu.core
    for number, value in (registers or {}).items():
        core.registers[number] = value & 0xFFFF_FFFF
    core.registers[PC] = address & ~1
    core.waiting = False


def return_at_once(chip: Chip, address: int, value: int | None = None) -> Callable[[], None]:
    """Have the function at `address` do nothing from now on but return, `value` if one is given.

    Returns what ends this.
    """
    core: Any = chip.mcu.core

    def leave() -> None:
        if value is not None:
            core.registers[0] = value & 0xFFFF_FFFF
        core.registers[PC] = core.registers[14] & ~1

    chip.processor.hook(address & ~1, leave)
    return lambda: chip.processor.unhook(address & ~1)


def _next(chip: Chip) -> int:
    return int(chip.mcu.core.registers[PC]) & ~1
