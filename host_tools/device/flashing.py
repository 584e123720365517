"""Writes the image to the one board in BOOTSEL mode, over picotool or its drive, and erases it only if told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from host_tools.device import drives, mass_storage, readback
from host_tools.device.errors import NoAccessError, NoBoardError, PicotoolMissingError, WrongFlashError
from host_tools.device.image_file import Image
from host_tools.device.picotool import Picotool


@dataclass(frozen=True)
class Flashed:
    """How it was done: `way` names the drive or picotool, `verified` is whether it was read back at once."""

    way: str
    verified: bool
    erased: bool


def flash(
    image: Image,
    picotool: Picotool | None,
    *,
    drive: Path | None = None,
    places: Iterable[Path] = drives.PLACES,
    look: Callable[[str], None] = lambda way: None,
) -> Flashed:
    """Write `image` to the board on `drive`, else to the one that picotool sees, else to the one drive in `places`.

    The vault is left as it is. `look` is given the way before anything is written.
    Raises NoBoardError, SeveralBoardsError, NotABoardError, WrongChipError, and what the way raises.
    """
    if drive is None and picotool is not None:
        denied = None
        try:
            if picotool.sees_board():
                look("picotool")
                picotool.load(image.path)
                return Flashed("picotool", verified=True, erased=False)
        except NoAccessError as error:
            denied = error  # the drive asks for no such rights
        target = drives.only(drives.mounted(places))
        if target is None and denied is not None:
            raise denied
    else:
        target = drives.only(drives.mounted(places)) if drive is None else drives.at(drive)
    if target is None:
        looked = ["no drive with INFO_UF2.TXT", "picotool sees none" if picotool else "picotool is not there"]
        raise NoBoardError(looked)
    look(str(target.path))
    mass_storage.write(image, target)
    return Flashed(str(target.path), verified=False, erased=False)


def erase_and_flash(image: Image, picotool: Picotool, look: Callable[[str], None]) -> Flashed:
    """Erase the whole flash, a sealed token with it, and write `image`; the caller has asked whether that is meant.

    Raises what picotool's methods raise.
    """
    look("picotool")
    picotool.erase()
    picotool.load(image.path)
    return Flashed("picotool", verified=True, erased=True)


def make_blank_token(image: Image, picotool: Picotool, look: Callable[[str], None]) -> None:
    """Erase the whole flash, a sealed token with it, write `image`, read all of the flash back, and start it.

    `look` is told what is done. Raises WrongFlashError if there is anything but the image, and what picotool raises.
    """
    look("erasing the flash")
    picotool.erase()
    look("writing the image")
    picotool.load(image.path, start=False)
    look("reading the flash back")
    found = readback.examine(picotool.read(), image)
    if not found.sound or found.vault_bytes:
        raise WrongFlashError
    picotool.start()


def seen(picotool: Picotool | None, purpose: str) -> Picotool:
    """picotool, if it is there and sees the one board. Raises PicotoolMissingError, NoBoardError and its own."""
    if picotool is None:
        raise PicotoolMissingError(purpose)
    if not picotool.sees_board():
        raise NoBoardError(["picotool sees none"])
    return picotool
