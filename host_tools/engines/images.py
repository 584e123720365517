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


# What of the tree goes into the image.
SOURCES: Final = (ROOT / "firmware", ROOT / "boards" / "pico")
SOURCE_KINDS: Final = (".py", ".h", ".cmake")


def newer_source(image: Path) -> Path | None:
    """A source that was changed after `image` was made, if `image` is the one that `make firmware` makes."""
    if image != IMAGE:
        return None
    made = image.stat().st_mtime
    files = (path for folder in SOURCES for path in folder.rglob("*") if path.suffix in SOURCE_KINDS)
    return next((path for path in files if path.stat().st_mtime > made), None)


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
