"""Writes what is handed out: the UF2, the ELF file, the linker's map, their SHA-256, and the licences."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from host_tools.image import licences, uf2
from host_tools.image.board import FLASH_START
from host_tools.image.build import Built
from host_tools.image.places import Places
from host_tools.image.version import version


@dataclass(frozen=True)
class Files:
    """The paths of what is handed out."""

    uf2: Path
    elf: Path
    linker_map: Path
    sums: Path


def files(board: str, places: Places) -> Files:
    """Where the files for `board` go, or are."""
    stem = f"picodsc-{board}-{version(places)}"
    return Files(*(places.dist / f"{stem}.{suffix}" for suffix in ("uf2", "elf", "map", "sha256")))


def write(built: Built, places: Places) -> Files:
    """Write the files of `built`, and take away those of the same board that an earlier build left.

    Each file is there whole or not at all, also for somebody who reads it meanwhile.
    """
    target = files(built.board.name, places)
    contents = {
        target.uf2: uf2.encode(built.binary.read_bytes(), FLASH_START, built.board.family),
        target.elf: built.elf.read_bytes(),
        target.linker_map: _without_places(built, places).encode(),
    }
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {path.name}\n" for path, data in contents.items())
    contents[target.sums] = sums.encode()
    places.dist.mkdir(parents=True, exist_ok=True)
    licences.collect(built.tree, places, places.dist / "licences", built.compiler)
    with tempfile.TemporaryDirectory(prefix=".", dir=places.dist) as making:
        for path, data in contents.items():
            (Path(making) / path.name).write_bytes(data)
        for old in set(places.dist.glob(f"picodsc-{built.board.name}-*")) - set(contents):
            old.unlink()
        for path in contents:
            (Path(making) / path.name).replace(path)
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
