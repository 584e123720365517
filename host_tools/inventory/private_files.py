"""Files that only their owner may read, created whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from host_tools.inventory.errors import ExposedFileError, UnusableFileError

FILE_MODE = 0o600
FOLDER_MODE = 0o700
LOCK_SUFFIX: Final = ".lock"
ROOT: Final = 0


def create_private(path: Path, fill: Callable[[Path], None]) -> bool:
    """Create `path` with mode 0600 and what `fill` puts into it; True if this call made it.

    `fill` works on a temporary neighbour, which gets its name only when it is complete and on the disk: other
    processes see no file or the finished one. Of several that create it at once one wins, and the others
    are told False. Missing folders are made, the last one with mode 0700. Raises UnusableFileError.
    """
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600 whatever the umask
        os.close(handle)
        draft = Path(name)
        try:
            fill(draft)
            _to_disk(draft)
            try:
                # A link never replaces a file that is there, as a rename would.
                path.hardlink_to(draft)
            except FileExistsError:
                return False
            _to_disk(path.parent)
        finally:
            draft.unlink()
    except OSError as error:
        raise UnusableFileError(path, error.strerror or type(error).__name__) from error
    return True


def replace_private(path: Path, content: bytes | bytearray) -> None:
    """Put `content` in the place of the file at `path`, with mode 0600: after a power cut it is the old or the new one.

    Raises UnusableFileError; then it is the old one.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb", buffering=0) as file:
                file.write(content)
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        _to_disk(path.parent)
    except OSError as error:
        raise UnusableFileError(path, error.strerror or type(error).__name__) from error


def remove(path: Path) -> None:
    """Remove the file, for good when this returns; none is there is as good. Raises UnusableFileError."""
    try:
        path.unlink(missing_ok=True)
        _to_disk(path.parent)
    except OSError as error:
        raise UnusableFileError(path, error.strerror or type(error).__name__) from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of the file at `path`: whoever else asks for it, process or thread, waits.

    What is locked is an empty neighbour, `path` with .lock, which stays: `path` itself is replaced by each writing.
    Raises UnusableFileError.
    """
    from fcntl import (
        LOCK_EX,
        flock,
    )  # not on Windows, where programs that import this show tokens all the same

    neighbour = path.with_name(path.name + LOCK_SUFFIX)
    try:
        handle = os.open(neighbour, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
    except OSError as error:
        raise UnusableFileError(neighbour, error.strerror or type(error).__name__) from error
    try:
        try:
            flock(handle, LOCK_EX)
        except OSError as error:
            raise UnusableFileError(neighbour, error.strerror or type(error).__name__) from error
        yield
    finally:
        os.close(handle)


def refuse_exposed(path: Path, file: IO[bytes]) -> None:
    """Raise ExposedFileError if others have any right to the open `file`, or it is another user's who is not root.

    `path` is what it was opened by: what is there by now may be another file.
    """
    status = os.fstat(file.fileno())
    mode = status.st_mode & 0o777
    if status.st_uid not in (os.geteuid(), ROOT):
        raise ExposedFileError(path, mode, status.st_uid)
    if mode & ~FOLDER_MODE:
        raise ExposedFileError(path, mode)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
