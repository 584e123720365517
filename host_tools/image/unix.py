"""Builds MicroPython's Unix port from the image's sources: the interpreter that the firmware is tested on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from host_tools.image import pins, port, release, toolchain, tree, workfolder
from host_tools.image.places import Places
from host_tools.image.steps import environment, run

# TLS is in it for the sake of hashlib.sha1, as in the image. The rest would need libraries of the machine.
OPTIONS: Final = {
    "VARIANT": "standard",
    "MICROPY_PY_SSL": "1",
    "MICROPY_SSL_AXTLS": "0",
    "MICROPY_SSL_MBEDTLS": "1",
    "MICROPY_PY_FFI": "0",
    "MICROPY_PY_BTREE": "0",
    "MICROPY_PY_BLUETOOTH": "0",
    "MICROPY_PY_THREAD": "0",
    "FROZEN_MANIFEST": "",
}


def micropython(places: Places) -> Path:
    """The interpreter, built unless it is there already, from these very sources, compiler and options.

    Raises ImageError's sub-classes for tools, sources and steps.
    """
    toolchain.require(toolchain.HOST_TOOLS)
    sources = tree.chosen(pins.read(places.pins), places.work / "sources")
    folder = places.work / "unix"
    facts = f"{sources.identity}\n{toolchain.host_compiler_version()}\n{sorted(OPTIONS.items())}\n"
    stamp = places.micropython.parent / "settings"
    if places.micropython.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == facts:
        return places.micropython
    with workfolder.prepared(folder, (facts, sources.micropython)):
        _compile(sources, folder)
    places.micropython.parent.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    new = places.micropython.with_suffix(".new")
    shutil.copy2(folder / "port" / "micropython", new)
    new.replace(places.micropython)
    stamp.write_text(facts, encoding="utf-8")
    return places.micropython


def _compile(sources: tree.Tree, folder: Path) -> None:
    variables = environment(**release.variables(sources.micropython))
    cross = port.cross_compiler(sources, folder / "mpy-cross")
    unix = sources.micropython / "ports" / "unix"
    command: list[str | Path] = ["make", "-C", unix, f"BUILD={folder / 'port'}", "-j4"]
    command += [f"MICROPY_MPYCROSS={cross}", *(f"{name}={value}" for name, value in OPTIONS.items())]
    run("compiling MicroPython's Unix port", command, folder, folder / "make.log", variables)
