"""Copies an image onto a board's drive, and waits for the one sign that the boot ROM took it: the drive vanishes."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path
from typing import Final

from host_tools.device.drives import Drive
from host_tools.device.errors import DriveFullError, DriveRefusedError, NotTakenError, UnpluggedError
from host_tools.device.image_file import Image

CHUNK: Final = 64 * 1024
SECONDS: Final = 15.0  # that the boot ROM may take from the last block to its restart
POLL_SECONDS: Final = 0.05
# A drive that is unplugged answers with one of these, according to how far the system has noticed.
GONE: Final = (errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.EPIPE, errno.ESTALE, errno.ENOTDIR)
# Some ways to mount a drive have no fsync; what was written is on its way there nevertheless.
NO_SYNC: Final = (errno.EINVAL, errno.ENOTSUP)


def write(image: Image, drive: Drive, seconds: float = SECONDS) -> None:
    """Put `image` on `drive`, whole, and wait until it has restarted the board.

    Raises DriveFullError, UnpluggedError, DriveRefusedError, NotTakenError.
    """
    _copy(image, drive)
    end = time.monotonic() + seconds
    while drive.present:
        if time.monotonic() >= end:
            raise NotTakenError(drive.path, seconds)
        time.sleep(POLL_SECONDS)


def _copy(image: Image, drive: Drive) -> None:
    total, written = len(image.file), 0
    try:
        target_path = drive.path / image.path.name
        with open(_opened(target_path), "wb", buffering=0) as target:
            while written < total:
                written += target.write(image.file[written : written + CHUNK])
            _sync(target.fileno())
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DriveFullError(drive.path, written, total) from error
        # The boot ROM restarts a second after the last page (its virtual_disk.c): who is gone by now was unplugged.
        if error.errno in GONE and not drive.present:
            raise UnpluggedError(drive.path, written, total) from error
        raise DriveRefusedError(drive.path, error.strerror or str(error)) from error


def _opened(path: Path) -> int:
    """A descriptor of the file to write.

    A boot ROM's drive has no links; one on a drive that only looks like it could lead to a file of the user's.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666)


def _sync(descriptor: int) -> None:
    """Not before this has all been sent over the cable."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise
