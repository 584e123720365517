"""Files that the service goes by, though nothing in them is secret: nobody else may change them."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import IO, Final

from host_tools.login.serving.errors import WritableFileError

ROOT: Final = 0
OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def refuse_writable(path: Path, file: IO[bytes]) -> None:
    """Raise WritableFileError if others can write the open `file`, or put another one in its place; OSError.

    `path` is what it was opened by. In a folder like /tmp, where each removes only what is his, others may write.
    """
    if sys.platform == "win32":
        return
    _check(path, path, os.fstat(file.fileno()))
    folder = path.absolute().parent
    status = folder.stat()
    if not status.st_mode & stat.S_ISVTX:
        _check(path, folder, status)


def _check(path: Path, place: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid not in (os.geteuid(), ROOT):
        raise WritableFileError(path, place, mode, status.st_uid)
    if mode & OTHERS_WRITE:
        raise WritableFileError(path, place, mode)
