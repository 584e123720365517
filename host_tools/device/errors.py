"""What goes wrong between a laptop and the Pico on its desk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

ENTER_BOOTSEL: Final = "unplug it, hold its BOOTSEL button down, plug it in, let go"
GET_PICOTOOL: Final = (
    "Install it ('brew install picotool', or 'apt-get install picotool' where the system has that package), or take "
    "the program from the releases of Raspberry Pi's pico-sdk-tools on GitHub, and have it on the PATH"
)


def printable(words: str) -> str:
    """What boards, drives and programs say, with nothing in it that steers the terminal on which it is shown."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode("ascii")
        for letter in words
    )


class DeviceError(Exception):
    """Base of the errors of this package; `message` may quote what a board says."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class NoBoardError(DeviceError):
    """No Pico waits for an image; `looked` are the places that were looked in."""

    def __init__(self, looked: Sequence[str]) -> None:
        super().__init__(
            f"no Pico in BOOTSEL mode was found ({', '.join(looked)}). To enter it, {ENTER_BOOTSEL}. If its drive is "
            "mounted elsewhere, DRIVE= names the folder"
        )
        self.looked = tuple(looked)


class SeveralBoardsError(DeviceError):
    """More than one Pico waits for an image, and nobody said which is meant; `found` names them if they have names."""

    def __init__(self, found: Sequence[str]) -> None:
        names = f": {', '.join(found)}" if found else ""
        super().__init__(
            f"more than one board is in BOOTSEL mode{names}. Unplug the others, or name the drive with DRIVE="
        )
        self.found = tuple(found)


class NotABoardError(DeviceError):
    """The folder that was named is not the drive of a board in BOOTSEL mode."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is no drive of a Pico in BOOTSEL mode: {reason}")
        self.path = path
        self.reason = reason


class WrongChipError(DeviceError):
    """The board that waits has another chip than the image is for; `chip` is what it calls itself."""

    def __init__(self, where: str, chip: str) -> None:
        super().__init__(
            f"{where} is a board with the chip {chip}; the image is for the RP2040 of a Raspberry Pi Pico"
        )
        self.where = where
        self.chip = chip


class ImageMissingError(DeviceError):
    """There is no image to write or to compare with; `remedy` is how to get one."""

    def __init__(self, remedy: str) -> None:
        super().__init__(f"there is no image: {remedy}")
        self.remedy = remedy


class UnsuitableImageError(DeviceError):
    """The file is an image, but none that belongs on a token; `reason` says why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is no image of a token: {reason}")
        self.path = path
        self.reason = reason


class DriveFullError(DeviceError):
    """The drive took only `written` of the image's `total` bytes, and says that it is full."""

    def __init__(self, path: Path, written: int, total: int) -> None:
        super().__init__(
            f"{path} is full after {written} of {total} bytes. A boot ROM's drive is never full of an image: "
            "is this the board's drive? Enter BOOTSEL mode anew and try again"
        )
        self.path = path
        self.written = written
        self.total = total


class UnpluggedError(DeviceError):
    """The drive went away before it was certain to have all of the image."""

    def __init__(self, path: Path, written: int, total: int) -> None:
        super().__init__(
            f"{path} went away while the image was written ({written} of {total} bytes were on their way). The board "
            f"is not harmed, but has no whole image: {ENTER_BOOTSEL}, and flash again"
        )
        self.path = path
        self.written = written
        self.total = total


class DriveRefusedError(DeviceError):
    """The operating system does not let the image be written to the drive."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} can't be written to: {reason}")
        self.path = path
        self.reason = reason


class NotTakenError(DeviceError):
    """The drive is still there `seconds` after the whole image was written: the boot ROM has not taken it."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(
            f"the whole image is on {path}, but the board has not restarted within {seconds:g} s: its boot ROM has not "
            f"taken it. {ENTER_BOOTSEL[0].upper()}{ENTER_BOOTSEL[1:]}, and flash again"
        )
        self.path = path
        self.seconds = seconds


class PicotoolMissingError(DeviceError):
    """Something needs picotool, which is not on the PATH; `purpose` says what."""

    def __init__(self, purpose: str) -> None:
        super().__init__(f"{purpose} needs picotool, which is not on the PATH. {GET_PICOTOOL}")
        self.purpose = purpose


class NoAccessError(DeviceError):
    """picotool sees a board in BOOTSEL mode, and the operating system does not let it in."""

    def __init__(self) -> None:
        super().__init__(
            "picotool sees a board in BOOTSEL mode but may not use it: on Linux install picotool's udev rules "
            "(60-picotool.rules in /etc/udev/rules.d), or run this as root"
        )


class PicotoolFailedError(DeviceError):
    """picotool did not do what it was asked to; `code` is its exit code, None if it never ended."""

    def __init__(self, command: str, code: int | None, words: str) -> None:
        ended = "did not end" if code is None else f"ended with {code}"
        super().__init__(f"'picotool {command}' {ended}: {words or 'it gave no reason'}")
        self.command = command
        self.code = code
        self.words = words


class ShortReadError(DeviceError):
    """picotool read `got` bytes of the flash, which has `wanted`."""

    def __init__(self, wanted: int, got: int) -> None:
        super().__init__(f"picotool read {got} bytes of the flash instead of {wanted}")
        self.wanted = wanted
        self.got = got


class RawSamplesError(DeviceError):
    """The board did not say the raw bits of its oscillator that it was asked for."""

    def __init__(self) -> None:
        super().__init__(
            "the board does not say as many raw bits as it was asked for; is it a blank token's firmware?"
        )


class NoPortError(DeviceError):
    """Nobody said on which serial port the board is, and it is not plain; `found` are those that it may be."""

    def __init__(self, found: Sequence[str]) -> None:
        which = f"choose from {', '.join(found)}" if found else "no board with MicroPython was found"
        super().__init__(f"which serial port? PORT= names it; {which}")
        self.found = tuple(found)


class PortError(DeviceError):
    """The serial port can't be opened."""

    def __init__(self, port: str) -> None:
        super().__init__(
            f"{port} can't be opened: is the board there, is another program using it, and are you in the group that "
            "owns it ('dialout' on Debian)?"
        )
        self.port = port


class BoardLeftError(DeviceError):
    """The board no longer answers; `doing` says what it was busy with."""

    def __init__(self, doing: str) -> None:
        super().__init__(f"the board stopped answering while {doing}; plug it in again and repeat")
        self.doing = doing


class UnsuitableFirmwareError(DeviceError):
    """What runs on the board is not a MicroPython that the sources could be put on."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason}. Flash MicroPython 1.25 or later for the Raspberry Pi Pico, as its makers hand it out, first"
        )
        self.reason = reason


class BoardScriptError(DeviceError):
    """A line of ours failed on the board; `trace` is its traceback, `doing` what it was for."""

    def __init__(self, doing: str, trace: str) -> None:
        super().__init__(f"the board failed while {doing}:\n{trace}")
        self.doing = doing
        self.trace = trace


class BoardFullError(DeviceError):
    """The board's file system has no room for `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the board's file system is full: no room for {name}; delete files of your own there"
        )
        self.name = name


class ForeignMainError(DeviceError):
    """The board has a main.py of somebody else's, which is not overwritten."""

    def __init__(self) -> None:
        super().__init__(
            "the board has a main.py that is not ours; take it away first, or leave AUTOSTART out"
        )


class LibrariesMissingError(DeviceError):
    """The display and keypad drivers are not there to be copied."""

    def __init__(self) -> None:
        super().__init__("the display and keypad drivers are not installed; run 'make setup'")


class WrongFlashError(DeviceError):
    """What was read back of a flash that had been erased and written is not the image alone."""

    def __init__(self) -> None:
        super().__init__(
            "the flash that was read back is not the image and nothing else: this board is broken, or not what it "
            "seems; do not make a token of it"
        )
