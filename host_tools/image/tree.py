"""Puts the sources together to one tree that MicroPython's build takes: its submodules in their places."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from host_tools.image import sources
from host_tools.image.errors import IncompleteTreeError
from host_tools.image.pins import Pins
from host_tools.image.steps import environment, run
from host_tools.image.toolchain import require

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
RELEVANT: Final = ("drivers", "extmod", "lib", "ports/rp2", "py", "shared", "tools")


@dataclass(frozen=True)
class Tree:
    """Sources that a build can start from: MicroPython, the SDK, and a line that identifies their content."""

    micropython: Path
    sdk: Path
    identity: str


def of_pins(pins: Pins, folder: Path) -> Tree:
    """The tree made of the pinned files, below `folder`; assembled once for each list of pins.

    Raises NoArchiveError, SourceFetchError, WrongSourceError, ToolMissingError.
    """
    identity = " ".join(f"{name}={pins.files[name].sha256}" for name in sorted(pins.files))
    parts = f"{MICROPYTHON_PARTS}{MBEDTLS_PARTS}"
    tree = folder / hashlib.sha256(f"{identity} {parts}".encode()).hexdigest()[:16]
    if not tree.is_dir():
        files = {name: sources.get(pin) for name, pin in pins.files.items()}
        folder.mkdir(parents=True, exist_ok=True)
        for other in folder.iterdir():
            shutil.rmtree(other)
        with tempfile.TemporaryDirectory(dir=folder) as making:
            new = Path(making) / "tree"
            _assemble(new, files)
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
    pinned = of_pins(pins, folder)
    if not sdk:
        return pinned
    own = Path(sdk).resolve()
    _demand(own, SDK_NEEDS, "it is no Pico SDK")
    return Tree(pinned.micropython, own, f"{pinned.identity} sdk={content_hash(own)}")


def content_hash(folder: Path, parts: Collection[str] = (".",)) -> str:
    """SHA-256 over names and contents of all files in `parts` of `folder`, but hidden ones and build folders."""
    digest = hashlib.sha256()
    for part in sorted(parts):
        for base, folders, names in os.walk(folder / part):
            folders[:] = sorted(
                name for name in folders if not name.startswith((".", "build", "__pycache__"))
            )
            for name in sorted(names):
                path = Path(base) / name
                if path.is_file() and not name.startswith("."):
                    content = hashlib.sha256(path.read_bytes()).hexdigest()
                    digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def _assemble(tree: Path, files: Mapping[str, Path]) -> None:
    unpack_tar(files["micropython"], tree, MICROPYTHON_PARTS)
    unpack_tar(files["mbedtls"], tree / MBEDTLS, MBEDTLS_PARTS)
    _unpack_deb(files["pico-sdk"], "usr/src/pico-sdk", tree / SDK)
    _unpack_deb(files["tinyusb"], "usr/src/tinyusb", tree / TINYUSB)
    # The build looks for this file to see that the library of Python modules is there; we take none from it.
    readme = tree / "lib" / "micropython-lib" / "README.md"
    readme.parent.mkdir(parents=True, exist_ok=True)
    readme.touch()


def unpack_tar(archive: Path, target: Path, parts: Collection[str]) -> None:
    """Unpack the regular files in `parts` of a source archive into `target`, without the archive's top folder."""
    wanted = [PurePosixPath(part) for part in parts]
    with tarfile.open(archive) as tar:
        for member in tar:
            name = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            if (
                not member.isfile()
                or ".." in name.parts
                or not any(name.is_relative_to(part) for part in wanted)
            ):
                continue
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            content = tar.extractfile(member)
            if content is not None:
                path.write_bytes(content.read())
                path.chmod(0o755 if member.mode & 0o100 else 0o644)


def _unpack_deb(package: Path, part: str, target: Path) -> None:
    """Unpack the folder `part` of a Debian package as `target`, with the package's copyright file in it."""
    require({"dpkg-deb": "dpkg"})
    with tempfile.TemporaryDirectory(dir=target.parent) as unpacked:
        log = Path(unpacked) / "dpkg-deb.log"
        run(
            f"unpacking {package.name}",
            ["dpkg-deb", "--extract", package, unpacked],
            Path(unpacked),
            log,
            environment(),
        )
        if target.exists():
            shutil.rmtree(target)
        shutil.move(Path(unpacked) / part, target)
        for copyright_file in Path(unpacked).glob("usr/share/doc/*/copyright"):
            shutil.copyfile(copyright_file, target / "copyright")


def _demand(tree: Path, files: Collection[str], remedy: str) -> None:
    missing = [name for name in files if not (tree / name).is_file()]
    if missing:
        raise IncompleteTreeError(tree, missing, remedy)
