"""The display module in the drawing, with its four pins in the order of `terminals`."""

from __future__ import annotations

from collections.abc import Sequence

from host_tools.fonts.art import LIT, load
from host_tools.wiring.svg import Point, Svg

LEFT, TOP = 120.0, 128.0
WIDTH, HEIGHT = 256.0, 250.0
PITCH = 40.0
COLUMNS, ROWS = 128, 64
PIXEL = 1.75
LIGHT = "#8fe3ff"


def pad(place: int) -> Point:
    """Where the wire to the pin at `place` (0 to 3 from the left) ends."""
    return LEFT + WIDTH / 2 + (place - 1.5) * PITCH, TOP + 16


def draw(svg: Svg, terminals: Sequence[str]) -> None:
    """The module, seen from the front, header upwards."""
    svg.rectangle(LEFT, TOP, WIDTH, HEIGHT, 12, fill="#234a86", stroke="#152f59", stroke_width=2)
    for x in (LEFT + 18, LEFT + WIDTH - 18):
        for y in (TOP + 18, TOP + HEIGHT - 18):
            svg.circle((x, y), 8, fill="#fbfaf6", stroke="#dcb45a", stroke_width=3)
    for place, terminal in enumerate(terminals):
        x, y = pad(place)
        svg.circle((x, y), 8, fill="#dcb45a")
        svg.circle((x, y), 4, fill="#fbfaf6")
        svg.text((x, y + 25), terminal, 13, "middle", fill="#ffffff", font_weight=700)
    _screen(svg, LEFT + (WIDTH - COLUMNS * PIXEL) / 2, TOP + 62)
    svg.text((LEFT + WIDTH / 2, TOP + HEIGHT - 15), "SSD1306  ·  0x3C", 13, "middle", fill="#cfdcf2")


def _screen(svg: Svg, left: float, top: float) -> None:
    svg.rectangle(left - 8, top - 8, COLUMNS * PIXEL + 16, ROWS * PIXEL + 36, 4, fill="#111316")
    _words(svg, "PIN>", LEFT + WIDTH / 2, top + 20 * PIXEL, 7)


def _words(svg: Svg, words: str, centre: float, top: float, pixel: float) -> None:
    """Words in the token's own small font, one rectangle a run of lit pixels."""
    font = load("small")
    left = centre - len(words) * font.width * pixel / 2
    for character in words:
        for row, pixels in enumerate(font.glyphs[character]):
            column = 0
            while column < len(pixels):
                run = len(pixels[column:]) - len(pixels[column:].lstrip(LIT))
                if run:
                    corner = (left + column * pixel, top + row * pixel)
                    svg.rectangle(*corner, run * pixel, pixel, fill=LIGHT, shape_rendering="crispEdges")
                column += run or 1
        left += font.width * pixel
