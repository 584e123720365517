"""Says which release of MicroPython a tree is, in the place of git and the clock, which its build would ask."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from host_tools.image.errors import IncompleteTreeError

HEADER: Final = "py/mpconfig.h"
# A date that is the same for all builds: 15 April 2025, when 1.25.0 was released.
DATE: Final = "1744675200"


def variables(micropython: Path) -> dict[str, str]:
    """The variables that settle what an image says of its version and date. Raises IncompleteTreeError."""
    path = micropython / HEADER
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    numbers = dict(re.findall(r"^#define MICROPY_VERSION_(\w+) (\d+)$", text, re.MULTILINE))
    try:
        tag = f"v{numbers['MAJOR']}.{numbers['MINOR']}.{numbers['MICRO']}"
    except KeyError as error:
        raise IncompleteTreeError(
            micropython, [f"MICROPY_VERSION_{error.args[0]} in {HEADER}"], "it is no MicroPython"
        ) from None
    if numbers.get("PRERELEASE", "0") != "0":
        tag += "-preview"
    return {"MICROPY_GIT_TAG": tag, "MICROPY_GIT_HASH": "", "SOURCE_DATE_EPOCH": DATE}
