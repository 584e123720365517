"""Which custody holds the master keys of an inventory: a file, a module, or both while they move."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from host_tools.inventory.custody import Ask, KeyCustody
from host_tools.inventory.errors import MissingMasterKeyError
from host_tools.inventory.key_file import KeyFile
from host_tools.inventory.module_address import ModuleAddress
from host_tools.inventory.module_errors import MissingLibraryError
from host_tools.inventory.module_pointer import pointer
from host_tools.inventory.moving_keys import MovingKeys

if TYPE_CHECKING:
    from host_tools.inventory.pkcs11_module import Pkcs11Module


def opened(place: Path | ModuleAddress, ask: Ask | None, pin: Ask | None) -> KeyCustody:
    """The master keys at `place`; `ask` is called for a file's passphrase, `pin` for a module's PIN.

    A file's place may have an address beside it: then they are in that module, or on the way there. Raises what
    `KeyFile`, `Pkcs11Module`, `MovingKeys` and `pointer` do, MissingMasterKeyError, MissingLibraryError.
    """
    if isinstance(place, ModuleAddress):
        return _with_keys(place, pin)
    module = pointer(place)
    if module is None:
        return KeyFile(place, ask)
    return both(place, module, ask, pin) if place.exists() else _with_keys(module, pin)


def made(place: Path | ModuleAddress, new: Ask | None, ask: Ask | None, pin: Ask | None) -> KeyCustody:
    """The master keys of a new inventory; `new` gives the passphrase of a file that is made.

    A file that is there serves it. A module's key that is there does not: another inventory may use it, and would lose
    it at the next rotation. Raises what `opened` does, and ModuleKeyThereError.
    """
    if isinstance(place, ModuleAddress):
        return _module_class().made(place, pin)
    module = pointer(place)
    if module is None:
        return KeyFile.made_at_first_use(place, new, ask)
    return both(place, module, ask or new, pin) if place.exists() else _module_class().made(module, pin)


def both(
    path: Path, in_module: ModuleAddress, ask: Ask | None, pin: Ask | None, *, begin: bool = False
) -> MovingKeys:
    """The keys in the file and in the module; the latter has none yet if they only `begin` to move.

    Raises what opening them does, MasterKeyPlaceError, ModuleKeyThereError.
    """
    file = KeyFile(path, ask)
    try:
        module = _module_class()(in_module, pin)
        try:
            if begin:
                module.refuse_keys()
            return MovingKeys(path, file, module)
        except BaseException:
            module.close()
            raise
    except BaseException:
        file.close()
        raise


def is_there(place: Path | ModuleAddress) -> bool:
    """Whether there is a file with a master key. Of a module's, only its PIN would tell."""
    return isinstance(place, Path) and place.exists()


def address(place: Path | ModuleAddress) -> ModuleAddress | None:
    """Where in a module the master key is, or goes; None if it is in a file. Raises what `pointer` does."""
    return place if isinstance(place, ModuleAddress) else pointer(place)


def _with_keys(place: ModuleAddress, pin: Ask | None) -> KeyCustody:
    module = _module_class()(place, pin)
    if not module.versions():
        module.close()
        raise MissingMasterKeyError(str(place))
    return module


def _module_class() -> type[Pkcs11Module]:
    """The adapter, whose library is an extra. Raises MissingLibraryError."""
    try:
        from host_tools.inventory.pkcs11_module import Pkcs11Module
    except ModuleNotFoundError as error:
        if error.name != "pkcs11":
            raise
        raise MissingLibraryError from None
    return Pkcs11Module
