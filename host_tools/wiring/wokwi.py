"""The same wiring as a `diagram.json` for the Wokwi simulator."""

from __future__ import annotations

import json
from collections.abc import Iterable

from host_tools.wiring import pico_header
from host_tools.wiring.connections import DISPLAY, KEYPAD, Wire

PICO = "pico"

# Wokwi's names of our parts, and where they lie: pixels from the Pico's upper left corner.
PARTS: tuple[tuple[str, str, int, int, dict[str, str]], ...] = (
    ("wokwi-pi-pico", PICO, 0, 0, {}),
    ("board-ssd1306", DISPLAY, -60, -230, {"i2cAddress": "0x3c"}),
    ("wokwi-membrane-keypad", KEYPAD, 90, -360, {}),
)


def diagram(wires: Iterable[Wire]) -> str:
    """The text of a `diagram.json` with all of `wires`."""
    document = {
        "version": 1,
        "author": "picodsc, by `make wiring` from pins.py",
        "editor": "wokwi",
        "parts": [
            {"type": kind, "id": name, "top": top, "left": left, "attrs": attributes}
            for kind, name, top, left, attributes in PARTS
        ],
        "connections": [
            [f"{PICO}:{pin_name(wire.pin)}", f"{wire.part}:{wire.terminal}", wire.colour.wokwi, []]
            for wire in wires
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def pin_name(pin: int) -> str:
    """Wokwi's name of a pin: grounds are numbered from pin 1 on, and 3V3(OUT) is 3V3."""
    name = pico_header.name(pin)
    if name.endswith("GND"):
        return f"GND.{sum(other.endswith('GND') for other in pico_header.NAMES[:pin])}"
    return name.removesuffix("(OUT)")
