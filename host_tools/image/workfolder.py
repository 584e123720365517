"""Keeps what was compiled as long as it is of use: until the settings change, or a build is killed half-way."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from host_tools.image.errors import PlaceError

SETTINGS: Final = "settings"
UNDER_WAY: Final = "under-way"
# What make, ninja, cmake, a list of folders or the compiler's name=value would take for something else.
UNUSABLE: Final = frozenset("\"'`$;&|<>()*?[]{}\\#:=%")


@contextmanager
def prepared(folder: Path, facts: Sequence[object], by_age: Sequence[str] = (".",)) -> Iterator[None]:
    """`folder` for a build of which `facts` hold, emptied first if what is in it was built of others.

    `by_age` names what in it is made by programs that go by the age of files alone: when one of them is killed, it
    leaves young halves, and these are removed. (Not ninja, which keeps a log of what it has finished.) A step that
    fails, or an interrupt from the keyboard, is no such end: make cleans up then. Raises PlaceError if the build
    could not work at that path.
    """
    _demand_plain_path(folder)
    settings = "".join(f"{fact}\n" for fact in (*facts, folder))  # cmake takes no folder that was moved
    stamp, under_way = folder / SETTINGS, folder / UNDER_WAY
    if not (stamp.is_file() and stamp.read_text(encoding="utf-8") == settings):
        _remove(folder)
    elif under_way.exists():
        for name in by_age:
            _remove(folder / name)
    folder.mkdir(parents=True, exist_ok=True)
    stamp.write_text(settings, encoding="utf-8")
    under_way.touch()
    try:
        yield
    finally:
        under_way.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _demand_plain_path(folder: Path) -> None:
    for character in str(folder):
        if character.isspace() or character in UNUSABLE:
            raise PlaceError(folder, character)
