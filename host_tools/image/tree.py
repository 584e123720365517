"""Puts the sources together to one tree that MicroPython's build takes: its submodules in their places."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from host_tools.image import sources, unpack
from host_tools.image.errors import IncompleteTreeError
from host_tools.image.pins import Pin, Pins

# Debian cuts the submodules out of its MicroPython; the port expects them here.
SDK: Final = "lib/pico-sdk"
TINYUSB: Final = "lib/tinyusb"
MBEDTLS: Final = "lib/mbedtls"

# What is taken out of the two large archives: neither tests nor documentation nor other ports.
MICROPYTHON_PARTS: Final = (
    "LICENSE",
    "drivers",
    "extmod",
    "lib",
    "mpy-cross",
    "ports/rp2",
    "ports/unix",
    "ports/windows",  # mpy-cross takes a header from it
    "py",
    "shared",
    "tools",
)
MBEDTLS_PARTS: Final = ("LICENSE", "include", "library", "3rdparty")

# A checkout must have these, or the build would fail with a message that helps nobody.
IMAGE_NEEDS: Final = ("ports/rp2/CMakeLists.txt", f"{TINYUSB}/src/tusb.c", f"{MBEDTLS}/library/sha256.c")
SDK_NEEDS: Final = ("pico_sdk_init.cmake",)

# What of a checkout takes part in a build, for its identity.
RELEVANT: Final = (
    "drivers",
    "extmod",
    "lib",
    "mpy-cross",
    "ports/rp2",
    "ports/unix",
    "py",
    "shared",
    "tools",
)


@dataclass(frozen=True)
class Tree:
    """Sources that a build can start from: MicroPython, the SDK, and a line that identifies their content."""

    micropython: Path
    sdk: Path
    identity: str


def of_pins(pins: Pins, folder: Path, get: Callable[[Pin], Path] = sources.get) -> Tree:
    """The tree made of the pinned files, below `folder`; assembled once for each list of pins.

    A tree that is not what it was when it was assembled, because somebody tried something out, is made anew.
    Raises NoArchiveError, SourceFetchError, WrongSourceError, UnpackError, ToolMissingError.
    """
    identity = " ".join(f"{name}={pins.files[name].sha256}" for name in sorted(pins.files))
    parts = f"{MICROPYTHON_PARTS}{MBEDTLS_PARTS}"
    tree = folder / hashlib.sha256(f"{identity} {parts}".encode()).hexdigest()[:16]
    content = tree.with_suffix(".content")
    if not _is_as_assembled(tree, content):
        files = {name: get(pin) for name, pin in pins.files.items()}
        folder.mkdir(parents=True, exist_ok=True)
        for other in folder.iterdir():
            if other.is_dir():
                shutil.rmtree(other)
            else:
                other.unlink()
        with tempfile.TemporaryDirectory(dir=folder) as making:
            new = Path(making) / "tree"
            _assemble(new, files)
            content.write_text(content_hash(new), encoding="utf-8")
            new.rename(tree)
    return Tree(tree, tree / SDK, identity)


def of_checkout(micropython: Path, sdk: Path) -> Tree:
    """The tree in a checkout of MicroPython with submodules. Raises IncompleteTreeError."""
    _demand(micropython, IMAGE_NEEDS, f"run 'git submodule update --init {TINYUSB} {MBEDTLS} {SDK}' there")
    _demand(sdk, SDK_NEEDS, "it is no Pico SDK; set PICO_SDK_PATH to one")
    return Tree(micropython, sdk, f"checkout={content_hash(micropython, RELEVANT)} sdk={content_hash(sdk)}")


def chosen(pins: Pins, folder: Path, variables: Mapping[str, str] = os.environ) -> Tree:
    """The tree that `MICROPYTHON_DIR` and `PICO_SDK_PATH` name, or the one made of the pinned files."""
    micropython, sdk = variables.get("MICROPYTHON_DIR"), variables.get("PICO_SDK_PATH")
    if micropython:
        checkout = Path(micropython).resolve()
        return of_checkout(checkout, Path(sdk).resolve() if sdk else checkout / SDK)
    if not sdk:
        return of_pins(pins, folder)
    own = Path(sdk).resolve()
    _demand(own, SDK_NEEDS, "it is no Pico SDK")
    pinned = of_pins(pins, folder)
    return Tree(pinned.micropython, own, f"{pinned.identity} sdk={content_hash(own)}")


def content_hash(folder: Path, parts: Collection[str] = (".",)) -> str:
    """SHA-256 over names and contents of all files in `parts` of `folder`, but hidden ones and build folders.

    Links are followed: what they lead to is compiled too.
    """
    digest = hashlib.sha256()
    for part in sorted(parts):
        for path in _files(folder / part):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def _files(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """The files in `folder` and below; a link to one of the folders `above` it is not followed round and round."""
    real = folder.resolve()
    if real in above or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.name.startswith((".", "build", "__pycache__")):
            yield from _files(path, (*above, real))
        elif path.is_file() and not path.name.startswith("."):
            yield path


def _is_as_assembled(tree: Path, content: Path) -> bool:
    return tree.is_dir() and content.is_file() and content.read_text(encoding="utf-8") == content_hash(tree)


def _assemble(tree: Path, files: Mapping[str, Path]) -> None:
    unpack.tar(files["micropython"], tree, MICROPYTHON_PARTS)
    unpack.tar(files["mbedtls"], tree / MBEDTLS, MBEDTLS_PARTS)
    unpack.deb(files["pico-sdk"], "usr/src/pico-sdk", tree / SDK)
    unpack.deb(files["tinyusb"], "usr/src/tinyusb", tree / TINYUSB)
    # The build looks for this file to see that the library of Python modules is there; we take none from it.
    readme = tree / "lib" / "micropython-lib" / "README.md"
    readme.parent.mkdir(parents=True, exist_ok=True)
    readme.touch()


def _demand(tree: Path, files: Collection[str], remedy: str) -> None:
    missing = [name for name in files if not (tree / name).is_file()]
    if missing:
        raise IncompleteTreeError(tree, missing, remedy)
