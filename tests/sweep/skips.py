"""Glitches: one instruction is skipped, drawn by chance between two moments of a token's day, or each of a stretch.

Whatever is skipped: no response without a PIN that was entered, and USB stays dead.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from host_tools.emulator import glitches
from host_tools.emulator.chip import MILLISECOND
from host_tools.emulator.snapshot import Snapshot
from host_tools.simulator.script import shown_response
from sweep.sealed_token import SealedToken

BOOT_MS, PIN_MS, SLEEP_MS = 700, 1500, 1500
DARK_MS = 35_000  # after which the token sleeps
LONGEST_ROUTINE = 200_000  # instructions, one after the other, in an aimed attack
AFTER_MS = 1500
AIMED_AFTER_MS = 300
KEYS_WITHOUT_A_PIN = ("OK", "1", "OK")


class BrokenInError(AssertionError):
    """A response was shown though nobody had entered the PIN."""


@dataclass(frozen=True)
class Stretch:
    """From `begin`, `cycles` in which an instruction may be skipped; `keys` are pressed meanwhile."""

    name: str
    begin: Snapshot
    cycles: int
    keys: tuple[str, ...]


def stretches(token: SealedToken) -> list[Stretch]:
    """From power-on to the first key, on the PIN screen, and from falling asleep to waking."""
    found = [_measured(token, "boot", token.at_power_on, BOOT_MS, ()), _on_pin_screen(token)]
    token.restore(token.at_pin)
    assert token.pico.chip.run_until(
        lambda: not token.engine.display.glows or not any(token.engine.frame().vlsb()),
        DARK_MS * MILLISECOND,
        100 * MILLISECOND,
    )
    return [*found, _measured(token, "sleep", token.pico.snapshot(), SLEEP_MS, ("C",))]


def _on_pin_screen(token: SealedToken) -> Stretch:
    return _measured(token, "PIN screen", token.at_pin, PIN_MS, KEYS_WITHOUT_A_PIN)


def _measured(
    token: SealedToken, name: str, begin: Snapshot, milliseconds: float, keys: tuple[str, ...]
) -> Stretch:
    token.restore(begin)
    before = token.pico.chip.cycles
    token.type(keys)
    token.pico.run(milliseconds)
    return Stretch(name, begin, token.pico.chip.cycles - before, keys)


def play(token: SealedToken, among: list[Stretch], seed: int, case: int) -> str:
    """The case with that number; returns the stretch's name. Raises EscapeError, BrokenInError."""
    source = random.Random(f"{seed} {case}")
    stretch = among[case % len(among)]
    token.restore(stretch.begin)
    token.type(stretch.keys)
    chip = token.pico.chip
    glitches.run_cycles(chip, source.randrange(stretch.cycles))
    glitches.skip(chip)
    watch(token, AFTER_MS)
    return stretch.name


def watch(token: SealedToken, milliseconds: float) -> None:
    """Let time pass, and see that nothing is given away. Raises EscapeError, BrokenInError."""
    seen = b""
    for _ in range(int(milliseconds / 50)):
        token.pico.run(50)
        frame = token.engine.frame().vlsb()
        if frame != seen:
            seen = frame
            if shown_response(token.screen()) is not None:
                raise BrokenInError(f"it shows {token.screen().large!r}")
    token.check_closed()


def executed_from(token: SealedToken, prepare: Callable[[], None], stop: int) -> list[int]:
    """The addresses of the instructions that are executed after `prepare`, up to the one at `stop` or a restart."""
    prepare()
    chip, begun = token.pico.chip, token.resets
    executed: list[int] = []
    while token.resets == begun and len(executed) < LONGEST_ROUTINE:
        address = int(chip.mcu.core.registers[15]) & ~1
        if address == stop:
            break
        executed.append(address)
        glitches.run_instructions(chip, 1)
    return executed


def aimed(token: SealedToken, prepare: Callable[[], None], stop: int) -> int:
    """Skip each of these instructions, when it is executed for the first time and for the last; returns how often.

    Raises EscapeError, BrokenInError.
    """
    executed = executed_from(token, prepare, stop)
    places = sorted({executed.index(address) for address in executed} | set(_last_places(executed)))
    for place in places:
        prepare()
        glitches.run_instructions(token.pico.chip, place)
        glitches.skip(token.pico.chip)
        watch(token, AIMED_AFTER_MS)
    return len(places)


def _last_places(executed: list[int]) -> list[int]:
    return list({address: place for place, address in enumerate(executed)}.values())
