"""Runs the programs that a build consists of, each with a log and with nothing of the user's environment in it."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from host_tools.image.errors import StepFailedError

# What a program may know of its surroundings; flags for compilers, say, would change the image.
PASSED_ON: Final = ("PATH", "HOME", "TMPDIR", "USER")
TAIL_LINES: Final = 30

_LOGGER = logging.getLogger(__name__)


def environment(**more: str) -> dict[str, str]:
    """The environment of a build step: the few variables passed on, the C locale, no hash seed, and `more`."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", **more}


def run(
    step: str, command: Sequence[str | Path], folder: Path, log: Path, variables: Mapping[str, str]
) -> None:
    """Run `command` in `folder`, its words going to `log`. Raises StepFailedError with the end of them."""
    _LOGGER.info("%s", step)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            close_fds=False,  # it holds the lock of the folder that it works in (lock.py); nothing else is inherited
            check=False,
        )
    if done.returncode != 0:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        raise StepFailedError(step, log, "\n".join(lines[-TAIL_LINES:]))
