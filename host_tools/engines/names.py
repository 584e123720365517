"""The engines' names, and whether what each needs is there."""

from __future__ import annotations

from typing import Final

from host_tools.engines import images, interpreters
from host_tools.engines.errors import UnknownEngineError

NAMES: Final = (*interpreters.NAMES, images.RP2040)


def check(name: str) -> None:
    """Raise UnknownEngineError for a name that is none, EngineMissingError if that engine can't be started here."""
    if name not in NAMES:
        raise UnknownEngineError(name, NAMES)
    if name == images.RP2040:
        images.find()
    else:
        interpreters.find(name)
