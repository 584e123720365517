"""How long a token takes from OK on the PIN until it asks for the challenge, to the cycle, for one PIN after another.

The PIN is typed once; then other digits are written over it in memory, so that nothing else can differ.
"""

import random
from dataclasses import dataclass

from host_tools.emulator.chip import MILLISECOND
from host_tools.emulator.snapshot import Snapshot
from host_tools.engines.keys import position
from sweep.sealed_token import CHALLENGE_SCREEN, PIN, TAP_MS, LostError, SealedToken

LONGEST_MS = 10_000


@dataclass(frozen=True)
class Typed:
    """The moment with the PIN typed and OK going down, and where in SRAM its digits are."""

    moment: Snapshot
    places: tuple[int, ...]


def type_pin(token: SealedToken) -> Typed:
    """Type the PIN, and press OK."""
    token.restore(token.at_pin)
    token.type(list(PIN.decode()))
    token.pico.run(len(PIN) * 2 * TAP_MS + 1500)
    memory = bytes(token.pico.chip.mcu.sram)
    places, place = [], memory.find(PIN)
    while place >= 0:
        places.append(place)
        place = memory.find(PIN, place + 1)
    if not places:
        raise LostError("the digits that were typed are nowhere in memory")
    token.pico.keypads[0].press(*position("OK"))
    return Typed(token.pico.snapshot(), tuple(places))


def pins(seed: int, count: int) -> list[bytes]:
    """PINs of one length: those with most zeros and nines, and others drawn by chance."""
    source = random.Random(seed)
    special = [b"0" * len(PIN), b"9" * len(PIN), b"0" * (len(PIN) - 1) + b"1", PIN]
    drawn = [b"%0*d" % (len(PIN), source.randrange(10 ** len(PIN))) for _ in range(count)]
    return [*special, *drawn][:count]


def moments(token: SealedToken, typed: Typed, pin: bytes) -> tuple[int, ...]:
    """The cycles from OK to the end of each message to the display, up to the challenge. Raises LostError."""
    token.restore(typed.moment)
    chip, display = token.pico.chip, token.engine.display
    for place in typed.places:
        chip.mcu.sram[place : place + len(pin)] = pin
    begun, said = chip.cycles, []
    write = display.write

    def listen(data: bytes) -> None:
        write(data)
        said.append(chip.cycles - begun)

    display.write = listen  # type: ignore[method-assign]  # until the next restore
    if not chip.run_until(
        lambda: CHALLENGE_SCREEN in token.screen().text, LONGEST_MS * MILLISECOND, 20 * MILLISECOND
    ):
        raise LostError(f"it shows {token.screen().text!r}")
    return tuple(said)
