"""Where the firmware's image lies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from dsc.version import VERSION
from host_tools.engines.errors import EngineMissingError
from host_tools.engines.interpreters import ROOT

RP2040: Final = "rp2040"
IMAGE: Final = ROOT / "dist" / f"picodsc-pico-{VERSION}.uf2"


def find() -> Path:
    """The UF2 image for a Pico: $PICODSC_IMAGE, else what `make firmware` made. Raises EngineMissingError."""
    chosen = os.environ.get("PICODSC_IMAGE")
    if chosen:
        if Path(chosen).is_file():
            return Path(chosen)
        raise EngineMissingError(RP2040, f"PICODSC_IMAGE names {chosen}, which is no file")
    if not IMAGE.is_file():
        raise EngineMissingError(
            RP2040, "there is no image; run 'make firmware', or set PICODSC_IMAGE to one"
        )
    return IMAGE
