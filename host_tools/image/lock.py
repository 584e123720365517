"""Lets one build at a time work in a tree: others wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """While the body runs, no other process is in the body for the same `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("wb") as file:
        flock(file, LOCK_EX)
        yield
