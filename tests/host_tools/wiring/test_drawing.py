"""The drawing leads every wire from its terminal to its pin, and covers no words."""

import itertools
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from host_tools.wiring import display_shape, drawing, keypad_shape, pico_header, pico_shape, pin_map
from host_tools.wiring.connections import DISPLAY, wires
from host_tools.wiring.errors import UndrawableError

ROOT = Path(__file__).parents[3]
SVG = "{http://www.w3.org/2000/svg}"
WIDE = 0.66  # of a letter, in sizes; wider than any usual font has it


@pytest.fixture
def connections():
    return wires(pin_map.load(ROOT / "boards" / "pico" / "pins.py"))


@pytest.fixture
def picture(connections):
    return ET.fromstring(drawing.draw(connections))  # noqa: S314 - our own text


def boxes(picture: ET.Element) -> dict[str, tuple[float, float, float, float]]:
    """Left, top, right and bottom of every text."""
    found = {}
    for number, text in enumerate(picture.iter(f"{SVG}text")):
        x, y, size = (float(text.attrib[name]) for name in ("x", "y", "font-size"))
        width = len(text.text) * size * WIDE
        left = x - {"start": 0, "middle": width / 2, "end": width}[text.attrib["text-anchor"]]
        found[f"{number} {text.text}"] = (left, y - size, left + width, y + size * 0.25)
    return found


def segments(route):
    return itertools.pairwise(route.points)


def meet(segment, box) -> bool:
    (x1, y1), (x2, y2) = segment
    left, top, right, bottom = box
    return min(x1, x2) < right and max(x1, x2) > left and min(y1, y2) < bottom and max(y1, y2) > top


def crossings(routes) -> list[tuple[str, str]]:
    """Pairs of wires that cross, once a crossing."""
    found = []
    for one, other in itertools.combinations(routes, 2):
        for (a, b), (c, d) in itertools.product(segments(one), segments(other)):
            across = (a[0] == b[0]) != (c[0] == d[0])
            box = (min(c[0], d[0]), min(c[1], d[1]), max(c[0], d[0]), max(c[1], d[1]))
            if across and meet((a, b), (box[0] - 0.1, box[1] - 0.1, box[2] + 0.1, box[3] + 0.1)):
                found.append((one.wire.terminal, other.wire.terminal))
    return found


def test_every_wire_runs_from_its_terminal_to_its_pin(connections):
    display = [wire.terminal for wire in connections if wire.part == DISPLAY]
    for route in drawing.routes(connections):
        wire = route.wire
        start = (
            display_shape.pad(display.index(wire.terminal))
            if wire.number is None
            else keypad_shape.pad(wire.number)
        )
        assert route.points[0] == start
        assert route.points[-1] == pico_shape.pad(wire.pin)


def test_wires_run_level_or_plumb_and_stay_on_the_paper(connections):
    for route in drawing.routes(connections):
        for (x1, y1), (x2, y2) in segments(route):
            assert (x1 == x2) != (y1 == y2)
        assert all(20 < x < drawing.WIDTH - 20 and 20 < y < drawing.HEIGHT - 20 for x, y in route.points)


def test_no_wire_runs_over_words(connections, picture):
    for route in drawing.routes(connections):
        for name, box in boxes(picture).items():
            if name.split(" ", 1)[1] != route.wire.terminal:  # its own label it may carry
                assert not any(meet(segment, box) for segment in segments(route)), name


def test_words_do_not_overlap(picture):
    for (one, first), (other, second) in itertools.combinations(boxes(picture).items(), 2):
        apart = (
            first[2] <= second[0] or second[2] <= first[0] or first[3] <= second[1] or second[3] <= first[1]
        )
        assert apart, (one, other)


def test_wires_cross_only_where_the_parts_leave_no_other_way(connections):
    """Display modules count SCL before SDA and ground before supply, the Pico's pins the other way round."""
    assert sorted(crossings(drawing.routes(connections))) == [("GND", "VCC"), ("SCL", "SDA")]


def test_all_40_pins_are_named_and_those_in_use_stand_out(connections, picture):
    texts = [(text.text, text.attrib.get("font-weight")) for text in picture.iter(f"{SVG}text")]
    for pin in range(1, 41):
        assert str(pin) in [words for words, _ in texts]
    for wire in connections:
        assert (pico_header.name(wire.pin), "700") in texts
    unused = {pico_header.name(pin) for pin in range(1, 41)} - {
        pico_header.name(wire.pin) for wire in connections
    }
    assert not any((name, "700") in texts for name in unused)


def test_each_wire_is_drawn_in_the_colour_that_the_table_names(connections, picture):
    drawn = [
        path.attrib["stroke"]
        for path in picture.iter(f"{SVG}path")
        if path.attrib.get("stroke-width") == "4.5"
    ]
    assert drawn == [wire.colour.core for wire in connections]


def test_the_picture_brings_its_own_paper_and_needs_nothing_from_elsewhere(picture):
    paper = picture.find(f"{SVG}rect")
    assert float(paper.attrib["width"]) >= drawing.WIDTH - 2
    assert paper.attrib["fill"] == drawing.PAPER
    tags = {element.tag.removeprefix(SVG) for element in picture.iter()}
    assert tags == {"svg", "title", "desc", "rect", "circle", "path", "text"}


def test_the_description_tells_every_wire(connections, picture):
    told = picture.find(f"{SVG}desc").text
    assert all(f"{wire.part} {wire.terminal} to pin {wire.pin}," in told for wire in connections)


def test_a_keypad_line_on_the_other_side_is_refused(tmp_path):
    pins = tmp_path / "pins.py"
    text = (ROOT / "boards" / "pico" / "pins.py").read_text()
    pins.write_text(text.replace("(6, 7, 8, 9)", "(6, 7, 8, 16)"))
    with pytest.raises(UndrawableError, match="R4 to pin 21"):
        drawing.draw(wires(pin_map.load(pins)))
