"""The image that belongs on the board, page by page, and refused if it could not be a token's."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from host_tools.device.errors import ImageMissingError, UnsuitableImageError
from host_tools.device.layout import PAGE, VAULT_START
from host_tools.emulator import uf2
from host_tools.emulator.errors import NotAnImageError
from host_tools.engines import images
from host_tools.engines.errors import EngineMissingError
from host_tools.image.mark import Mark

COUNT_AT: Final = 24  # where a block says how many there are (UF2 specification)


@dataclass(frozen=True)
class Image:
    """A UF2 file and what it puts into the flash, from offset 0 on without a gap, in whole pages."""

    path: Path
    file: bytes
    content: bytes

    @property
    def sha256(self) -> str:
        """Of the file, in hexadecimal digits."""
        return hashlib.sha256(self.file).hexdigest()

    @property
    def mark(self) -> Mark | None:
        """Which image it says it is; None for one that is not ours, or older than the mark."""
        return Mark.found(self.content)


def find(chosen: Path | None = None) -> Image:
    """The image in `chosen`, else $PICODSC_IMAGE, else what `make firmware` made.

    Raises ImageMissingError, UnsuitableImageError.
    """
    if chosen is None:
        try:
            chosen = images.find()
        except EngineMissingError as error:
            raise ImageMissingError(error.remedy) from error
    elif not chosen.is_file():
        raise ImageMissingError(f"{chosen} is no file; 'make firmware' builds one")
    return read(chosen)


def read(path: Path) -> Image:
    """Read `path` whole. Raises UnsuitableImageError, also for what the boot ROM would wait for in vain."""
    file = path.read_bytes()
    try:
        blocks = list(uf2.read(path))
    except NotAnImageError as error:
        raise UnsuitableImageError(path, error.reason) from error
    (count,) = struct.unpack_from("<I", file, COUNT_AT)
    if not blocks or count != len(file) // uf2.BLOCK:
        raise UnsuitableImageError(path, f"it has {len(file) // uf2.BLOCK} blocks of {count}")
    for number, (offset, data) in enumerate(sorted(blocks)):
        if len(data) != PAGE or offset != number * PAGE:
            raise UnsuitableImageError(path, f"the page at {number * PAGE:#x} is missing, or not whole")
        if offset >= VAULT_START:
            raise UnsuitableImageError(path, "it would overwrite the vault")
    return Image(path, file, b"".join(data for _, data in sorted(blocks)))
