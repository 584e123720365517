"""The wiring as a picture: Pico, display and keypad, and every wire between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from host_tools.wiring import display_shape, keypad_shape, pico_header, pico_shape
from host_tools.wiring.connections import DISPLAY, Wire
from host_tools.wiring.errors import UndrawableError
from host_tools.wiring.svg import Point, Svg

WIDTH, HEIGHT = 1200, 920
PAPER, FRAME, INK = "#fbfaf6", "#d9d4c6", "#4d483c"

LEVELS = 42.0  # height of the uppermost of the display's wires, and their distance from each other
LEVEL = 18.0
LANE = 17.0  # distance between wires that run side by side
BUS_LANES = 690.0  # where the display's wires go down to pins on the left
KEYPAD_LANES = 600.0  # where the keypad's wires go up
BEYOND = 1140.0  # where wires go down to pins on the right

TITLE = "Wiring of a picodsc token"


@dataclass(frozen=True)
class Route:
    """A wire and the corners of its way, from the part to the Pico."""

    wire: Wire
    points: tuple[Point, ...]


def draw(wires: Sequence[Wire]) -> str:
    """The SVG file's text. Raises UndrawableError if a pin lies where the drawing has no way to it."""
    ways = routes(wires)
    svg = Svg(WIDTH, HEIGHT, TITLE, _in_words(wires))
    svg.rectangle(1, 1, WIDTH - 2, HEIGHT - 2, 18, fill=PAPER, stroke=FRAME, stroke_width=2)
    display = [wire for wire in wires if wire.part == DISPLAY]
    keypad = [wire for wire in wires if wire.part != DISPLAY]
    display_shape.draw(svg, [wire.terminal for wire in display])
    keypad_shape.draw(svg, [wire.terminal for wire in keypad])
    pico_shape.draw(svg, {wire.pin: wire.colour for wire in wires})
    for route in ways:
        _wire(svg, route)
    for route in ways:
        _tag(svg, route)
    _notes(svg)
    return svg.to_text()


def routes(wires: Sequence[Wire]) -> list[Route]:
    """The way of every wire, parts in their usual order. Raises UndrawableError."""
    display = [wire for wire in wires if wire.part == DISPLAY]
    keypad = [wire for wire in wires if wire.part != DISPLAY]
    ways = [Route(wire, _from_display(place, wire)) for place, wire in enumerate(display)]
    ways += [Route(wire, _from_keypad(number, wire)) for number, wire in enumerate(keypad, 1)]
    return ways


def _from_display(place: int, wire: Wire) -> tuple[Point, ...]:
    """Up from the module's header, across, and down to the pin; the outermost wire has the longest way."""
    start, end = display_shape.pad(place), pico_shape.pad(wire.pin)
    if pico_shape.on_left(wire.pin):
        level = LEVELS + place * LEVEL
        lane = BUS_LANES + (3 - place) * LANE
    else:
        # Supply and ground: the lower pin's wire runs outside, so that they cross only once, at the module.
        outside = wire.pin == pico_header.SUPPLY
        level = LEVELS + (0 if outside else LEVEL)
        lane = BEYOND + (LANE if outside else 0)
    return start, (start[0], level), (lane, level), (lane, end[1]), end


def _from_keypad(number: int, wire: Wire) -> tuple[Point, ...]:
    if not pico_shape.on_left(wire.pin):
        raise UndrawableError(wire.terminal, wire.pin)
    start, end = keypad_shape.pad(number), pico_shape.pad(wire.pin)
    lane = KEYPAD_LANES + number * LANE
    return start, (lane, start[1]), (lane, end[1]), end


def _wire(svg: Svg, route: Route) -> None:
    """A rim and a core over a halo of the paper's colour, which lets the lower wire pass beneath."""
    colour = route.wire.colour
    strokes = ((PAPER, 11.0), (colour.rim, 6.5), (colour.core, 4.5))
    for stroke, width in strokes:
        # The halo ends before the pads, so as not to wipe out what is drawn around them.
        points = _shortened(route.points, 26) if stroke == PAPER else route.points
        svg.line(points, 10, stroke=stroke, stroke_width=width, stroke_linecap="round")


def _shortened(points: Sequence[Point], length: float) -> list[Point]:
    (first, second), (last, previous) = points[:2], (points[-1], points[-2])
    return [_step(first, second, length), *points[1:-1], _step(last, previous, length)]


def _step(start: Point, towards: Point, length: float) -> Point:
    dx, dy = towards[0] - start[0], towards[1] - start[1]
    share = length / (abs(dx) + abs(dy))
    return start[0] + dx * share, start[1] + dy * share


def tag_box(route: Route) -> tuple[float, float, float, float]:
    """Left, top, width and height of the small label that a wire carries beside the Pico."""
    x, y = route.points[-1]
    left = x - 74 if pico_shape.on_left(route.wire.pin) else x + 26
    width = 44 if pico_shape.on_left(route.wire.pin) else 0
    return left, y - 10, width, 20


def _tag(svg: Svg, route: Route) -> None:
    left, top, width, height = tag_box(route)
    if not width:
        return  # the name on the board says it already
    rim = route.wire.colour.rim
    svg.rectangle(left, top, width, height, 10, fill=PAPER, stroke=rim, stroke_width=2)
    centre = (left + width / 2, top + 14.5)
    svg.text(centre, route.wire.terminal, 12.5, "middle", fill=INK, font_weight=700)


def _notes(svg: Svg) -> None:
    def note(x: float, y: float, *lines: str, heading: str) -> None:
        svg.text((x, y), heading, 16, fill=INK, font_weight=700)
        for place, line in enumerate(lines, 1):
            svg.text((x, y + 4 + place * 20), line, 14, fill=INK)

    note(
        410,
        190,
        "Supply and ground have changed",
        "places on some modules: go by",
        "the names printed on yours.",
        heading="Display, 128 × 64",
    )
    note(
        410,
        520,
        "Pin 1 is on the left,",
        "seen from the front.",
        "Here its ribbon is",
        "folded over once.",
        heading="Membrane keypad",
    )
    svg.text((WIDTH - 24, HEIGHT - 22), "seen from above, not to scale", 13, "end", fill="#857f70")


def _in_words(wires: Iterable[Wire]) -> str:
    ways = (
        f"{wire.colour.name} from {wire.part} {wire.terminal} to pin {wire.pin}, {pico_header.name(wire.pin)}"
        for wire in wires
    )
    return f"{'; '.join(ways)}."
