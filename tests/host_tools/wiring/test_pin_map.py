"""A pin map is read as data, and one that can't be wired is refused."""

import runpy
from pathlib import Path

import pytest

from host_tools.wiring import pico_header, pin_map
from host_tools.wiring.errors import PinMapError

ROOT = Path(__file__).parents[3]
PINS = ROOT / "boards" / "pico" / "pins.py"


@pytest.fixture
def changed(tmp_path):
    """Loads the Pico's pin map with some text replaced."""

    def load(old: str, new: str) -> pin_map.PinMap:
        text = PINS.read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "pins.py"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return pin_map.load(path)

    return load


def test_what_is_read_is_what_the_firmware_imports():
    imported = runpy.run_path(str(PINS))
    read = pin_map.load(PINS)
    for field, value in vars(read).items():
        assert imported[field.upper()] == value


@pytest.mark.parametrize(
    ("gpio", "pin"),
    [(0, 1), (2, 4), (5, 7), (6, 9), (9, 12), (10, 14), (15, 20), (16, 21), (22, 29), (26, 31), (28, 34)],
)
def test_pins_are_where_the_data_sheet_has_them(gpio, pin):
    assert pico_header.PIN_OF_GPIO[gpio] == pin
    assert pico_header.name(pin) == f"GP{gpio}"


def test_the_header_has_40_pins_and_26_gpios():
    assert len(pico_header.NAMES) == 40
    assert sorted(pico_header.PIN_OF_GPIO) == [*range(23), 26, 27, 28]
    assert [pin for pin in range(1, 41) if pico_header.name(pin).endswith("GND")] == [
        3,
        8,
        13,
        18,
        23,
        28,
        33,
        38,
    ]
    assert pico_header.name(pico_header.SUPPLY) == "3V3(OUT)"
    assert pico_header.name(pico_header.GROUND) == "GND"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("SDA = 4", "SDA = 8", "GPIO 8 is used twice"),
        ("SDA = 4", "SDA = 24", "GPIO 24 is on no pin of the header"),
        ("SDA = 4", "SDA = 14", "GPIO 14 can't be SDA of I2C0"),
        ("SCL = 5", "SCL = 16", "GPIO 16 can't be SCL of I2C0"),
        ("I2C_ID = 0", "I2C_ID = 1", "GPIO 4 can't be SDA of I2C1"),
        ("(6, 7, 8, 9)", "(6, 7, 8)", "ROWS must be 4 numbers"),
        ("(6, 7, 8, 9)", "(6, 7, 8, '9')", "ROWS must be 4 numbers"),
        ("LED = 25", "LED = 13", "GPIO 13 is the LED's"),
        ("LED = 25", "", "LED must be a number"),
        ("SDA = 4", "SDA = int(4)", "is no plain constant"),
    ],
)
def test_a_map_that_cannot_be_wired_is_refused(changed, old, new, reason):
    with pytest.raises(PinMapError, match=reason):
        changed(old, new)


def test_another_map_that_can_be_wired_is_taken(changed):
    assert changed("SDA = 4", "SDA = 0").sda == 0
