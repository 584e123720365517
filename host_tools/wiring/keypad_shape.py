"""The membrane keypad in the drawing, with its ribbon folded to the right and the eight-way connector at its end."""

from __future__ import annotations

from collections.abc import Sequence

from host_tools.wiring.svg import Point, Svg

LEFT, TOP = 100.0, 450.0
KEY, GAP, MARGIN = 52.0, 10.0, 18.0
SIDE = 4 * KEY + 3 * GAP + 2 * MARGIN
KEYS = ("123A", "456B", "789C", "*0#D")

TRACES = 8
PITCH = 17.0
BAND = TRACES * PITCH
RIBBON_LEFT = LEFT + SIDE / 2 - BAND / 2
FOLD_TOP = TOP + SIDE + 26
CONNECTOR_LEFT, CONNECTOR_WIDTH = 430.0, 66.0

FILM, TRACE = "#e4e1d6", "#a7a292"
FILM_BACK = "#d3cfc1"


def pad(number: int) -> Point:
    """Where the wire from the connector's pin 1 to 8 begins."""
    return CONNECTOR_LEFT + CONNECTOR_WIDTH - 7, _trace(number)


def draw(svg: Svg, terminals: Sequence[str]) -> None:
    """The keypad, seen from the front; `terminals` are the names of the connector's pins, from pin 1."""
    _ribbon(svg)
    _connector(svg, terminals)
    svg.rectangle(LEFT, TOP, SIDE, SIDE, 12, fill="#2b2f36", stroke="#14161a", stroke_width=2)
    for row, names in enumerate(KEYS):
        for column, name in enumerate(names):
            x = LEFT + MARGIN + column * (KEY + GAP)
            y = TOP + MARGIN + row * (KEY + GAP)
            fill = "#b8433d" if name in "ABCD*#" else "#3f6fb0"
            svg.rectangle(x, y, KEY, KEY, 8, fill=fill, stroke="#14161a")
            svg.text((x + KEY / 2, y + KEY / 2 + 8), name, 23, "middle", fill="#ffffff", font_weight=600)
    for line in range(4):
        middle = MARGIN + line * (KEY + GAP) + KEY / 2
        svg.text((LEFT - 10, TOP + middle + 5), terminals[line], 13, "end", fill="#6a6457")
        svg.text((LEFT + middle, TOP - 9), terminals[4 + line], 13, "middle", fill="#6a6457")


def _trace(number: int) -> float:
    """The height at which trace 1 to 8 runs to the right."""
    return FOLD_TOP + (number - 0.5) * PITCH


def _ribbon(svg: Svg) -> None:
    """Down from the keypad, folded backwards along a diagonal, so that its rear runs on to the right."""
    right = RIBBON_LEFT + BAND
    edge: dict[str, str | float] = {"stroke": TRACE, "stroke_width": 1}
    svg.polygon(
        [
            (RIBBON_LEFT, FOLD_TOP),
            (CONNECTOR_LEFT + 4, FOLD_TOP),
            (CONNECTOR_LEFT + 4, FOLD_TOP + BAND),
            (right, FOLD_TOP + BAND),
        ],
        fill=FILM_BACK,
        **edge,
    )
    for number in range(1, TRACES + 1):
        y = _trace(number)
        svg.line([(right, y), (CONNECTOR_LEFT, y)], stroke=TRACE, stroke_width=3)
    front = [(RIBBON_LEFT, TOP + SIDE - 10), (right, TOP + SIDE - 10), (right, FOLD_TOP + BAND)]
    svg.polygon([*front, (RIBBON_LEFT, FOLD_TOP)], fill=FILM, **edge)
    for number in range(1, TRACES + 1):
        x = RIBBON_LEFT + (number - 0.5) * PITCH
        svg.line([(x, TOP + SIDE - 10), (x, _trace(number))], stroke=TRACE, stroke_width=3)


def _connector(svg: Svg, terminals: Sequence[str]) -> None:
    svg.rectangle(
        CONNECTOR_LEFT, FOLD_TOP - 8, CONNECTOR_WIDTH, BAND + 16, 5, fill="#2b2f36", stroke="#14161a"
    )
    for number, terminal in enumerate(terminals, 1):
        y = _trace(number)
        svg.text((CONNECTOR_LEFT + 10, y + 4), str(number), 11, fill="#a8aeb6")
        svg.text((CONNECTOR_LEFT + 24, y + 4.5), terminal, 12, fill="#ffffff", font_weight=700)
        svg.rectangle(CONNECTOR_LEFT + CONNECTOR_WIDTH - 14, y - 5, 10, 10, 2, fill="#0d0e10")
