"""Plays a flow on an engine, from a unit that is new."""

from dataclasses import replace
from pathlib import Path

from flows.flow import Flow, FlowPlayer
from flows.units import UNITS
from host_tools.display.frame import Frame
from host_tools.engines.open import open_engine


def played(flow: Flow, engine_name: str, language: int, height: int, folder: Path) -> dict[str, Frame]:
    """All pictures of a flow, on a panel of so many rows."""
    unit = replace(UNITS[flow.unit](folder, language), height=height)
    with open_engine(engine_name, unit) as engine:
        engine.power_on()
        player = FlowPlayer(engine, language)
        player.run(flow)
        return player.taken
