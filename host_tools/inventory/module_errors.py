"""What can go wrong with master keys in a PKCS#11 module: errors that carry data and never a PIN."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from host_tools.inventory.errors import CustodyError, InventoryError


class ModuleAddressError(InventoryError):
    """What should say where in a module the master key is does not."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason}; a master key in a module is at pkcs11:token=LABEL;object=LABEL?module-path=FILE"
        )
        self.reason = reason


class MissingLibraryError(CustodyError):
    """The library that speaks PKCS#11 is not installed."""

    def __init__(self) -> None:
        super().__init__(
            'master keys in a PKCS#11 module need the library python-pkcs11: install picodsc with its extra "hsm"'
        )


class MissingModuleError(CustodyError):
    """The module's file is not there, or is no PKCS#11 module; `reason` is in the system's words."""

    def __init__(self, module: Path, reason: str) -> None:
        super().__init__(f"cannot use the PKCS#11 module {module}: {reason}")
        self.module = module
        self.reason = reason


class ModuleTokenError(CustodyError):
    """Not exactly one token fits the address; `fitting` are serials of those that do, `present` all labels."""

    def __init__(self, address: object, fitting: Sequence[str], present: Sequence[str]) -> None:
        if fitting:
            what = f"several tokens fit, with serial={' and serial='.join(fitting)}: add one of these"
        else:
            what = f"there is no such token, plugged in and initialised; there are {', '.join(present) or 'none'}"
        super().__init__(f"{address}: {what}")
        self.address = address
        self.fitting = tuple(fitting)
        self.present = tuple(present)


class PinNeededError(CustodyError):
    """The token wants its PIN, and nobody is there to give it."""

    def __init__(self, address: object) -> None:
        super().__init__(f"{address} is protected by a PIN; there is no terminal to ask for it at")
        self.address = address


class WrongModulePinError(CustodyError):
    """The token refused the PIN; with `last_try` it locks at the next wrong one, as far as it tells."""

    def __init__(self, address: object, *, last_try: bool) -> None:
        warning = "; one more wrong PIN locks it" if last_try else ""
        super().__init__(f"this is not the user PIN of {address}{warning}")
        self.address = address
        self.last_try = last_try


class LockedModulePinError(CustodyError):
    """After too many wrong PINs the token takes none; its security officer sets a new one."""

    def __init__(self, address: object) -> None:
        super().__init__(
            f"the user PIN of {address} is locked: its security officer sets a new one with the module's own tool"
        )
        self.address = address


class UnfitModuleError(CustodyError):
    """The module cannot do what master keys need; `lacking` says what."""

    def __init__(self, address: object, lacking: Sequence[str]) -> None:
        super().__init__(f"{address} cannot keep master keys: it lacks {', '.join(lacking)}")
        self.address = address
        self.lacking = tuple(lacking)


class StrangeModuleKeyError(CustodyError):
    """An object with the master key's label is no master key of ours; `reason` says why."""

    def __init__(self, address: object, reason: str) -> None:
        super().__init__(f"what is at {address} is not used: {reason}")
        self.address = address
        self.reason = reason


class ModuleKeyThereError(CustodyError):
    """A new master key was to be made, and there is one with that label, maybe of another inventory."""

    def __init__(self, address: object, versions: Sequence[int]) -> None:
        super().__init__(
            f"there is a master key at {address} already (version {', '.join(map(str, versions))}), and each inventory "
            "has its own: take another label after object=, or, if no inventory uses it, delete it with the module's "
            "own tool"
        )
        self.address = address
        self.versions = tuple(versions)


class LostModuleError(CustodyError):
    """The token was unplugged or reset, or somebody ended the session."""

    def __init__(self, address: object) -> None:
        super().__init__(f"the connection to {address} is lost: plug the token in, and run it again")
        self.address = address


class ModuleFailureError(CustodyError):
    """The module refused something that no other error here stands for; `reason` is PKCS#11's name for it."""

    def __init__(self, address: object, reason: str) -> None:
        super().__init__(f"{address} failed: {reason}")
        self.address = address
        self.reason = reason


class MasterKeyPlaceError(CustodyError):
    """A master key cannot be moved from where it is to where it was told to; `reason` says why."""

    def __init__(self, place: object, reason: str) -> None:
        super().__init__(f"the master key cannot be moved to {place}: {reason}")
        self.place = place
        self.reason = reason
