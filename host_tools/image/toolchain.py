"""Finds the programs that the build calls, and says which compiler it is."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from host_tools.image.errors import ToolMissingError
from host_tools.image.steps import environment

# Program: the Debian package that brings it.
HOST_TOOLS: Final = {"gcc": "gcc", "make": "make", "pkg-config": "pkg-config"}
CROSS_TOOLS: Final = {
    "cmake": "cmake",
    "ninja": "ninja-build",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi",
}
# Libraries of the cross compiler, by a file of theirs: it finds them itself, or answers with the bare name.
CROSS_LIBRARIES: Final = {
    "libc_nano.a": "libnewlib-arm-none-eabi",
    "libstdc++_nano.a": "libstdc++-arm-none-eabi-newlib",
}
COMPILER: Final = "arm-none-eabi-gcc"


def require(tools: Mapping[str, str]) -> dict[str, Path]:
    """The paths of `tools`. Raises ToolMissingError naming all that are not there."""
    found = {name: shutil.which(name) for name in tools}
    missing = {name: tools[name] for name, path in found.items() if path is None}
    if missing:
        raise ToolMissingError(missing)
    return {name: Path(path) for name, path in found.items() if path is not None}


def require_cross() -> dict[str, Path]:
    """The paths of all that an image needs, the compiler's libraries included. Raises ToolMissingError."""
    try:
        found = require({**HOST_TOOLS, **CROSS_TOOLS})
        missing: dict[str, str] = {}
    except ToolMissingError as error:
        if COMPILER in error.tools:
            raise ToolMissingError({**error.tools, **CROSS_LIBRARIES}) from None
        found, missing = {}, error.tools
    missing |= {
        name: package for name, package in CROSS_LIBRARIES.items() if not Path(_library(name)).is_absolute()
    }
    if missing:
        raise ToolMissingError(missing)
    return found


def compiler_version() -> str:
    """The cross compiler, its C library and linker in one line, the same on all machines that have the same ones."""
    banner = _ask("--version").splitlines()[0]
    macros = _ask("-E", "-dM", "-include", "_newlib_version.h", "-x", "c", "/dev/null").splitlines()
    newlib = next((line.split('"')[1] for line in macros if line.startswith("#define _NEWLIB_VERSION ")), "?")
    linker = _ask("-Wl,--version").splitlines()[0]
    return f"{banner}, newlib {newlib}, {linker}"


def host_compiler_version() -> str:
    """This machine's own compiler, in one line."""
    done = subprocess.run(["gcc", "--version"], env=environment(), capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout.splitlines()[0]


def _library(name: str) -> str:
    return _ask(f"-print-file-name={name}").strip()


def _ask(*words: str) -> str:
    done = subprocess.run([COMPILER, *words], env=environment(), capture_output=True, text=True, check=True)
    return done.stdout
