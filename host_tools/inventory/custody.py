"""Who holds the master key: a small port, and the adapter that keeps the key in a file."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dsc.crypto.memory import wipe
from host_tools.inventory.errors import (
    DamagedMasterKeyError,
    MissingMasterKeyError,
    UnusableFileError,
    UnwrapError,
)
from host_tools.inventory.private_files import create_private, refuse_exposed

MASTER_KEY_LENGTH = 32
NONCE_LENGTH = 12
TAG_LENGTH = 16
FILE_HEADER = b"picodsc master key 1\n"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key as it is stored: 12 bytes of nonce, and the ciphertext with its 16-byte tag at the end."""

    nonce: bytes
    ciphertext: bytes


class KeyCustody(Protocol):
    """What the inventory asks of whoever holds the master key: a file, a passphrase, a token, a cloud."""

    def fingerprint(self) -> bytes:
        """16 bytes that tell master keys apart and say nothing else about them."""

    def wrap(self, secret: bytes | bytearray, associated_data: bytes) -> WrappedKey:
        """Encrypt and authenticate `secret`, and authenticate `associated_data` with it."""

    def unwrap(self, wrapped: WrappedKey, associated_data: bytes) -> bytearray:
        """The secret, which the caller wipes; raises UnwrapError unless every bit is as it was wrapped."""

    def close(self) -> None:
        """Forget the master key."""


def associated_data(serial: str, credential_id: bytes, role: str, key_version: int) -> bytes:
    """What binds a wrapped key to its place: each field with its length (2 bytes, big-endian) before it.

    `key_version` is the master key's, 4 bytes. The prefixes keep two different places from reading the same.
    """
    fields = (serial.encode("ascii"), credential_id, role.encode("ascii"), key_version.to_bytes(4, "big"))
    return b"".join(len(field).to_bytes(2, "big") + field for field in fields)


class FileCustody:
    """The master key in a file of its own (mode 0600): the header line, then 32 random bytes.

    Wrapping is AES-256-GCM with a random 96-bit nonce for each key (NIST SP 800-38D, section 8.2.2).
    """

    def __init__(self, path: Path) -> None:
        """Read the key.

        Raises MissingMasterKeyError, DamagedMasterKeyError, ExposedFileError, UnusableFileError.
        """
        self._path = path
        content = bytearray(len(FILE_HEADER) + MASTER_KEY_LENGTH + 1)
        try:
            with path.open("rb", buffering=0) as file:
                refuse_exposed(path)
                length = file.readinto(content) or 0
            if length != len(content) - 1 or not content.startswith(FILE_HEADER):
                raise DamagedMasterKeyError(path)
            self._key = content[len(FILE_HEADER) : length]
        except FileNotFoundError as error:
            raise MissingMasterKeyError(path) from error
        except OSError as error:
            raise UnusableFileError(path, error.strerror or type(error).__name__) from error
        finally:
            wipe(content)

    @classmethod
    def made_at_first_use(cls, path: Path) -> FileCustody:
        """The key at `path`; if there is none, a new random one is put there first."""
        if not path.exists():
            create_private(path, _fill_with_new_key)
        return cls(path)

    def __repr__(self) -> str:
        return f"FileCustody({str(self._path)!r})"

    def fingerprint(self) -> bytes:
        """The first 16 bytes of an HMAC under the master key; 256 random bits cannot be guessed by it."""
        return hmac.digest(self._key, b"picodsc master key id 1", hashlib.sha256)[:16]

    def wrap(self, secret: bytes | bytearray, associated_data: bytes) -> WrappedKey:
        """Encrypt and authenticate `secret`, and authenticate `associated_data` with it."""
        nonce = os.urandom(NONCE_LENGTH)
        return WrappedKey(nonce, AESGCM(self._key).encrypt(nonce, secret, associated_data))

    def unwrap(self, wrapped: WrappedKey, associated_data: bytes) -> bytearray:
        """The secret, which the caller wipes; raises UnwrapError unless every bit is as it was wrapped."""
        secret = bytearray(max(0, len(wrapped.ciphertext) - TAG_LENGTH))
        try:
            # Straight into a buffer that can be wiped: `decrypt` would leave an immutable copy behind.
            AESGCM(self._key).decrypt_into(wrapped.nonce, wrapped.ciphertext, associated_data, secret)
        except (InvalidTag, ValueError) as error:
            wipe(secret)
            raise UnwrapError from error
        return secret

    def close(self) -> None:
        """Wipe the master key; nothing can be wrapped or unwrapped afterwards."""
        wipe(self._key)
        self._key = bytearray()


def _fill_with_new_key(draft: Path) -> None:
    content = bytearray(FILE_HEADER + os.urandom(MASTER_KEY_LENGTH))
    try:
        with draft.open("wb", buffering=0) as file:
            file.write(content)
    finally:
        wipe(content)
