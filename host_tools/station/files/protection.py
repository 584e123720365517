"""What closes and opens a key file: a pre-shared key, or a passphrase."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dsc.crypto.memory import wipe
from host_tools.inventory.private_files import create_private
from host_tools.station.files.errors import FileInTheWayError, PresharedKeyError

NEW_KEY_LENGTH: Final = 16  # AES-128, which is what others read
KEY_LENGTHS: Final = (16, 24, 32)


@dataclass(frozen=True, slots=True)
class Protection:
    """Either of the two; `close` wipes it."""

    key: bytearray | None = field(default=None, repr=False)
    passphrase: bytearray | None = field(default=None, repr=False)

    def close(self) -> None:
        """Wipe the secret."""
        wipe(self.key, self.passphrase)


def key_from_text(text: bytearray, lengths: tuple[int, ...] = KEY_LENGTHS) -> bytearray:
    """The pre-shared key that hex digits write, of one of these lengths in bytes; `text` is wiped.

    Raises PresharedKeyError.
    """
    try:
        key = bytearray.fromhex(text.decode("ascii"))
    except ValueError:  # UnicodeDecodeError is one
        key = bytearray()
    finally:
        wipe(text)
    if len(key) not in lengths:
        wipe(key)
        raise PresharedKeyError(f"{' or '.join(str(2 * length) for length in lengths)} hex digits")
    return key


def make_key_file(path: Path) -> bytearray:
    """A new random key of 16 bytes, in a file of 32 hex digits with mode 0600; the caller wipes it.

    Raises FileInTheWayError, UnusableFileError.
    """
    key = bytearray(os.urandom(NEW_KEY_LENGTH))
    try:
        made = create_private(path, lambda draft: _write(draft, key))
    except BaseException:
        wipe(key)
        raise
    if not made:
        wipe(key)
        raise FileInTheWayError(path)
    return key


def _write(draft: Path, key: bytearray) -> None:
    text = bytearray(key.hex().encode() + b"\n")
    try:
        with draft.open("wb", buffering=0) as file:
            file.write(text)
    finally:
        wipe(text)
