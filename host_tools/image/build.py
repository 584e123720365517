"""Compiles a board's image: mpy-cross, cmake, ninja; the same bytes wherever and whenever it is done."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from host_tools.image import fingerprint, frozen, pins, toolchain, tree
from host_tools.image.board import Board
from host_tools.image.places import Places
from host_tools.image.steps import environment, run

# cmake's -D, as far as they are the same on every machine.
DEFINITIONS: Final = {
    "CMAKE_BUILD_TYPE": "MinSizeRel",
    "PICO_NO_PICOTOOL": "1",
    "PICO_BUILD_DOCS": "0",
}
# What MicroPython would ask git and the clock for; the date is that of the release.
VERSION_VARIABLES: Final = {
    "MICROPY_GIT_TAG": "v1.25.0",
    "MICROPY_GIT_HASH": "",
    "SOURCE_DATE_EPOCH": "1744675200",
}


@dataclass(frozen=True)
class Built:
    """The compiler's results; `build` is the hash that the image carries, `modules` what is frozen, in order."""

    board: Board
    build: str
    modules: tuple[str, ...]
    folder: Path
    tree: tree.Tree

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
    toolchain.require_cross()
    sources = tree.chosen(pins.read(places.pins), places.work / "sources")
    settings = fingerprint.settings_hash(
        [places.board(name) for name in board.folders],
        {
            "sources": sources.identity,
            "compiler": toolchain.compiler_version(),
            "definitions": repr(sorted((DEFINITIONS | VERSION_VARIABLES).items())),
        },
    )
    folder = places.work / board.name
    _begin_anew_if_changed(folder, settings)
    files = _frozen_files(board, places, sources, folder)
    build = fingerprint.build_hash(settings, files)[: fingerprint.DIGITS]
    _write_build_info(board, folder, build)
    _compile(board, places, sources, folder)
    return Built(board, build, tuple(file.name for file in files), folder, sources)


def cross_compiler(sources: tree.Tree, folder: Path) -> Path:
    """mpy-cross, which compiles the frozen modules, built below `folder` from the same sources as the image."""
    command: list[str | Path] = ["make", "-C", sources.micropython / "mpy-cross", f"BUILD={folder}", "-j4"]
    run("building mpy-cross", command, folder.parent, folder.parent / "mpy-cross.log", _variables())
    return folder / "mpy-cross"


def _variables(**more: str) -> dict[str, str]:
    return environment(**VERSION_VARIABLES, **more)


def _begin_anew_if_changed(folder: Path, settings: str) -> None:
    """Other sources, flags or compilers: nothing that was compiled before is of use."""
    stamp = folder / "settings"
    if folder.is_dir() and not (stamp.is_file() and stamp.read_text() == settings):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stamp.write_text(settings)


def _frozen_files(board: Board, places: Places, sources: tree.Tree, folder: Path) -> list[frozen.FrozenFile]:
    generated = folder / "generated"
    info = generated / frozen.BUILD_INFO
    if not info.is_file():
        info.parent.mkdir(parents=True, exist_ok=True)
        info.touch()
    return frozen.evaluate(places.board(board.name), sources.micropython, generated)


def _write_build_info(board: Board, folder: Path, build: str) -> None:
    info = folder / "generated" / frozen.BUILD_INFO
    text = frozen.build_info(board.name, build)
    if info.read_text(encoding="utf-8") != text:
        # MicroPython's tool goes by the age of files, which a change of branches may leave older, or take away.
        shutil.rmtree(folder / "cmake" / "frozen_mpy", ignore_errors=True)
        (folder / "cmake" / "frozen_content.c").unlink(missing_ok=True)
        info.write_text(text, encoding="utf-8")


def _compile(board: Board, places: Places, sources: tree.Tree, folder: Path) -> None:
    compiler = cross_compiler(sources, folder / "mpy-cross")
    cmake = folder / "cmake"
    definitions = {
        **DEFINITIONS,
        "MICROPY_BOARD": board.name,
        "MICROPY_BOARD_DIR": str(places.board(board.name)),
        "PICO_SDK_PATH_OVERRIDE": str(sources.sdk),
        "MICROPY_MANIFEST_GENERATED_DIR": str(folder / "generated"),
        "Python3_EXECUTABLE": sys.executable,
    }
    # Debug information and __FILE__ get names that are no places of this machine. The last match wins.
    maps = " ".join(
        f"-ffile-prefix-map={path}={name}"
        for path, name in (
            (places.root, "picodsc"),
            (sources.micropython, "micropython"),
            (sources.sdk, "pico-sdk"),
            (cmake, "build"),
        )
    )
    variables = _variables(CFLAGS=maps, CXXFLAGS=maps, ASMFLAGS=maps, MICROPY_MPYCROSS=str(compiler))
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
    run("configuring the image", configure, folder, folder / "cmake.log", variables)
    run("compiling the image", ["ninja", "-C", cmake], folder, folder / "ninja.log", variables)
