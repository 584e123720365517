"""Why a file is no image of a vault that could be read; its content is never the reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


class VaultImageError(Exception):
    """Base of the errors of this package; `path` is what was to be read."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class UnreadableImageError(VaultImageError):
    """The operating system does not hand the file out, or it is none."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.reason = reason


class ImageSizeError(VaultImageError):
    """No image has `size` bytes; `allowed` are the possible sizes, each with what has it."""

    def __init__(self, path: Path, size: int, allowed: Mapping[str, int]) -> None:
        sizes = ", ".join(f"{count:,} ({what})" for what, count in allowed.items())
        super().__init__(path, f"has {size:,} bytes; an image has {sizes}, or is a UF2 file")
        self.size = size
        self.allowed = dict(allowed)


class IncompleteImageError(VaultImageError):
    """A UF2 file is damaged, or has not all pages of the vault; `reason` says which."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, f"is a UF2 file, but no image of a vault: {reason}")
        self.reason = reason
