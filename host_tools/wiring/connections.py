"""Every wire of the token: from which pin of the Pico to which terminal of which part, and in which colour."""

from __future__ import annotations

from dataclasses import dataclass

from host_tools.wiring import pico_header
from host_tools.wiring.pin_map import PinMap

DISPLAY = "display"
KEYPAD = "keypad"


@dataclass(frozen=True)
class Colour:
    """A wire's colour: its name in the table, its name in Wokwi, and how it is drawn, core and rim."""

    name: str
    wokwi: str
    core: str
    rim: str


BLACK = Colour("black", "black", "#3b4048", "#16181c")
RED = Colour("red", "red", "#e04848", "#a32626")
YELLOW = Colour("yellow", "yellow", "#f2c230", "#a88000")
BLUE = Colour("blue", "blue", "#3f86e0", "#22599f")
BROWN = Colour("brown", "brown", "#96633a", "#623d1e")
ORANGE = Colour("orange", "orange", "#f08a35", "#ad5713")
GREEN = Colour("green", "green", "#43aa5b", "#23713a")
VIOLET = Colour("violet", "violet", "#9a63cf", "#653793")
GREY = Colour("grey", "gray", "#9ba1a9", "#666c75")

# Strands 1 to 8 of a rainbow cable: the colour code of resistors, so the colour is the connector's pin number.
RAINBOW = (BROWN, RED, ORANGE, YELLOW, GREEN, BLUE, VIOLET, GREY)


@dataclass(frozen=True)
class Wire:
    """One wire: `pin` of the Pico's header (1 to 40), `part`, and the name of the part's `terminal`.

    `number` is the place in the keypad's connector, `words` what the terminal is; both are empty where the
    terminal's name, printed on the part, says all.
    """

    pin: int
    part: str
    terminal: str
    colour: Colour
    number: int | None = None
    words: str = ""


def wires(pins: PinMap) -> tuple[Wire, ...]:
    """All wires, the display's first, in the usual order of the display module and of the keypad's connector."""
    pin_of = pico_header.PIN_OF_GPIO
    display = (
        Wire(pico_header.GROUND, DISPLAY, "GND", BLACK),
        Wire(pico_header.SUPPLY, DISPLAY, "VCC", RED),
        Wire(pin_of[pins.scl], DISPLAY, "SCL", YELLOW),
        Wire(pin_of[pins.sda], DISPLAY, "SDA", BLUE),
    )
    lines = [("R", "row", line, gpio) for line, gpio in enumerate(pins.rows, 1)]
    lines += [("C", "column", line, gpio) for line, gpio in enumerate(pins.columns, 1)]
    keypad = (
        Wire(pin_of[gpio], KEYPAD, f"{letter}{line}", colour, number, f"{word} {line}")
        for (number, (letter, word, line, gpio)), colour in zip(enumerate(lines, 1), RAINBOW, strict=True)
    )
    return (*display, *keypad)
