"""What can be wrong with a key file, or with what was to go into one; never a secret among it."""

from __future__ import annotations

from pathlib import Path


class KeyFileError(Exception):
    """Base of the errors of this package: nothing of the file was taken, or no file was made."""


class UnreadableFileError(KeyFileError):
    """The operating system did not let us read the file; `reason` is in its words."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"can't read {path}: {reason}")
        self.path = path
        self.reason = reason


class OversizedFileError(KeyFileError):
    """The file is larger than any that is read; both sizes in bytes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"the file has {size} bytes or more, and at most {limit} are read: split it")
        self.size = size
        self.limit = limit


class HostileFileError(KeyFileError):
    """The file has something that no key file needs, and that serves attacks; `line` says where, 0 if nowhere."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__((f"line {line}: " if line else "") + f"the file {reason}, which is not read")
        self.reason = reason
        self.line = line


class NotAKeyFileError(KeyFileError):
    """The file is of no form that is known here, or breaks its form."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"this is no key file that can be read: {reason}")
        self.reason = reason


class ProtectionError(KeyFileError):
    """What was given to open the file is not what it needs."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class WrongKeyError(KeyFileError):
    """Values do not decrypt, so nothing of the file is taken."""

    def __init__(self) -> None:
        super().__init__(
            "the key or passphrase is not that of this file, or the file was changed; nothing of it was taken"
        )


class MacError(KeyFileError):
    """A value is not what its maker authenticated; `place` says where, `reason` why."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}; nothing of the file was taken")
        self.place = place
        self.reason = reason


class FileInTheWayError(KeyFileError):
    """There is a file of that name already, and key files are never replaced."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is there already: choose another name")
        self.path = path


class PresharedKeyError(KeyFileError):
    """The text of a pre-shared key is not hex digits of a length that a cipher has."""

    def __init__(self, allowed: str) -> None:
        super().__init__(f"a pre-shared key is {allowed}")
        self.allowed = allowed


class NotTransferableError(KeyFileError):
    """The form cannot say what the key is for; `reason` says why."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.what = what
        self.reason = reason
