"""Engines by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from host_tools.engines import images, interpreters, names
from host_tools.engines.base import Engine
from host_tools.engines.child import ChildEngine
from host_tools.engines.errors import EngineError
from host_tools.engines.unit import Unit

HEIGHT: Final = 64  # of the panel that the image is made for
PROGRAM: Final = interpreters.BOARDS / "simulated" / "main.py"


def open_engine(name: str, unit: Unit, program: Path = PROGRAM) -> Engine:
    """A powered-off engine for `unit` that runs `program`, by default the firmware on the simulated board.

    An image runs nothing but what is in it. Raises UnknownEngineError or EngineMissingError.
    """
    names.check(name)
    if name != images.RP2040:
        interpreter = interpreters.find(name)
        return ChildEngine(name, interpreter.run(program), interpreter.environment, unit)
    if unit.secret is not None:
        raise EngineError(f"engine {name} is a Pico, which keeps no device secret")
    if unit.height != HEIGHT:
        raise EngineError(f"engine {name} runs an image for a panel of {HEIGHT} rows, not {unit.height}")
    if unit.wall is not None:
        raise EngineError(f"engine {name} runs a Pico, which has no clock that goes on without power")
    if program != PROGRAM:
        raise EngineError(f"engine {name} runs its image, and not {program.name}")
    # The emulator takes a moment to load; the other engines should not wait for it.
    from host_tools.engines.rp2040 import PicoEngine

    return PicoEngine(unit, images.find())
