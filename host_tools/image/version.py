"""The version of the firmware in a tree."""

from __future__ import annotations

import re

from host_tools.image.errors import ImageError
from host_tools.image.places import Places


def version(places: Places) -> str:
    """The version of the tree, out of the firmware's own module. Raises ImageError."""
    path = places.root / "firmware" / "dsc" / "version.py"
    found = re.search(r'^VERSION = "([^"]+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ImageError(f"{path} says no VERSION")
    return found[1]
