"""Builds MicroPython for a Pico as its makers hand it out: what `make deploy` is tested on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from host_tools.image import pins, port, toolchain, tree, uf2, workfolder
from host_tools.image.board import FLASH_START
from host_tools.image.places import Places

# The makers' manifest takes modules from a library that the sources are without; these are the port's own.
MANIFEST: Final = 'freeze("$(PORT_DIR)/modules")\n'


def image(places: Places) -> Path:
    """The UF2 image, built unless it is there from these very sources. Raises ImageError's sub-classes."""
    toolchain.require_cross()
    sources = tree.chosen(pins.read(places.pins), places.work / "sources")
    folder = places.root / "build" / "stock"
    target, stamp = folder / "stock.uf2", folder / "made-from"
    facts = (
        f"{sources.identity}\n{toolchain.compiler_version()}\n{sorted(port.DEFINITIONS.items())}\n{MANIFEST}"
    )
    if target.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == facts:
        return target
    with workfolder.prepared(folder, (facts, sources.micropython, sources.sdk), port.BY_AGE):
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
    definitions = {"MICROPY_BOARD": "RPI_PICO", "MICROPY_FROZEN_MANIFEST": str(manifest)}
    return port.compiled("stock MicroPython", sources, folder, definitions, {}) / "firmware.bin"
