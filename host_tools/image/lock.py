"""Lets one build at a time work in a folder: others wait, and so they do for programs that a dead one left behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """While the body runs, no other process is in the body for the same `folder`.

    Programs that the body starts through `steps.run` hold the lock too, until they end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another build in {folder}", file=sys.stderr, flush=True)
            flock(file, LOCK_EX)
        yield
