"""Master keys on their way from a file into a module: both are there until every key is wrapped anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from host_tools.inventory.custody import Place, WrappedKey
from host_tools.inventory.custody_errors import MasterKeyChangedError
from host_tools.inventory.errors import ForgottenKeyError
from host_tools.inventory.key_file import KeyFile
from host_tools.inventory.module_address import ModuleAddress
from host_tools.inventory.module_errors import MasterKeyPlaceError
from host_tools.inventory.module_pointer import point, pointer

if TYPE_CHECKING:
    from host_tools.inventory.pkcs11_module import Pkcs11Module


class MovingKeys:
    """The versions of both, told apart by their numbers. New ones are made in the module.

    When a rotation drops all but one of the module's versions, the file is gone.
    """

    def __init__(self, path: Path, file: KeyFile, module: Pkcs11Module) -> None:
        """Raises MasterKeyPlaceError if a version is in both."""
        both = set(file.versions()) & set(module.versions())
        if both:
            raise MasterKeyPlaceError(
                module.where(min(both)), f"version {min(both)} is there, and another one in {path}"
            )
        self._path = path
        self._file = file
        self._module = module

    def __repr__(self) -> str:
        return f"MovingKeys({self._file!r}, {self._module!r})"

    @property
    def moved(self) -> bool:
        """Whether nothing is in the file any more."""
        return not self._file.versions()

    def versions(self) -> tuple[int, ...]:
        """The versions that are in either."""
        return tuple(sorted((*self._file.versions(), *self._module.versions())))

    def fingerprint(self, version: int) -> bytes:
        """That of the one who holds it."""
        return self._holder(version).fingerprint(version)

    def where(self, version: int) -> str:
        """The file or the address."""
        return self._holder(version).where(version)

    def wrap(self, secret: bytes | bytearray, place: Place, version: int) -> WrappedKey:
        """Encrypt and authenticate `secret`, and authenticate its place with it."""
        return self._holder(version).wrap(secret, place, version)

    def unwrap(self, wrapped: WrappedKey, place: Place) -> bytearray:
        """The secret, which the caller wipes; raises UnwrapError unless every bit is as it was wrapped."""
        return self._holder(wrapped.version).unwrap(wrapped, place)

    def add_version(self) -> int:
        """Have the module make a new master key, with a number above all others."""
        return self._module.add_version(max(self.versions(), default=0))

    def drop_versions(self, kept: int) -> None:
        """Forget all others of both, and remove the file if it has none left.

        The file system, or a flash disk under it, may keep its blocks. Raises UnusableFileError, MasterKeyChangedError.
        """
        if kept in self._file.versions():
            self._file.drop_versions(kept)
            return
        self._module.drop_versions(kept)
        self._file.remove()

    def refresh(self) -> None:
        """Look again at both. Raises MasterKeyChangedError for the file, StrangeModuleKeyError."""
        if not self.moved:
            self._file.refresh()
        self._module.refresh()

    def begin(self, address: ModuleAddress) -> None:
        """Leave the address beside the file: from then on nobody adds a master key to the file.

        Raises MasterKeyChangedError if the file was changed, or somebody else has begun to move it; UnusableFileError.
        """
        with self._file.unchanged():
            if pointer(self._path) is not None:
                raise MasterKeyChangedError(self._path)
            point(self._path, address)

    def close(self) -> None:
        """Wipe the file's keys, and log out of the module."""
        self._file.close()
        self._module.close()

    def _holder(self, version: int) -> KeyFile | Pkcs11Module:
        for holder in (self._module, self._file):
            if version in holder.versions():
                return holder
        raise ForgottenKeyError(version)
