"""Engines by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from host_tools.engines import interpreters
from host_tools.engines.child import ChildEngine, Unit

PROGRAM: Final = interpreters.BOARDS / "simulated" / "main.py"


def open_engine(name: str, unit: Unit, program: Path = PROGRAM) -> ChildEngine:
    """A powered-off engine for `unit` that runs `program`, by default the firmware on the simulated board.

    Raises UnknownEngineError or EngineMissingError.
    """
    interpreter = interpreters.find(name)
    return ChildEngine(name, interpreter.run(program), interpreter.environment, unit)
