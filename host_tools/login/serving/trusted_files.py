"""Files that the service goes by, though nothing in them is secret: nobody else may change them."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Final

from host_tools.login.serving.errors import WritableFileError

ROOT: Final = 0
OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def read_trusted(path: Path) -> bytes:
    """What is in the file; raises WritableFileError if others can write it, or put another one in its place; OSError.

    The file, the links that lead to it, and the folders of both up to the root are the service's own or root's, and
    nobody else may write in them; in a folder like /tmp, where each removes only what is his, others may.
    """
    with path.open("rb") as file:
        if sys.platform != "win32":
            status = os.fstat(file.fileno())
            _check(path, path, status)
            _check_way(path, is_pipe=stat.S_ISFIFO(status.st_mode))
        return file.read()


def _check_way(path: Path, *, is_pipe: bool) -> None:
    """Check what leads to the file, from the root on: what comes first is what lets others change all behind it."""
    folder = Path()
    ahead = list(reversed(path.absolute().parts))
    while ahead:
        name = ahead.pop()
        if name == "..":
            folder = folder.parent
            continue
        here = folder / name
        try:
            status = here.lstat()
        except FileNotFoundError:
            if is_pipe and not ahead:  # a shell's <(...): /proc has a link to it, which leads to no name
                return
            raise
        if stat.S_ISLNK(status.st_mode):
            _check_owner(path, here, status)
            ahead.extend(reversed(here.readlink().parts))
        elif ahead:
            folder = here
            if status.st_mode & stat.S_ISVTX:
                _check_owner(path, folder, status)
            else:
                _check(path, folder, status)


def _check(path: Path, place: Path, status: os.stat_result) -> None:
    _check_owner(path, place, status)
    mode = stat.S_IMODE(status.st_mode)
    if mode & OTHERS_WRITE:
        raise WritableFileError(path, place, mode)


def _check_owner(path: Path, place: Path, status: os.stat_result) -> None:
    if status.st_uid not in (os.geteuid(), ROOT):
        raise WritableFileError(path, place, stat.S_IMODE(status.st_mode), status.st_uid)
