"""The Pico in the drawing: board, USB connector, chip, and 40 named pins."""

from __future__ import annotations

from collections.abc import Mapping

from host_tools.wiring import pico_header
from host_tools.wiring.connections import Colour
from host_tools.wiring.svg import Point, Svg

LEFT, TOP = 830.0, 120.0
WIDTH = 274.0
PITCH = 34.0
PINS_A_SIDE = 20
HEIGHT = (PINS_A_SIDE - 1) * PITCH + 56
CENTRE = LEFT + WIDTH / 2

GOLD, HOLE = "#dcb45a", "#fbfaf6"
SILK, FAINT = "#ffffff", "#c3dccd"


def on_left(pin: int) -> bool:
    """Whether a pin lies on the left side, where 1 to 20 are."""
    return pin <= PINS_A_SIDE


def pad(pin: int) -> Point:
    """Where the wire to `pin` (1 to 40) ends."""
    place = pin if on_left(pin) else 2 * PINS_A_SIDE + 1 - pin
    return (LEFT + 4 if on_left(pin) else LEFT + WIDTH - 4), TOP + 28 + (place - 1) * PITCH


def draw(svg: Svg, used: Mapping[int, Colour]) -> None:
    """The board; the pins in `used` are brought out."""
    svg.rectangle(LEFT, TOP, WIDTH, HEIGHT, 14, fill="#1f7a4d", stroke="#14553a", stroke_width=2)
    _connector(svg)
    _chip(svg)
    for pin in range(1, len(pico_header.NAMES) + 1):
        _pin(svg, pin, used.get(pin))


def _connector(svg: Svg) -> None:
    svg.rectangle(CENTRE - 43, TOP - 18, 86, 66, 6, fill="#d3d7dc", stroke="#8e959d", stroke_width=1.5)
    svg.rectangle(CENTRE - 30, TOP - 10, 60, 6, 3, fill="#9aa1a9")
    svg.text((CENTRE, TOP + 26), "USB", 14, "middle", fill="#4a5058", font_weight=600)
    svg.rectangle(CENTRE - 31, TOP + 92, 22, 28, 3, fill="#d3d7dc", stroke="#8e959d")
    svg.circle((CENTRE - 20, TOP + 106), 7, fill="#ffffff", stroke="#8e959d")
    svg.text((CENTRE - 20, TOP + 136), "BOOTSEL", 10.5, "middle", fill=SILK)


def _chip(svg: Svg) -> None:
    middle = TOP + HEIGHT / 2
    svg.rectangle(CENTRE - 43, middle - 43, 86, 86, 4, fill="#22262b", stroke="#0e1012")
    svg.circle((CENTRE - 33, middle - 33), 3, fill="#565c64")
    svg.text((CENTRE, middle + 5), "RP2040", 14, "middle", fill="#e6e8ea", font_weight=600)
    svg.text((CENTRE, middle + 94), "Raspberry", 13, "middle", fill=SILK, font_weight=600)
    svg.text((CENTRE, middle + 112), "Pi Pico", 13, "middle", fill=SILK, font_weight=600)
    for place in (-1, 0, 1):
        svg.circle((CENTRE + place * 26, TOP + HEIGHT - 22), 7, fill=GOLD)
        svg.circle((CENTRE + place * 26, TOP + HEIGHT - 22), 3, fill=HOLE)


def _pin(svg: Svg, pin: int, colour: Colour | None) -> None:
    x, y = pad(pin)
    inwards, anchor = (1, "start") if on_left(pin) else (-1, "end")
    edge = LEFT if on_left(pin) else LEFT + WIDTH
    svg.rectangle(edge if inwards > 0 else edge - 20, y - 9, 20, 18, 4, fill=GOLD)
    svg.circle((x, y), 5, fill=HOLE if colour is None else colour.core, stroke="#9c7a2c", stroke_width=1)
    number_style: dict[str, str | float] = {"fill": FAINT} if colour is None else {"fill": SILK}
    name_style: dict[str, str | float] = {"fill": FAINT}
    if colour is not None:
        name_style = {"fill": SILK, "font_weight": 700}
    svg.text((edge + inwards * 27, y + 4), str(pin), 11, anchor, **number_style)
    svg.text((edge + inwards * 46, y + 4.5), pico_header.name(pin), 13, anchor, **name_style)
