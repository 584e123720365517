"""What was read out of a key file: keys that can be taken, and each of the others with the reason."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dsc.crypto.memory import wipe
from host_tools.inventory.importing import ImportedKey
from host_tools.station.files.errors import OversizedFileError, UnreadableFileError

LARGEST: Final = 32 << 20  # bytes
_LONGEST: Final = 200  # characters of what a file brings along, as it is shown


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A key that is not taken; `place` says where it stands, `serial` is empty if it has none."""

    place: str
    serial: str
    reason: str

    def __str__(self) -> str:
        serial = f", serial {printable(self.serial)}" if self.serial else ""
        return f"{self.place}{serial}: {printable(self.reason)}"


@dataclass(slots=True)
class Reading:
    """All of a file; `notes` say what is no obstacle, and whoever imports should know."""

    keys: list[ImportedKey] = field(default_factory=list)
    refused: list[NotTaken] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Add a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def close(self) -> None:
        """Wipe the keys and hashes of PINs."""
        for each in self.keys:
            wipe(each.credential.key, each.pin_hash)


def printable(text: str) -> str:
    """Text out of a file as it may be shown: what would act on a terminal, and what is too long, is not."""
    shown = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text[:_LONGEST])
    return shown + ("…" if len(text) > _LONGEST else "")


def content_of(path: Path) -> bytes:
    """The file's bytes. Raises OversizedFileError, UnreadableFileError."""
    try:
        with path.open("rb") as file:
            if not stat.S_ISREG(path.stat().st_mode):
                raise UnreadableFileError(path, "not a file")
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UnreadableFileError(path, (error.strerror or str(error)).lower()) from error
    if len(content) > LARGEST:
        raise OversizedFileError(len(content), LARGEST)
    return content
