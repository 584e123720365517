"""What can be wrong with a pin map, or with the files that are made from it."""

from __future__ import annotations

from pathlib import Path


class WiringError(Exception):
    """Base of the errors of this package."""


class PinMapError(WiringError):
    """The board's pins.py can't be wired as it stands; `path` is the file, `reason` what is wrong with it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class UndrawableError(WiringError):
    """The drawing has no way for a wire: display bus and keypad leave the Pico on its left, pins 1 to 20."""

    def __init__(self, terminal: str, pin: int) -> None:
        super().__init__(f"the drawing can't lead {terminal} to pin {pin}: only pins 1 to 20 face that way")
        self.terminal = terminal
        self.pin = pin


class MissingMarkersError(WiringError):
    """The page has no place for the table: `path` lacks one of the two comment lines around it."""

    def __init__(self, path: Path, markers: tuple[str, str]) -> None:
        super().__init__(f"{path} must have the line {markers[0]} and, below it, {markers[1]}")
        self.path = path
        self.markers = markers
