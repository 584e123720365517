"""Boards in BOOTSEL mode that are mounted as drives: where to look, and how to know one.

A drive holds INFO_UF2.TXT, by which the boot ROM names itself, and INDEX.HTM; neither tells anything of the flash.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from host_tools.device.errors import NotABoardError, SeveralBoardsError, WrongChipError

INFO: Final = "INFO_UF2.TXT"
INFO_BYTES: Final = 4096  # of it are read; a boot ROM's has less than 100
RP2040: Final = "RPI-RP2"  # the Board-ID of the RP2040's boot ROM (data sheet, section 2.8.4)
# Where Linux's and macOS's desktops mount a drive, and where people do by hand; each names the folders above it.
PLACES: Final = (
    Path("/media"),
    Path("/media/*"),
    Path("/run/media/*"),
    Path("/mnt"),
    Path("/Volumes"),
)


@dataclass(frozen=True)
class Drive:
    """A mounted drive of a board in BOOTSEL mode, and the Board-ID on it."""

    path: Path
    board_id: str

    @property
    def present(self) -> bool:
        """Whether it is still mounted."""
        return _board_id(self.path) is not None


def mounted(places: Iterable[Path] = PLACES) -> list[Drive]:
    """All drives of boards, of whatever chip, directly below `places`."""
    found = {}
    for place in places:
        root = Path(place.anchor)
        for path in sorted(root.glob(str((place / "*").relative_to(root)))):
            board_id = _board_id(path)
            if board_id is not None:
                found[path.resolve()] = Drive(path, board_id)
    return list(found.values())


def only(found: list[Drive]) -> Drive | None:
    """The one of `found`, if it is a Pico's; None if there is none. Raises SeveralBoardsError, WrongChipError."""
    if len(found) > 1:
        raise SeveralBoardsError([str(drive.path) for drive in found])
    for drive in found:
        _require_rp2040(drive)
        return drive
    return None


def at(path: Path) -> Drive:
    """The drive mounted at `path`. Raises NotABoardError, WrongChipError."""
    if not path.is_dir():
        raise NotABoardError(path, "there is no such folder")
    board_id = _board_id(path)
    if board_id is None:
        raise NotABoardError(path, f"it has no {INFO} with a Board-ID")
    drive = Drive(path, board_id)
    _require_rp2040(drive)
    return drive


def _require_rp2040(drive: Drive) -> None:
    if drive.board_id != RP2040:
        raise WrongChipError(str(drive.path), drive.board_id)


def _board_id(path: Path) -> str | None:
    try:
        if not stat.S_ISREG((path / INFO).lstat().st_mode):  # a FIFO would keep us waiting for ever
            return None
        with (path / INFO).open("rb") as file:
            text = file.read(INFO_BYTES).decode("ascii", "replace")
    except OSError:  # no such file, or a folder that is another user's
        return None
    found = re.search(r"^Board-ID:\s*(\S+)\s*$", text, re.MULTILINE)
    return found[1] if found else None
