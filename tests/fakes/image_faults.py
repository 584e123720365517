"""Faults put into an emulated Pico that runs the real image: in its flash, or into the interpreter as it runs."""

from fakes import interpreter
from host_tools.emulator.chip import MILLISECOND
from host_tools.emulator.pico import Pico
from host_tools.engines import images

KNOWN_HOTP, WRONG_HOTP = b"755224\0", b"755225\0"
LOOK_NANOS = MILLISECOND


def wrong_hotp(pico: Pico) -> None:
    """The self-test's known answer has decayed in the image: HOTP no longer gives it."""
    pico.load(bytes(pico.flash.data).index(KNOWN_HOTP), WRONG_HOTP)


def programs_nothing(pico: Pico) -> None:
    """The flash takes every command, and keeps nothing that is programmed."""
    pico.flash.keeps_programs = False


def runtime_error_at_response(pico: Pico) -> None:
    """Once OK is pressed for the second time, as for a response, the interpreter meets a RuntimeError."""
    (keypad,) = pico.keypads
    okay, seen, was_down = (3, 2), 0, False

    def look() -> None:
        nonlocal seen, was_down
        is_down = okay in keypad.pressed
        seen += is_down and not was_down
        was_down = is_down
        if seen < 2:
            pico.chip.at(pico.chip.nanos + LOOK_NANOS, look)
        else:
            interpreter.raise_soon(pico.chip.mcu, images.find().with_suffix(".elf"))

    pico.chip.at(0, look)
