"""Collects the licences of everything that an image contains."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from host_tools.image.errors import IncompleteTreeError
from host_tools.image.places import Places
from host_tools.image.tree import MBEDTLS, TINYUSB, Tree

# What a project calls the file; Debian's source packages carry `copyright` instead.
NAMES: Final = ("LICENSE", "LICENSE.TXT", "LICENSE.txt", "copyright")


def collect(tree: Tree, places: Places, target: Path) -> list[str]:
    """Copy the licences into the folder `target`, one file a component, and return the components' names.

    Raises IncompleteTreeError if one is not found: an image must not be handed out without.
    """
    components = {
        "picodsc": _licence(places.root),
        "micropython": _licence(tree.micropython),
        "pico-sdk": _licence(tree.sdk),
        "tinyusb": _licence(tree.micropython / TINYUSB),
        "mbedtls": _licence(tree.micropython / MBEDTLS),
        **_drivers(places.device_libraries),
    }
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name, path in components.items():
        shutil.copyfile(path, target / f"{name}.txt")
    return sorted(components)


def _licence(folder: Path, names: Iterable[str] = NAMES) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise IncompleteTreeError(folder, [NAMES[0]], "without its licence nothing of it can be handed on")


def _drivers(libraries: Path) -> dict[str, Path]:
    """The licence of each driver's distribution, by the distribution's name."""
    found = {}
    for folder in libraries.glob("*.dist-info"):
        name = folder.name.partition("-")[0].replace("_", "-")
        found[name] = _licence(folder / "licenses")
    if not found:
        raise IncompleteTreeError(libraries, ["*.dist-info"], "run 'make setup'")
    return found
