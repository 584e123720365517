"""Raspberry Pi's picotool: writes, reads and erases the flash of a board in BOOTSEL mode, over USB.

What its answers mean is taken from its own source (errors.h, main.cpp), versions 1.1 to 2.3.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from host_tools.device.errors import (
    NoAccessError,
    PicotoolFailedError,
    SeveralBoardsError,
    ShortReadError,
    WrongChipError,
)
from host_tools.device.layout import FLASH_BYTES, FLASH_START

NO_DEVICE: Final = 249  # ERROR_NO_DEVICE, -7, as an exit code
SECONDS: Final = 180.0  # for any command; the longest erases and writes for about half a minute
RANGE: Final = (f"{FLASH_START:x}", f"{FLASH_START + FLASH_BYTES:x}")  # it takes hexadecimal numbers


class Picotool:
    """The program at `path`."""

    def __init__(self, path: Path, seconds: float = SECONDS) -> None:
        self.path = path
        self._seconds = seconds

    def sees_board(self) -> bool:
        """Whether exactly one board with an RP2040 is in BOOTSEL mode; False if none is.

        Raises SeveralBoardsError, WrongChipError, NoAccessError, PicotoolFailedError.
        """
        code, words = self._run("info", "-d")
        if "unable to connect" in words:
            raise NoAccessError
        if code == NO_DEVICE or "No accessible" in words:
            return False
        if code != 0:
            raise PicotoolFailedError("info -d", code, words)
        if "Multiple RP" in words:
            raise SeveralBoardsError(())
        if "RP2350" in words:
            raise WrongChipError("what picotool sees", "RP2350")
        return True

    def load(self, image: Path, *, start: bool = True) -> None:
        """Write the pages of a UF2 file, read each back, and start it. Raises PicotoolFailedError."""
        self._do("load", "-v", *(["-x"] if start else []), str(image))

    def start(self) -> None:
        """Leave BOOTSEL mode, and run what is in the flash. Raises PicotoolFailedError."""
        self._do("reboot")

    def erase(self) -> None:
        """Erase the whole flash, the vault with it. Raises PicotoolFailedError.

        By its bounds: of a flash that is blank already picotool could not tell the size.
        """
        self._do("erase", "-r", *RANGE)

    def read(self) -> bytes:
        """The whole flash. Raises PicotoolFailedError, ShortReadError.

        Its vault is in it, so it lies in a folder that only this user can read, and no longer than need be.
        """
        with tempfile.TemporaryDirectory(prefix="picodsc-") as folder:
            file = Path(folder) / "flash.bin"
            self._do("save", "-r", *RANGE, str(file))
            data = file.read_bytes() if file.is_file() else b""
        if len(data) != FLASH_BYTES:
            raise ShortReadError(FLASH_BYTES, len(data))
        return data

    def _do(self, *arguments: str) -> None:
        code, words = self._run(*arguments)
        if code != 0:
            raise PicotoolFailedError(arguments[0], code, words)

    def _run(self, *arguments: str) -> tuple[int, str]:
        """Exit code, and what it said on one line: it wraps lines, and draws bars with carriage returns."""
        try:
            done = subprocess.run(
                [str(self.path), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PicotoolFailedError(arguments[0], None, f"not within {self._seconds:g} s") from error
        except OSError as error:
            raise PicotoolFailedError(arguments[0], None, error.strerror or str(error)) from error
        return done.returncode, " ".join(done.stdout.decode("utf-8", "replace").split())


def find() -> Picotool | None:
    """The picotool on the PATH, if there is one."""
    path = shutil.which("picotool")
    return Picotool(Path(path)) if path else None
