"""The master keys in a PKCS#11 module, which uses them and never gives them out.

A version of the master key is an AES-256 key on the token: label as in the address, id the version (4 bytes,
big-endian), made by the module, sensitive, not extractable.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, Protocol, cast

import pkcs11

from dsc.crypto.memory import equal, wipe
from host_tools.inventory.custody import NONCE_LENGTH, TAG_LENGTH, Ask, Place, WrappedKey
from host_tools.inventory.errors import ForgottenKeyError, UnwrapError
from host_tools.inventory.module_address import ModuleAddress
from host_tools.inventory.module_errors import (
    LostModuleError,
    ModuleKeyThereError,
    StrangeModuleKeyError,
    UnfitModuleError,
)
from host_tools.inventory.module_login import LOST, Login

KEY_BITS: Final = 256
ID_LENGTH: Final = 4
# What its encryption is tells keys apart. GCM never encrypts this block: with nonces of 12 bytes, its blocks end in a
# counter that begins with 1 (NIST SP 800-38D, section 7.1), and the one that its hash key is made of is all zeros.
FINGERPRINT_BLOCK: Final = b"picodsc keys" + bytes(4)
GONE: Final = (pkcs11.KeyHandleInvalid, pkcs11.ObjectHandleInvalid)


class MasterKey(Protocol):
    """What the library's object can do, which it finds out only when it runs."""

    def encrypt(
        self, data: bytes, *, mechanism: pkcs11.Mechanism, mechanism_param: pkcs11.GCMParams | None = None
    ) -> bytes:
        """The ciphertext, with its tag if there is one."""

    def decrypt(
        self, data: bytes, *, mechanism: pkcs11.Mechanism, mechanism_param: pkcs11.GCMParams
    ) -> bytes:
        """The plaintext."""

    def destroy(self) -> None:
        """Remove it from the token."""


class _Held(NamedTuple):
    key: MasterKey
    fingerprint: bytes


class Pkcs11Module:
    """Master keys on a token. Wrapping is AES-256-GCM inside, with a 96-bit nonce for each key.

    The nonce is random and ours, unless the module puts its own in its place. All but `close` and `versions` also
    raise LostModuleError and ModuleFailureError.
    """

    def __init__(self, address: ModuleAddress, ask: Ask | None = None) -> None:
        """Log in, and find the keys that are there, which may be none; `ask` is called for the user PIN.

        Raises what `Login.at` does, and StrangeModuleKeyError.
        """
        self._address = address
        self._keys: dict[int, _Held] = {}
        self._login: Login | None = Login.at(address, ask)
        try:
            with self._login.working(address) as session:
                self._keys = self._found(session)
        except BaseException:
            self.close()
            raise

    @classmethod
    def made(cls, address: ModuleAddress, ask: Ask | None = None) -> Pkcs11Module:
        """Version 1, made now. Raises ModuleKeyThereError if there is any, and what opening does."""
        module = cls(address, ask)
        try:
            module.refuse_keys()
            module.add_version()
        except BaseException:
            module.close()
            raise
        return module

    def __repr__(self) -> str:
        return f"Pkcs11Module({str(self._address)!r})"

    def refuse_keys(self) -> None:
        """Raise ModuleKeyThereError if a master key is there already."""
        if self._keys:
            raise ModuleKeyThereError(self._address, self.versions())

    def versions(self) -> tuple[int, ...]:
        """The versions that were there when this last looked, or are made or dropped since."""
        return tuple(sorted(self._keys))

    def fingerprint(self, version: int) -> bytes:
        """The encryption of a block that nothing else encrypts: 16 bytes as good as random."""
        return self._held(version).fingerprint

    def where(self, version: int) -> str:
        """The address."""
        self._held(version)
        return str(self._address)

    def wrap(self, secret: bytes | bytearray, place: Place, version: int) -> WrappedKey:
        """Encrypt and authenticate `secret`, and authenticate its place with it.

        What the module made of it is opened once before it is handed out. Raises UnfitModuleError if that fails.
        """
        wrapped = self._sealed(secret, place, version)
        try:
            opened = self.unwrap(wrapped, place)
        except UnwrapError:
            opened = bytearray()
        try:
            if not equal(opened, secret):
                raise UnfitModuleError(self._address, ["AES-GCM that opens what it sealed"])
        finally:
            wipe(opened)
        return wrapped

    def unwrap(self, wrapped: WrappedKey, place: Place) -> bytearray:
        """The secret, which the caller wipes; raises UnwrapError unless every bit is as it was wrapped."""
        held = self._held(wrapped.version)
        if len(wrapped.nonce) != NONCE_LENGTH or len(wrapped.ciphertext) < TAG_LENGTH:
            raise UnwrapError
        parameters = pkcs11.GCMParams(wrapped.nonce, place.under(wrapped.version), 8 * TAG_LENGTH)
        with self._working():
            try:
                return bytearray(
                    held.key.decrypt(
                        wrapped.ciphertext, mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=parameters
                    )
                )
            except GONE:
                raise ForgottenKeyError(wrapped.version) from None
            except LOST:
                raise
            except pkcs11.PKCS11Error:
                # Modules have no common name for a wrong tag (SoftHSM's: general error). That the key still does
                # what it did tells it from a module that fails.
                if self._fingerprint(held.key) != held.fingerprint:
                    raise
                raise UnwrapError from None

    def add_version(self, above: int = 0) -> int:
        """Have the module make a new master key, beside those that are there; its version is higher than `above`.

        Raises StrangeModuleKeyError if somebody else made one at the same time; ours is gone then.
        """
        with self._working() as session:
            version = max((above, *self._found(session))) + 1
            key = session.generate_key(
                pkcs11.KeyType.AES,
                KEY_BITS,
                id=version.to_bytes(ID_LENGTH, "big"),
                label=self._address.object,
                store=True,
                capabilities=pkcs11.MechanismFlag.ENCRYPT | pkcs11.MechanismFlag.DECRYPT,
                template={
                    pkcs11.Attribute.PRIVATE: True,
                    pkcs11.Attribute.SENSITIVE: True,
                    pkcs11.Attribute.EXTRACTABLE: False,
                },
            )
            try:
                self._keys = self._found(session)
            except BaseException:
                key.destroy()
                raise
        return version

    def drop_versions(self, kept: int) -> None:
        """Have the module destroy all master keys of this label but one. Raises ForgottenKeyError.

        Nothing is destroyed then: the one to keep has to be there now.
        """
        with self._working() as session:
            self._keys = self._found(session)
            self._held(kept)
            for version in self.versions():
                if version != kept:
                    self._keys.pop(version).key.destroy()

    def refresh(self) -> None:
        """Find the keys that are there now. Raises StrangeModuleKeyError."""
        with self._working() as session:
            self._keys = self._found(session)

    def close(self) -> None:
        """Log out, unless others of this process use the token; nothing can be wrapped or unwrapped afterwards."""
        self._keys = {}
        login, self._login = self._login, None
        if login is not None:
            login.leave()

    def _held(self, version: int) -> _Held:
        try:
            return self._keys[version]
        except KeyError:
            raise ForgottenKeyError(version) from None

    def _working(self) -> AbstractContextManager[pkcs11.Session]:
        if self._login is None:
            raise LostModuleError(self._address)
        return self._login.working(self._address)

    def _sealed(self, secret: bytes | bytearray, place: Place, version: int) -> WrappedKey:
        held = self._held(version)
        parameters = pkcs11.GCMParams(os.urandom(NONCE_LENGTH), place.under(version), 8 * TAG_LENGTH)
        with self._working():
            try:
                # The library takes a bytearray for a stream, which GCM is not.
                sealed = held.key.encrypt(
                    bytes(secret), mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=parameters
                )
            except GONE:
                raise ForgottenKeyError(version) from None
        # A module that makes the nonce itself has written it over ours, in place: the copy is made afterwards.
        nonce = bytes(bytearray(parameters.nonce))
        return WrappedKey(version, nonce, sealed)

    def _found(self, session: pkcs11.Session) -> dict[int, _Held]:
        """The master keys of this label that are on the token now. Raises StrangeModuleKeyError."""
        found: dict[int, _Held] = {}
        wanted = {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
            pkcs11.Attribute.LABEL: self._address.object,
        }
        for one in list(session.get_objects(wanted)):
            version = int.from_bytes(one[pkcs11.Attribute.ID], "big")
            reason = _strange(one)
            if version in found:
                reason = f"two keys are version {version}"
            if reason is not None:
                raise StrangeModuleKeyError(self._address, reason)
            key = cast(MasterKey, one)
            found[version] = _Held(key, self._fingerprint(key))
        return found

    @staticmethod
    def _fingerprint(key: MasterKey) -> bytes:
        return key.encrypt(FINGERPRINT_BLOCK, mechanism=pkcs11.Mechanism.AES_ECB)


def _strange(key: pkcs11.Object) -> str | None:
    """Why this is no master key, if it is none."""
    if (
        key[pkcs11.Attribute.KEY_TYPE] != pkcs11.KeyType.AES
        or 8 * key[pkcs11.Attribute.VALUE_LEN] != KEY_BITS
    ):
        return "a key with that label is not one of AES-256"
    if len(key[pkcs11.Attribute.ID]) != ID_LENGTH:
        return f"the id of a key with that label is not {ID_LENGTH} bytes, its version"
    if key[pkcs11.Attribute.EXTRACTABLE] or not key[pkcs11.Attribute.SENSITIVE]:
        return "a key with that label may leave the module (it must be sensitive, and not extractable)"
    if not (key[pkcs11.Attribute.ENCRYPT] and key[pkcs11.Attribute.DECRYPT]):
        return "a key with that label may not encrypt and decrypt"
    return None
