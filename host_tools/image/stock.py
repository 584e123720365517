"""Builds MicroPython for a Pico as its makers hand it out: what `make deploy` is tested on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from host_tools.image import build, pins, release, toolchain, tree, uf2, workfolder
from host_tools.image.board import FLASH_START
from host_tools.image.places import Places
from host_tools.image.steps import environment, run

# The makers' manifest takes modules from a library that the sources are without; these are the port's own.
MANIFEST: Final = 'freeze("$(PORT_DIR)/modules")\n'


def image(places: Places) -> Path:
    """The UF2 image, built unless it is there from these very sources. Raises ImageError's sub-classes."""
    toolchain.require_cross()
    sources = tree.chosen(pins.read(places.pins), places.work / "sources")
    folder = places.root / "build" / "stock"
    target, stamp = folder / "stock.uf2", folder / "made-from"
    facts = (
        f"{sources.identity}\n{toolchain.compiler_version()}\n{sorted(build.DEFINITIONS.items())}\n{MANIFEST}"
    )
    if target.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == facts:
        return target
    with workfolder.prepared(folder, (facts, sources.micropython, sources.sdk), build.BY_AGE):
        stamp.unlink(missing_ok=True)
        binary = _compile(sources, folder)
        new = target.with_suffix(".new")
        new.write_bytes(uf2.encode(binary.read_bytes(), FLASH_START, uf2.RP2040))
        new.replace(target)
        stamp.write_text(facts, encoding="utf-8")
    return target


def _compile(sources: tree.Tree, folder: Path) -> Path:
    """Compiles in `folder`; the program that comes out."""
    manifest = folder / "manifest.py"
    manifest.write_text(MANIFEST, encoding="utf-8")
    cross = build.cross_compiler(sources, folder / "mpy-cross")
    cmake = folder / "cmake"
    variables = environment(**release.variables(sources.micropython), MICROPY_MPYCROSS=str(cross))
    definitions = {
        **build.DEFINITIONS,
        "MICROPY_BOARD": "RPI_PICO",
        "MICROPY_FROZEN_MANIFEST": str(manifest),
        "PICO_SDK_PATH_OVERRIDE": str(sources.sdk),
    }
    configure: list[str | Path] = [
        "cmake",
        "-G",
        "Ninja",
        "-S",
        sources.micropython / "ports" / "rp2",
        "-B",
        cmake,
    ]
    configure += [f"-D{name}={value}" for name, value in definitions.items()]
    run("configuring stock MicroPython", configure, folder, folder / "cmake.log", variables)
    run("compiling stock MicroPython", ["ninja", "-C", cmake], folder, folder / "ninja.log", variables)
    return cmake / "firmware.bin"
