"""Builds a board's image: the same bytes wherever and whenever it is done."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from host_tools.image import fingerprint, frozen, pins, port, release, toolchain, tree, workfolder
from host_tools.image.board import Board
from host_tools.image.errors import ChangedMeanwhileError
from host_tools.image.mark import Mark
from host_tools.image.places import Places
from host_tools.image.version import version

# The folders whose paths are kept out of the image: the tree, and in it the sources and what is compiled.
PLACE_NAMES: Final = ("picodsc", "micropython", "pico-sdk", "build")


@dataclass(frozen=True)
class Built:
    """The compiler's results; `build` is the hash that the image carries, `modules` what is frozen, in order."""

    board: Board
    build: str
    modules: tuple[str, ...]
    folder: Path
    tree: tree.Tree
    compiler: Path

    @property
    def elf(self) -> Path:
        """The program with its symbols."""
        return self.folder / "cmake" / "firmware.elf"

    @property
    def binary(self) -> Path:
        """What goes into flash, from its start."""
        return self.folder / "cmake" / "firmware.bin"

    @property
    def linker_map(self) -> Path:
        """The linker's account of what lies where."""
        return self.folder / "cmake" / "firmware.elf.map"


def image(board: Board, places: Places) -> Built:
    """Build the image of `board`, or what changed of it since the last time.

    Raises ImageError's sub-classes for tools, sources and steps.
    """
    tools = toolchain.require_cross()
    sources = tree.chosen(pins.read(places.pins), places.work / "sources")
    settings = fingerprint.settings_hash(
        [places.board(name) for name in board.folders],
        {
            "sources": sources.identity,
            "compiler": toolchain.compiler_version(),
            "definitions": repr(sorted((port.DEFINITIONS | release.variables(sources.micropython)).items())),
            "flags": " ".join(compiler_flags({Path(name): name for name in PLACE_NAMES}).values()),
        },
    )
    folder = places.work / board.name
    with workfolder.prepared(folder, (settings, sources.micropython, sources.sdk), port.BY_AGE):
        files = _frozen_files(board, places, sources, folder)
        build = fingerprint.build_hash(settings, files)[: fingerprint.DIGITS]
        _write_build_info(folder, Mark(board.name, version(places), build))
        _compile(board, places, sources, folder)
        if fingerprint.build_hash(settings, files)[: fingerprint.DIGITS] != build:
            raise ChangedMeanwhileError(board.name)
    names = tuple(file.name for file in files)
    return Built(board, build, names, folder, sources, tools[toolchain.COMPILER])


def compiler_flags(names: Mapping[Path, str]) -> dict[str, str]:
    """The variables that have the compilers put names, which are no places of this machine, in the place of folders.

    That is in debug information and __FILE__. The last name that fits is taken, so inner folders come last.
    """
    files = [f"-ffile-prefix-map={path}={name}" for path, name in names.items()]
    # gcc 12 does not hand that one on to the assembler.
    assembler = [f"-fdebug-prefix-map={path}={name}" for path, name in names.items()]
    maps = " ".join(files)
    return {"CFLAGS": maps, "CXXFLAGS": maps, "ASMFLAGS": " ".join([*files, *assembler])}


def _frozen_files(board: Board, places: Places, sources: tree.Tree, folder: Path) -> list[frozen.FrozenFile]:
    generated = folder / "generated"
    info = generated / frozen.BUILD_INFO
    if not info.is_file():
        info.parent.mkdir(parents=True, exist_ok=True)
        info.touch()
    return frozen.evaluate(places.board(board.name), sources.micropython, generated)


def _write_build_info(folder: Path, mark: Mark) -> None:
    info = folder / "generated" / frozen.BUILD_INFO
    text = frozen.build_info(mark)
    if info.read_text(encoding="utf-8") != text:
        # MicroPython's tool goes by the age of files, which a change of branches may leave older, or take away.
        shutil.rmtree(folder / "cmake" / "frozen_mpy", ignore_errors=True)
        (folder / "cmake" / "frozen_content.c").unlink(missing_ok=True)
        info.write_text(text, encoding="utf-8")


def _compile(board: Board, places: Places, sources: tree.Tree, folder: Path) -> None:
    definitions = {
        "MICROPY_BOARD": board.name,
        "MICROPY_BOARD_DIR": str(places.board(board.name)),
        "MICROPY_MANIFEST_GENERATED_DIR": str(folder / "generated"),
        "Python3_EXECUTABLE": sys.executable,
    }
    inside = (places.root, sources.micropython, sources.sdk, folder / "cmake")
    flags = compiler_flags(dict(zip(inside, PLACE_NAMES, strict=True)))
    port.compiled("the image", sources, folder, definitions, flags)
