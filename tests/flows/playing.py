"""Plays a flow on an engine, from a unit that is new."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flows.flow import Flow, FlowPlayer
from flows.units import UNITS
from host_tools.display.frame import Frame
from host_tools.emulator.pico import Pico
from host_tools.engines.open import open_engine


def played(
    flow: Flow,
    engine_name: str,
    language: int,
    height: int,
    folder: Path,
    watch: Callable[[Pico], None] | None = None,
) -> dict[str, Frame]:
    """All pictures of a flow, on a panel of so many rows; `watch` is given the emulated Pico before it has power."""
    unit = replace(UNITS[flow.unit](folder, language), height=height)
    with open_engine(engine_name, unit) as engine:
        if watch:
            engine.on_wired.append(watch)
        engine.power_on()
        player = FlowPlayer(engine, language)
        player.run(flow)
        return player.taken
