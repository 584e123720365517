"""Pin map, table, drawing and Wokwi diagram say the same."""

import json
import re
import shutil
from pathlib import Path

import pytest

from host_tools.wiring import __main__ as program
from host_tools.wiring import pin_map, table
from host_tools.wiring.connections import wires
from host_tools.wiring.errors import MissingMarkersError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def tree(tmp_path):
    """A copy of the pin map and of everything that is made from it."""
    for path in (program.PINS, program.DRAWING, program.DIAGRAM, program.GUIDE):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def move_a_row(tree: Path) -> None:
    pins = tree / program.PINS
    pins.write_text(pins.read_text().replace("(6, 7, 8, 9)", "(6, 7, 8, 14)"))


def test_what_is_in_the_tree_was_made_from_its_pin_map():
    assert program.stale(ROOT, program.generated(ROOT)) == []


def test_a_moved_wire_is_found_in_all_three_files_until_they_are_made_again(tree, capsys):
    move_a_row(tree)
    assert program.main(["--check"], tree) == 1
    said = capsys.readouterr().err
    assert all(str(path) in said for path in (program.DRAWING, program.DIAGRAM, program.GUIDE))
    assert program.main([], tree) == 0
    assert program.main(["--check"], tree) == 0
    assert "| 19 | GP14 | yellow | keypad 4: row 4 (R4) |" in (tree / program.GUIDE).read_text()


def test_a_check_writes_nothing(tree):
    move_a_row(tree)
    before = (tree / program.GUIDE).read_bytes()
    program.main(["--check"], tree)
    assert (tree / program.GUIDE).read_bytes() == before


def test_a_missing_file_is_out_of_step(tree):
    (tree / program.DIAGRAM).unlink()
    assert program.main(["--check"], tree) == 1


def test_a_bad_pin_map_is_named_and_nothing_is_written(tree, capsys):
    pins = tree / program.PINS
    pins.write_text(pins.read_text().replace("SDA = 4", "SDA = 3"))
    assert program.main([], tree) == 1
    assert "GPIO 3 can't be SDA" in capsys.readouterr().err


def test_the_table_has_one_line_a_wire_with_the_gpios_of_the_pin_map():
    pins = pin_map.load(ROOT / program.PINS)
    lines = re.findall(r"^\| \d+ \| GP(\d+) \| .* \| (.*) \|$", table.markdown(wires(pins)), re.MULTILINE)
    assert {goal: int(gpio) for gpio, goal in lines} == {
        "display SCL": pins.scl,
        "display SDA": pins.sda,
        **{f"keypad {n}: row {n} (R{n})": gpio for n, gpio in enumerate(pins.rows, 1)},
        **{f"keypad {n + 4}: column {n} (C{n})": gpio for n, gpio in enumerate(pins.columns, 1)},
    }


def test_a_page_without_both_markers_is_refused():
    with pytest.raises(MissingMarkersError, match=r"guide\.md must have the line"):
        table.insert(Path("guide.md"), f"text\n{table.BEGIN}\n", "table")


def test_text_around_the_table_is_kept():
    page = f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n"
    assert (
        table.insert(Path("guide.md"), page, "new\n")
        == f"before\n{table.BEGIN}\n\nnew\n\n{table.END}\nafter\n"
    )


def test_the_wokwi_diagram_has_every_wire_once_and_only_its_own_parts():
    pins = pin_map.load(ROOT / program.PINS)
    diagram = json.loads((ROOT / program.DIAGRAM).read_text())
    parts = {part["id"]: part["type"] for part in diagram["parts"]}
    assert sorted(parts.values()) == ["board-ssd1306", "wokwi-membrane-keypad", "wokwi-pi-pico"]
    ends = {goal: start for start, goal, *_ in diagram["connections"]}
    assert len(ends) == len(diagram["connections"])
    assert ends == {
        "display:GND": "pico:GND.8",
        "display:VCC": "pico:3V3",
        "display:SCL": f"pico:GP{pins.scl}",
        "display:SDA": f"pico:GP{pins.sda}",
        **{f"keypad:R{n}": f"pico:GP{gpio}" for n, gpio in enumerate(pins.rows, 1)},
        **{f"keypad:C{n}": f"pico:GP{gpio}" for n, gpio in enumerate(pins.columns, 1)},
    }
