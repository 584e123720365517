"""What a scene is: a screen of the token, and how to get there."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from fakes import units
from host_tools.emulator.pico import Pico
from host_tools.engines.interpreters import BOARDS
from host_tools.engines.unit import Unit
from host_tools.station.conversation import Conversation


@dataclass(frozen=True)
class Scene:
    """A screen: the unit it needs, the script that leads to it, and what must be readable on it.

    `station` is what the station says on the link before the script; `passing` picks the last picture that shows
    this text alone, for screens that are gone when time passes again. `program` has a fault built in, where the screen
    shows one; `fault` puts the same fault into an emulated Pico that runs the real image. `varies` are the lines of
    text, from 0, which are not compared: they name the board, or are drawn by chance. `height` is the panel's;
    `flat` must be readable on a panel of 32 rows.
    """

    name: str
    script: str = ""
    unit: Callable[[Path], Unit] = units.sealed_unit
    program: Path = BOARDS / "simulated" / "main.py"
    shows: tuple[str, ...] = ()
    station: Callable[[Conversation], None] | None = None
    passing: str | None = None
    fault: Callable[[Pico], None] | None = None
    varies: tuple[int, ...] = ()
    height: int = 64
    flat: tuple[str, ...] = ()

    def on_a_flat_panel(self) -> "Scene":
        """The same on 32 rows, which simulated boards alone have: their chance is fixed, and nothing varies."""
        return replace(self, name=f"flat/{self.name}", height=32, shows=self.flat, varies=())


def unit_with(**options: object) -> Callable[[Path], Unit]:
    """Makes a sealed unit with the options of `units.sealed_unit`."""
    return lambda folder: units.sealed_unit(folder, **options)
