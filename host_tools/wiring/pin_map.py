"""Reads a board's `pins.py` as data, without importing the boards, and refuses what can't be wired."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from host_tools.wiring import pico_header
from host_tools.wiring.errors import PinMapError

LINES = 4  # rows, and columns, of the keypad


@dataclass(frozen=True)
class PinMap:
    """GPIO numbers of a board: the display's bus, the keypad's rows from the top and columns from the left."""

    i2c_id: int
    sda: int
    scl: int
    i2c_hz: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    led: int


def load(path: Path) -> PinMap:
    """The pin map in `path`.

    Raises PinMapError if a constant is missing, of the wrong kind, on no pin of the header, used twice, or if the
    bus's pins can't carry that I²C controller (RP2040 data sheet, section 1.4.3).
    """
    constants = _constants(path)
    pins = PinMap(
        i2c_id=_number(path, constants, "I2C_ID"),
        sda=_number(path, constants, "SDA"),
        scl=_number(path, constants, "SCL"),
        i2c_hz=_number(path, constants, "I2C_HZ"),
        rows=_numbers(path, constants, "ROWS"),
        columns=_numbers(path, constants, "COLUMNS"),
        led=_number(path, constants, "LED"),
    )
    _check(path, pins)
    return pins


def _constants(path: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for statement in ast.parse(path.read_text(encoding="utf-8"), str(path)).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            try:
                found[statement.targets[0].id] = ast.literal_eval(statement.value)
            except ValueError:
                raise PinMapError(path, f"line {statement.lineno} is no plain constant") from None
    return found


def _number(path: Path, constants: dict[str, object], name: str) -> int:
    value = constants.get(name)
    if not isinstance(value, int):
        raise PinMapError(path, f"{name} must be a number, not {value!r}")
    return value


def _numbers(path: Path, constants: dict[str, object], name: str) -> tuple[int, ...]:
    value = constants.get(name)
    if not (isinstance(value, tuple) and len(value) == LINES and all(isinstance(pin, int) for pin in value)):
        raise PinMapError(path, f"{name} must be {LINES} numbers, not {value!r}")
    return value


def _check(path: Path, pins: PinMap) -> None:
    wired = (pins.sda, pins.scl, *pins.rows, *pins.columns)
    for gpio in wired:
        if gpio not in pico_header.PIN_OF_GPIO:
            raise PinMapError(path, f"GPIO {gpio} is on no pin of the header")
        if wired.count(gpio) > 1:
            raise PinMapError(path, f"GPIO {gpio} is used twice")
    if pins.led in wired:
        raise PinMapError(path, f"GPIO {pins.led} is the LED's and can't carry a wire as well")
    # SDA is on even pins and SCL on odd ones; pairs of pins alternate between the two controllers.
    for name, gpio, odd in (("SDA", pins.sda, 0), ("SCL", pins.scl, 1)):
        if gpio % 2 != odd or gpio // 2 % 2 != pins.i2c_id:
            raise PinMapError(path, f"GPIO {gpio} can't be {name} of I2C{pins.i2c_id}")
