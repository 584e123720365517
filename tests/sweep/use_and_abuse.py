"""A sealed token in use, and in the hands of somebody who tries everything that can be reached from outside."""

import random

from host_tools.emulator.chip import MILLISECOND
from host_tools.engines.keys import position
from host_tools.simulator.script import Player, parse
from sweep.sealed_token import SealedToken

LOGIN = "press 9 0 2 1 0 7 6 3 OK\npress 1 2 3 4 5 7 OK\nread RESPONSE\npress OK\n"
KEYS = ("1", "2", "3", "A", "4", "5", "6", "B", "7", "8", "9", "C", "0", "OK", "D")
POSITIONS = [(row, column) for row in range(4) for column in range(4)]


def use(token: SealedToken, milliseconds: float) -> int:
    """Log in again and again for so long; returns how often."""
    token.restore(token.at_pin)
    chip, said = token.pico.chip, list[str]()
    end = chip.nanos + milliseconds * MILLISECOND
    while chip.nanos < end:
        Player(token.engine, said.append).play(parse(LOGIN + "wait 1s\npress C"))
        token.check_closed()
    token.come_back()
    return len(said)


def abuse(token: SealedToken, milliseconds: float, seed: int) -> dict[str, int]:
    """Do whatever comes to mind for so long; returns how often each was done. Raises EscapeError, LostError."""
    source = random.Random(seed)
    token.restore(token.at_pin)
    chip = token.pico.chip
    done: dict[str, int] = {}
    end = chip.nanos + milliseconds * MILLISECOND
    while chip.nanos < end:
        name = source.choice(list(ABUSES))
        done[name] = done.get(name, 0) + 1
        ABUSES[name](token, source)
        token.check_closed()
    token.stop_typing()
    token.come_back()
    return done


def _random_keys(token: SealedToken, source: random.Random) -> None:
    token.type([source.choice(KEYS) for _ in range(20)], every_ms=source.choice((40, 80, 130)))
    token.pico.run(20 * 80)


def _held_key(token: SealedToken, source: random.Random) -> None:
    token.pico.keypads[0].press(*source.choice(POSITIONS))
    token.pico.run(source.randrange(100, 3000))
    token.stop_typing()


def _all_keys(token: SealedToken, source: random.Random) -> None:
    for place in POSITIONS:
        token.pico.keypads[0].press(*place)
    token.pico.run(source.randrange(100, 2000))
    token.stop_typing()


def _usb(token: SealedToken, source: random.Random) -> None:
    token.pico.unplug_usb()
    token.pico.run(source.randrange(1, 200))
    token.pico.plug_usb()
    token.pico.usb.send(b"\x03\x03\x02\x04\x01")  # Ctrl-C and the other keys of the REPL
    token.pico.run(source.randrange(1, 500))


def _interrupting_bytes(token: SealedToken, source: random.Random) -> None:
    for uart in token.pico.chip.mcu.uart:
        for byte in b"\x03\x03\x04":
            uart.feed_byte(byte)
    token.pico.run(source.randrange(1, 300))


def _run_pin(token: SealedToken, source: random.Random) -> None:
    for _ in range(source.randrange(1, 4)):
        token.pico.reset()
        token.pico.run(source.choice((1, 20, 100, 400, 700)) * source.random())


def _power_cut(token: SealedToken, source: random.Random) -> None:
    token.pico.power_off()
    token.pico.run(source.randrange(1, 100))
    token.engine.display.reset()
    token.pico.power_on()
    token.pico.run(source.choice((5, 100, 400, 700)) * source.random())


def _a_challenge_without_a_pin(token: SealedToken, source: random.Random) -> None:
    token.type(["OK", *"123457", "OK"], every_ms=100)
    token.pico.run(1000)


ABUSES = {
    "random keys": _random_keys,
    "a key held": _held_key,
    "all keys": _all_keys,
    "USB plugged": _usb,
    "Ctrl-C on the UARTs": _interrupting_bytes,
    "RUN": _run_pin,
    "power cuts": _power_cut,
    "a challenge without a PIN": _a_challenge_without_a_pin,
}
assert {position(key) for key in KEYS} <= set(POSITIONS)
