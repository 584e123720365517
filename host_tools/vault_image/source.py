"""Takes the vault's region out of a file: of the region, of the whole flash, UF2, or a simulated token's."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from host_tools.device.layout import FLASH_BYTES, VAULT_BYTES, VAULT_START
from host_tools.emulator import uf2
from host_tools.emulator.errors import NotAnImageError
from host_tools.simulator.folder import FLASH
from host_tools.vault_image.errors import ImageSizeError, IncompleteImageError, UnreadableImageError

ALLOWED: Final = {"the vault's region": VAULT_BYTES, "the whole flash of a Pico": FLASH_BYTES}
# A block of UF2 has 512 bytes and carries, as everybody writes it, 256; this leaves room for half as many.
UF2_MOST_BYTES: Final = 4 * FLASH_BYTES


class Kind(Enum):
    """What was read."""

    REGION = "the vault's region"
    FLASH = "a whole flash"
    UF2 = "a UF2 file"
    SIMULATED = "a simulated token"


@dataclass(frozen=True)
class Source:
    """The bytes of the vault's region, and the file that they came from."""

    path: Path
    kind: Kind
    region: bytes


def read(path: Path) -> Source:
    """Read the image at `path`, or that of the simulated token in the folder `path`; nothing is written.

    Raises UnreadableImageError, ImageSizeError, IncompleteImageError.
    """
    try:
        is_token = path.is_dir()
        if is_token:
            path = path / FLASH
        data = _content(path)
    except FileNotFoundError as error:
        raise UnreadableImageError(path, "no such file") from error
    except OSError as error:
        raise UnreadableImageError(
            path, f"can't be read: {(error.strerror or str(error)).lower()}"
        ) from error
    except ValueError as error:  # a zero byte in the name
        raise UnreadableImageError(path, f"can't be read: {error}") from error
    if is_token:
        if len(data) == VAULT_BYTES:
            return Source(path, Kind.SIMULATED, data)
    elif uf2.is_block(data[: uf2.BLOCK]):
        return Source(path, Kind.UF2, _from_uf2(path, data))
    elif len(data) == VAULT_BYTES:
        return Source(path, Kind.REGION, data)
    elif len(data) == FLASH_BYTES:
        return Source(path, Kind.FLASH, data[VAULT_START:])
    raise ImageSizeError(path, len(data), ALLOWED)


def _content(path: Path) -> bytes:
    """All of a regular file; a link could lead anywhere, and a FIFO would keep us waiting for ever."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise UnreadableImageError(path, "is no regular file")
    # Whatever has come in its place since must not keep us waiting either.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableImageError(path, "is no regular file")
        if found.st_size > UF2_MOST_BYTES:
            raise ImageSizeError(path, found.st_size, ALLOWED)
        return file.read(UF2_MOST_BYTES)


def _from_uf2(path: Path, data: bytes) -> bytes:
    region = bytearray(VAULT_BYTES)
    seen = bytearray(VAULT_BYTES)
    try:
        for address, payload in uf2.parse(path, data):
            first = address - VAULT_START
            begin, end = max(0, first), min(VAULT_BYTES, first + len(payload))
            if begin < end:
                region[begin:end] = payload[begin - first : end - first]
                seen[begin:end] = b"\x01" * (end - begin)
    except NotAnImageError as error:
        raise IncompleteImageError(path, error.reason) from error
    missing = seen.find(0)
    if not any(seen):
        raise IncompleteImageError(path, f"it has none of the last {VAULT_BYTES:,} bytes of the flash")
    if missing >= 0:
        raise IncompleteImageError(path, f"byte {missing:#x} of the vault's region is missing")
    return bytes(region)
