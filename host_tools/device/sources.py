"""The firmware as Python files for a stock MicroPython: which files, and under which names on the board."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from host_tools.device.errors import LibrariesMissingError
from host_tools.engines.interpreters import BOARDS, DEVICE_LIBRARIES, FIRMWARE

# For the build, and for the image alone: pico.build_info, which start needs, exists in an image only.
IMAGE_ONLY: Final = ("pico/manifest.py", "pico/start.py")


def collect() -> dict[str, bytes]:
    """Each file's content by its name, relative to where all of them go. Raises LibrariesMissingError."""
    if not (DEVICE_LIBRARIES / "adafruit_ssd1306.py").is_file():
        raise LibrariesMissingError
    return {
        name: path.read_bytes()
        for base, pattern in (
            (FIRMWARE, "dsc/**/*.py"),
            (FIRMWARE / "adapters", "*.py"),
            (BOARDS, "pico/*.py"),
            (DEVICE_LIBRARIES, "adafruit_*.py"),
            (DEVICE_LIBRARIES, "adafruit_bus_device/*.py"),
        )
        for name, path in _files(base, pattern)
        if name not in IMAGE_ONLY
    }


def _files(base: Path, pattern: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(base.glob(pattern)):
        yield path.relative_to(base).as_posix(), path
