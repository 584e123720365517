"""Identifies a build by everything that goes into it, and by nothing else: no path, time or revision."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from host_tools.image.frozen import BUILD_INFO, FrozenFile

DIGITS: Final = 8
# Of a board's folder and those in it, what the compiler gets to see.
BOARD_FILES: Final = ("*.h", "*.c", "*.S", "*.cmake", "*.csv", "*.ld")


def settings_hash(board_folders: Iterable[Path], facts: Mapping[str, str]) -> str:
    """SHA-256 over the boards' C side and over `facts`, such as sources, compiler and flags: all but the Python."""
    files = {
        f"{folder.name}/{path.relative_to(folder).as_posix()}": path
        for folder in board_folders
        for pattern in BOARD_FILES
        for path in folder.rglob(pattern)
    }
    digest = hashlib.sha256()
    for name in sorted(facts):
        _add(digest, "fact", name, facts[name].encode())
    for name in sorted(files):
        _add(digest, "board", name, files[name].read_bytes())
    return digest.hexdigest()


def build_hash(settings: str, frozen: Iterable[FrozenFile]) -> str:
    """SHA-256 over `settings` and over every frozen module under its name in the image, in hexadecimal digits.

    The module that carries the result is left out.
    """
    digest = hashlib.sha256(settings.encode())
    for file in frozen:
        if file.name != BUILD_INFO:
            _add(digest, "frozen", file.name, file.path.read_bytes())
    return digest.hexdigest()


def _add(digest: hashlib._Hash, kind: str, name: str, content: bytes) -> None:
    # Lengths before contents: no two sets of inputs write the same stream.
    digest.update(f"{kind}\0{name}\0{len(content)}\0".encode() + content)
