"""Plays a flow on an engine, from a unit that is new."""

from pathlib import Path

from flows.flow import Flow, FlowPlayer
from flows.units import UNITS
from host_tools.display.frame import Frame
from host_tools.engines.open import open_engine


def played(flow: Flow, engine_name: str, language: int, folder: Path) -> dict[str, Frame]:
    """All pictures of a flow."""
    unit = UNITS[flow.unit](folder, language)
    with open_engine(engine_name, unit) as engine:
        engine.power_on()
        player = FlowPlayer(engine, language)
        player.run(flow)
        return player.taken
