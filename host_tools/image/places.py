"""Where things are in the tree, and where files that outlive it are cached."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Places:
    """The folders of one tree whose top is `root`."""

    root: Path = ROOT

    @property
    def pins(self) -> Path:
        """The list of the sources."""
        return self.root / "boards" / "sources.toml"

    @property
    def work(self) -> Path:
        """What the build leaves behind, and starts from when it is asked again."""
        return self.root / "build" / "image"

    @property
    def dist(self) -> Path:
        """What is handed out."""
        return self.root / "dist"

    @property
    def device_libraries(self) -> Path:
        """The display and keypad drivers."""
        return self.root / "build" / "device-libs"

    @property
    def micropython(self) -> Path:
        """MicroPython's Unix port."""
        return self.root / "build" / "micropython" / "micropython"

    def board(self, name: str) -> Path:
        """The folder of the board `name`."""
        return self.root / "boards" / name


def download_cache() -> Path:
    """The folder for downloads, shared by all trees of a user: `$XDG_CACHE_HOME/picodsc`, else `~/.cache/picodsc`."""
    base = os.environ.get("XDG_CACHE_HOME")
    # The specification wants a relative path to be ignored.
    folder = Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache"
    return folder / "picodsc"
