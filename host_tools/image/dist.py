"""Writes what is handed out: the UF2, the ELF file, the linker's map, their SHA-256, and the licences."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from host_tools.image import licences, uf2
from host_tools.image.board import FLASH_START
from host_tools.image.build import Built
from host_tools.image.errors import ImageError
from host_tools.image.places import Places


@dataclass(frozen=True)
class Files:
    """The paths of what is handed out."""

    uf2: Path
    elf: Path
    linker_map: Path
    sums: Path


def version(places: Places) -> str:
    """The version of the tree, out of the firmware's own module. Raises ImageError."""
    path = places.root / "firmware" / "dsc" / "version.py"
    found = re.search(r'^VERSION = "([^"]+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ImageError(f"{path} says no VERSION")
    return found[1]


def files(board: str, places: Places) -> Files:
    """Where the files for `board` go, or are."""
    stem = f"picodsc-{board}-{version(places)}"
    return Files(*(places.dist / f"{stem}.{suffix}" for suffix in ("uf2", "elf", "map", "sha256")))


def write(built: Built, places: Places) -> Files:
    """Write the files of `built`, and take away those of the same board that an earlier build left."""
    target = files(built.board.name, places)
    places.dist.mkdir(parents=True, exist_ok=True)
    for old in places.dist.glob(f"picodsc-{built.board.name}-*"):
        old.unlink()
    target.uf2.write_bytes(uf2.encode(built.binary.read_bytes(), FLASH_START, built.board.family))
    shutil.copyfile(built.elf, target.elf)
    target.linker_map.write_text(_without_places(built, places), encoding="utf-8")
    handed_out = (target.uf2, target.elf, target.linker_map)
    target.sums.write_text(
        "".join(f"{_sha256(path)}  {path.name}\n" for path in handed_out), encoding="utf-8"
    )
    licences.collect(built.tree, places, places.dist / "licences")
    return target


def _without_places(built: Built, places: Places) -> str:
    """The linker's map with names for the folders of this machine, as the debug information has them."""
    text = built.linker_map.read_text(encoding="utf-8", errors="replace")
    for path, name in (
        (built.folder / "cmake", "build"),
        (built.tree.sdk, "pico-sdk"),
        (built.tree.micropython, "micropython"),
        (places.root, "picodsc"),
    ):
        text = text.replace(str(path), f"/{name}")
    return text


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
