"""Compiles MicroPython's port for the RP2 chips, as mpy-cross, cmake and ninja do it together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from host_tools.image import release
from host_tools.image.steps import environment, run
from host_tools.image.tree import Tree

# cmake's -D, as far as they are the same for all that is compiled, on every machine.
DEFINITIONS: Final = {
    "CMAKE_BUILD_TYPE": "MinSizeRel",
    "PICO_NO_PICOTOOL": "1",
    "PICO_BUILD_DOCS": "0",
}
# What of a build's folder is made by make and by MicroPython's tool for frozen modules.
BY_AGE: Final = ("mpy-cross", "cmake/frozen_mpy", "cmake/frozen_content.c")


def cross_compiler(sources: Tree, folder: Path) -> Path:
    """mpy-cross, which compiles the frozen modules, built below `folder` from the same sources as the image."""
    command: list[str | Path] = ["make", "-C", sources.micropython / "mpy-cross", f"BUILD={folder}", "-j4"]
    variables = environment(**release.variables(sources.micropython))
    run("building mpy-cross", command, folder.parent, folder.parent / "mpy-cross.log", variables)
    return folder / "mpy-cross"


def compiled(
    what: str, sources: Tree, folder: Path, definitions: Mapping[str, str], flags: Mapping[str, str]
) -> Path:
    """Compile in `folder`, or what changed since the last time; the folder with the results.

    `what` is compiled, for messages; `definitions` go to cmake besides DEFINITIONS, `flags` are variables of the
    compilers. Raises StepFailedError.
    """
    compiler = cross_compiler(sources, folder / "mpy-cross")
    cmake = folder / "cmake"
    variables = environment(**release.variables(sources.micropython), **flags, MICROPY_MPYCROSS=str(compiler))
    port = sources.micropython / "ports" / "rp2"
    configure: list[str | Path] = ["cmake", "-G", "Ninja", "-S", port, "-B", cmake]
    own = {"PICO_SDK_PATH_OVERRIDE": str(sources.sdk)}
    configure += [f"-D{name}={value}" for name, value in {**DEFINITIONS, **own, **definitions}.items()]
    run(f"configuring {what}", configure, folder, folder / "cmake.log", variables)
    run(f"compiling {what}", ["ninja", "-C", cmake], folder, folder / "ninja.log", variables)
    return cmake
