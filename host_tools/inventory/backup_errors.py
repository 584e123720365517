"""What can go wrong with a backup and with a restore."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from host_tools.inventory.errors import InventoryError, InventoryPlaceError


class InventoryExistsError(InventoryPlaceError):
    """There is an inventory where a new one was to be."""

    def __init__(self, place: Path | str) -> None:
        super().__init__(place, f"there is an inventory at {place} already")


class FileInTheWayError(InventoryPlaceError):
    """A file that was to be made is there already; none is written over."""

    def __init__(self, place: Path) -> None:
        super().__init__(place, f"{place} is there already: choose another name")


class BackupError(InventoryError):
    """Base of what is wrong with a backup's file (`path`)."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path


class ForeignBackupError(BackupError):
    """The file is no backup at all."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"{path} is not a picodsc backup")


class NewerBackupError(BackupError):
    """The backup was made by a later picodsc."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"{path} was made by a later picodsc: restore it with that one")


class DamagedBackupError(BackupError):
    """The backup is not what was written; `line` shows it, if it is one."""

    def __init__(self, path: Path, what: str, line: int | None = None) -> None:
        super().__init__(path, f"{path} is damaged: {'it' if line is None else f'line {line}'} {what}")
        self.line = line


class BackupChangedError(BackupError):
    """Nobody who has the master key wrote this content."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"{path} was changed: the master key does not vouch for it")


class RotationUnfinishedError(InventoryError):
    """The master key is being replaced: what is backed up now would open with neither of the two."""

    def __init__(self) -> None:
        super().__init__(
            "the master key is being replaced: let `picodsc station rotate` end, or run it again, and back up then"
        )


class ClockBehindError(InventoryError):
    """It is earlier than it was already, so nobody can tell how long ago a backup was made; both times are UTC."""

    def __init__(self, now: datetime, known: datetime) -> None:
        super().__init__(
            f"the clock says {now:%Y-%m-%d %H:%M:%S} UTC, and it was {known:%Y-%m-%d %H:%M:%S} already: set it right; "
            "how far challenges move on depends on it"
        )
        self.now = now
        self.known = known
