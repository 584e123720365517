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

# Newlib's, relative to the folder that has the compiler in its bin/: Debian's, Arch Linux's, ARM's own archive's.
NEWLIB_NAMES: Final = (
    "share/doc/libnewlib-arm-none-eabi/copyright",
    "share/licenses/arm-none-eabi-newlib/COPYING.NEWLIB",
    "share/doc/gcc-arm-none-eabi/license.txt",
    "license.txt",
)


def collect(tree: Tree, places: Places, target: Path, compiler: Path) -> list[str]:
    """Copy the licences into the folder `target`, one file a component, and return the components' names.

    `compiler` is the cross compiler's program, whose C library is linked into the image.

    Raises IncompleteTreeError if one is not found: an image must not be handed out without.
    """
    components = {
        "picodsc": _licence(places.root),
        "micropython": _licence(tree.micropython),
        "pico-sdk": _licence(tree.sdk),
        "tinyusb": _licence(tree.micropython / TINYUSB),
        "mbedtls": _licence(tree.micropython / MBEDTLS),
        "newlib": _newlib(compiler),
        **_drivers(places.device_libraries),
    }
    target.mkdir(parents=True, exist_ok=True)
    for name, path in components.items():
        # Somebody may be reading: the folder is never empty, nor a file of it half.
        new = target / f".{name}.new"
        shutil.copyfile(path, new)
        new.replace(target / f"{name}.txt")
    for other in target.iterdir():
        if other.name not in {f"{name}.txt" for name in components}:
            other.unlink()
    return sorted(components)


def _licence(folder: Path, names: Iterable[str] = NAMES) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise IncompleteTreeError(folder, [NAMES[0]], "without its licence nothing of it can be handed on")


def _newlib(compiler: Path) -> Path:
    """The licence of the cross compiler's C library, where its makers put it."""
    top = compiler.resolve().parents[1]
    for name in NEWLIB_NAMES:
        if (top / name).is_file():
            return top / name
    raise IncompleteTreeError(
        top,
        [NEWLIB_NAMES[0]],
        "without newlib's licence the image can't be handed on; install its documentation",
    )


def _drivers(libraries: Path) -> dict[str, Path]:
    """The licence of each driver's distribution, by the distribution's name."""
    found = {}
    for folder in libraries.glob("*.dist-info"):
        name = folder.name.partition("-")[0].replace("_", "-")
        found[name] = _licence(folder / "licenses")
    if not found:
        raise IncompleteTreeError(libraries, ["*.dist-info"], "run 'make setup'")
    return found
