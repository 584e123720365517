"""Who holds the master keys, as a small port; and what binds a wrapped key to its place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

NONCE_LENGTH = 12
TAG_LENGTH = 16

Ask = Callable[[], bytearray]  # a passphrase or a PIN, which is wiped afterwards


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key as it is stored: under which master key, 12 bytes of nonce, and ciphertext with its 16-byte tag."""

    version: int
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a wrapped key belongs: the credential (empty for a whole token's) of a token, and what it is for."""

    serial: str
    credential_id: bytes
    role: str

    def under(self, version: int) -> bytes:
        """The associated data of a key that is wrapped for this place under a master key of this version.

        Each field has its length (2 bytes, big-endian) before it, the version is 4 bytes: no two places read the same.
        """
        fields = (
            self.serial.encode("ascii"), self.credential_id, self.role.encode("ascii"), version.to_bytes(4, "big"),
        )  # fmt: skip
        return b"".join(len(field).to_bytes(2, "big") + field for field in fields)


class KeyCustody(Protocol):
    """What the inventory asks of whoever holds the master keys: a file, a hardware module, a cloud.

    There is one version of the master key, or two while it is rotated. All but `close` raise ForgottenKeyError for a
    version that is not there.
    """

    def versions(self) -> Collection[int]:
        """The versions that can be used."""

    def fingerprint(self, version: int) -> bytes:
        """16 bytes that tell master keys apart and say nothing else about them."""

    def where(self, version: int) -> str:
        """Where the master key is kept, for people to read."""

    def wrap(self, secret: bytes | bytearray, place: Place, version: int) -> WrappedKey:
        """Encrypt and authenticate `secret`, and authenticate its place with it."""

    def unwrap(self, wrapped: WrappedKey, place: Place) -> bytearray:
        """The secret, which the caller wipes; raises UnwrapError unless every bit is as it was wrapped."""

    def add_version(self) -> int:
        """Make a new master key, beside the present one; it is kept for good when this returns."""

    def drop_versions(self, kept: int) -> None:
        """Forget all master keys but one, for good."""

    def refresh(self) -> None:
        """Look again at what is there; raises MasterKeyChangedError if that takes opening anew."""

    def close(self) -> None:
        """Forget the master keys until the next time."""
