"""The master keys in a file of their own, which a passphrase may protect.

In clear, version 1 alone is the line `picodsc master key 1` and 32 bytes. All else begins with the line `picodsc master
key 2` and a byte that says how it is protected. 0 is in clear. 1 is by scrypt: log2 of its N (one byte), a salt of 16
bytes, a nonce of 12 bytes, and AES-256-GCM ciphertext, whose associated data is all that stands before the ciphertext.
The content is a list of master keys: version (4 bytes, big-endian) and 32 bytes.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from dsc.crypto.memory import wipe
from host_tools.inventory.custody import NONCE_LENGTH, TAG_LENGTH, Ask, Place, WrappedKey
from host_tools.inventory.custody_errors import MasterKeyChangedError, MasterKeyClosedError
from host_tools.inventory.errors import (
    DamagedMasterKeyError,
    ForgottenKeyError,
    MissingMasterKeyError,
    PassphraseNeededError,
    UnusableFileError,
    UnwrapError,
    WrongPassphraseError,
)
from host_tools.inventory.module_pointer import pointer
from host_tools.inventory.private_files import (
    create_private,
    locked,
    refuse_exposed,
    remove,
    replace_private,
)

MASTER_KEY_LENGTH: Final = 32
FIRST_VERSION: Final = 1
PLAIN_HEADER: Final = b"picodsc master key 1\n"
HEADER: Final = b"picodsc master key 2\n"
IN_CLEAR, BY_SCRYPT = 0, 1
# RFC 7914: N = 2^17, r = 8, p = 1 take 128 MiB. A file that asks for much more or less is no file of ours.
SCRYPT_LOG_N: Final = 17
SCRYPT_LOG_NS: Final = range(14, 21)
SALT_LENGTH: Final = 16
LONGEST: Final = 4096


class KeyFile:
    """Master keys in a file (mode 0600). Wrapping is AES-256-GCM with a random 96-bit nonce for each key.

    NIST SP 800-38D, section 8.2.2. What writes the file or removes it does so under its lock, and only over what this
    has read or written last: it raises MasterKeyChangedError if that is not what is there, and MasterKeyClosedError
    after `close`.
    """

    def __init__(self, path: Path, ask: Ask | None = None) -> None:
        """Read the keys; `ask` is called for the passphrase, if they are protected by one.

        Raises MissingMasterKeyError, DamagedMasterKeyError, ExposedFileError, UnusableFileError,
        PassphraseNeededError, WrongPassphraseError.
        """
        self._path = path
        self._passphrase: bytearray | None = None
        self._keys: dict[int, bytearray] = {}
        content = _read(path)
        self._known: bytes | None = _digest(content)
        try:
            if content.startswith(PLAIN_HEADER):
                if len(content) != len(PLAIN_HEADER) + MASTER_KEY_LENGTH:
                    raise DamagedMasterKeyError(path)
                self._keys[FIRST_VERSION] = content[len(PLAIN_HEADER) :]
            else:
                self._open(content, ask)
        except BaseException:
            self.close()
            raise
        finally:
            wipe(content)

    @classmethod
    def made_at_first_use(cls, path: Path, new: Ask | None = None, ask: Ask | None = None) -> KeyFile:
        """The keys at `path`; if there are none, a new random one is put there first.

        It is protected by the passphrase that `new` gives, if there is such.
        """
        if not path.exists():
            create_private(path, lambda draft: _fill_with_new_key(draft, new))
        return cls(path, ask or new)

    def __repr__(self) -> str:
        return f"KeyFile({str(self._path)!r})"

    @property
    def is_protected(self) -> bool:
        """Whether a passphrase protects the file."""
        return self._passphrase is not None

    def versions(self) -> Collection[int]:
        """The versions that are in the file."""
        return tuple(sorted(self._keys))

    def fingerprint(self, version: int) -> bytes:
        """The first 16 bytes of an HMAC under the master key; 256 random bits cannot be guessed by it."""
        return hmac.digest(self._key(version), b"picodsc master key id 1", hashlib.sha256)[:16]

    def where(self, version: int) -> str:
        """The file."""
        self._key(version)
        return str(self._path)

    def wrap(self, secret: bytes | bytearray, place: Place, version: int) -> WrappedKey:
        """Encrypt and authenticate `secret`, and authenticate its place with it."""
        nonce = os.urandom(NONCE_LENGTH)
        ciphertext = AESGCM(self._key(version)).encrypt(nonce, secret, place.under(version))
        return WrappedKey(version, nonce, ciphertext)

    def unwrap(self, wrapped: WrappedKey, place: Place) -> bytearray:
        """The secret, which the caller wipes; raises UnwrapError unless every bit is as it was wrapped."""
        key = self._key(wrapped.version)
        return _opened(key, wrapped.nonce, wrapped.ciphertext, place.under(wrapped.version))

    def add_version(self) -> int:
        """Put a new random master key into the file, beside the present one. Raises UnusableFileError.

        And MasterKeyChangedError if the keys have begun to move into a module.
        """
        version = max(self._keys, default=0) + 1
        self._keys[version] = bytearray(os.urandom(MASTER_KEY_LENGTH))
        try:
            self._write(adding=True)
        except BaseException:
            wipe(self._keys.pop(version))
            raise
        return version

    def drop_versions(self, kept: int) -> None:
        """Write the file anew with one master key only. Raises ForgottenKeyError, UnusableFileError.

        What was there before was a file of its own: the file system, or a flash disk under it, may keep its blocks.
        """
        dropped = {version: key for version, key in self._keys.items() if version != kept}
        self._key(kept)
        self._keys = {kept: self._keys[kept]}
        try:
            self._write()
        except BaseException:
            self._keys |= dropped
            raise
        wipe(*dropped.values())

    def change_passphrase(self, new: Ask | None) -> None:
        """Protect the file by another passphrase, or by none. Raises UnusableFileError; then it is as before."""
        before, self._passphrase = self._passphrase, new() if new else None
        try:
            self._write()
        except BaseException:
            wipe(self._passphrase)
            self._passphrase = before
            raise
        wipe(before)

    def refresh(self) -> None:
        """Raises MasterKeyChangedError if the file was changed: it may have another passphrase now."""
        with self.unchanged():
            pass

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Hold the file's lock; nobody has changed the file. Raises MasterKeyChangedError, UnusableFileError."""
        if self._known is None:
            raise MasterKeyClosedError(self._path)
        with locked(self._path):
            try:
                content = _read(self._path)
            except MissingMasterKeyError:
                raise MasterKeyChangedError(self._path) from None
            try:
                if _digest(content) != self._known:
                    raise MasterKeyChangedError(self._path)
            finally:
                wipe(content)
            yield

    def remove(self) -> None:
        """Remove the file and close: its keys are not needed any more. Raises UnusableFileError."""
        with self.unchanged():
            remove(self._path)
        self.close()

    def close(self) -> None:
        """Wipe the master keys; nothing can be wrapped, unwrapped or written afterwards."""
        wipe(*self._keys.values(), self._passphrase)
        self._keys, self._passphrase, self._known = {}, None, None

    def _key(self, version: int) -> bytearray:
        try:
            return self._keys[version]
        except KeyError:
            raise ForgottenKeyError(version) from None

    def _open(self, content: bytearray, ask: Ask | None) -> None:
        place = len(HEADER)
        if not content.startswith(HEADER) or len(content) <= place:
            raise DamagedMasterKeyError(self._path)
        if content[place] == IN_CLEAR:
            self._take(content[place + 1 :])
            return
        body = place + 2 + SALT_LENGTH + NONCE_LENGTH
        if (
            content[place] != BY_SCRYPT
            or len(content) < body + TAG_LENGTH
            or content[place + 1] not in SCRYPT_LOG_NS
        ):
            raise DamagedMasterKeyError(self._path)
        if ask is None:
            raise PassphraseNeededError(self._path)
        self._passphrase = ask()
        key = _stretched(
            self._passphrase, bytes(content[place + 2 : place + 2 + SALT_LENGTH]), content[place + 1]
        )
        try:
            nonce = bytes(content[body - NONCE_LENGTH : body])
            self._take(_opened(key, nonce, bytes(content[body:]), bytes(content[:body])))
        except UnwrapError:
            raise WrongPassphraseError(self._path) from None
        finally:
            wipe(key)

    def _take(self, body: bytearray) -> None:
        size = 4 + MASTER_KEY_LENGTH
        try:
            if not body or len(body) % size:
                raise DamagedMasterKeyError(self._path)
            for start in range(0, len(body), size):
                self._keys[int.from_bytes(body[start : start + 4], "big")] = body[start + 4 : start + size]
        finally:
            wipe(body)

    def _write(self, *, adding: bool = False) -> None:
        content = None
        try:
            with self.unchanged():
                if adding and pointer(self._path) is not None:
                    raise MasterKeyChangedError(self._path)
                content = _content(self._keys, self._passphrase)
                replace_private(self._path, content)
                self._known = _digest(content)
        finally:
            wipe(content)


def _read(path: Path) -> bytearray:
    content = bytearray(LONGEST + 1)
    try:
        with path.open("rb", buffering=0) as file:
            refuse_exposed(path, file)
            length = file.readinto(content) or 0
        if length > LONGEST:
            raise DamagedMasterKeyError(path)
        return content[:length]
    except FileNotFoundError as error:
        raise MissingMasterKeyError(path) from error
    except OSError as error:
        raise UnusableFileError(path, error.strerror or type(error).__name__) from error
    finally:
        wipe(content)


def _digest(content: bytearray) -> bytes:
    """What tells files apart, and nothing of the 256 random bits in one."""
    return hashlib.sha256(content).digest()


def _content(keys: dict[int, bytearray], passphrase: bytearray | None) -> bytearray:
    """What goes into the file."""
    if passphrase is None and list(keys) == [FIRST_VERSION]:
        return bytearray(PLAIN_HEADER) + keys[FIRST_VERSION]
    body = bytearray()
    for version, key in sorted(keys.items()):
        body += version.to_bytes(4, "big")
        body += key
    if passphrase is None:
        return bytearray(HEADER) + bytes([IN_CLEAR]) + body
    salt, nonce = os.urandom(SALT_LENGTH), os.urandom(NONCE_LENGTH)
    start = HEADER + bytes([BY_SCRYPT, SCRYPT_LOG_N]) + salt + nonce
    kek = _stretched(passphrase, salt, SCRYPT_LOG_N)
    try:
        return bytearray(start) + AESGCM(kek).encrypt(nonce, body, start)
    finally:
        wipe(kek, body)


def _fill_with_new_key(draft: Path, new: Ask | None) -> None:
    key, passphrase = bytearray(os.urandom(MASTER_KEY_LENGTH)), new() if new else None
    content = None
    try:
        content = _content({FIRST_VERSION: key}, passphrase)
        with draft.open("wb", buffering=0) as file:
            file.write(content)
    finally:
        wipe(key, passphrase, content)


def _stretched(passphrase: bytearray, salt: bytes, log_n: int) -> bytearray:
    derived = Scrypt(salt=salt, length=MASTER_KEY_LENGTH, n=1 << log_n, r=8, p=1)
    return bytearray(derived.derive(bytes(passphrase)))


def _opened(key: bytearray, nonce: bytes, ciphertext: bytes, associated_data: bytes) -> bytearray:
    secret = bytearray(max(0, len(ciphertext) - TAG_LENGTH))
    try:
        # Straight into a buffer that can be wiped: `decrypt` would leave an immutable copy behind.
        AESGCM(key).decrypt_into(nonce, ciphertext, associated_data, secret)
    except (InvalidTag, ValueError) as error:
        wipe(secret)
        raise UnwrapError from error
    return secret
