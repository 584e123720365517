"""A session with a token of a PKCS#11 module, logged in once for all of this process that use it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import pkcs11

from dsc.crypto.memory import wipe
from host_tools.inventory.custody import Ask
from host_tools.inventory.module_address import TOKEN_FIELDS, ModuleAddress
from host_tools.inventory.module_errors import (
    LockedModulePinError,
    LostModuleError,
    MissingModuleError,
    ModuleFailureError,
    ModuleTokenError,
    PinNeededError,
    UnfitModuleError,
    WrongModulePinError,
)

if TYPE_CHECKING:
    from pkcs11._pkcs11 import lib

NEEDED: Final = {
    "AES-256 key generation (CKM_AES_KEY_GEN)": pkcs11.Mechanism.AES_KEY_GEN,
    "AES-GCM (CKM_AES_GCM)": pkcs11.Mechanism.AES_GCM,
    "AES-ECB (CKM_AES_ECB)": pkcs11.Mechanism.AES_ECB,
}
LOST: Final = (
    pkcs11.DeviceRemoved,
    pkcs11.SessionClosed,
    pkcs11.SessionHandleInvalid,
    pkcs11.TokenNotPresent,
    pkcs11.UserNotLoggedIn,
)


class Login:
    """A session that is logged in. PKCS#11 knows one login a process and token, so its users share it.

    The module is initialised as one whose program uses one thread at a time, which `working` sees to.
    """

    _lock: Final = threading.RLock()
    _open: Final[list[Login]] = []

    def __init__(self, address: ModuleAddress, token: pkcs11.Token, session: pkcs11.Session) -> None:
        """Use `Login.at`."""
        self._module = str(address.module)
        self._slot = token.slot.slot_id
        self._users = 0
        self.session = session

    @classmethod
    def at(cls, address: ModuleAddress, ask: Ask | None) -> Login:
        """A login at this token, `leave` it once; `ask` is called for the PIN, unless this process is logged in.

        Raises MissingModuleError, ModuleTokenError, UnfitModuleError, PinNeededError, WrongModulePinError,
        LockedModulePinError, LostModuleError, ModuleFailureError.
        """
        with cls._lock:
            library = _loaded(address)
            try:
                with _named(address):
                    token = _token(library, address)
                    login = next((one for one in cls._open if one._is_at(address, token)), None)
                    if login is None:
                        login = cls(address, token, _session(address, token, ask))
                        cls._open.append(login)
            except BaseException:
                _end_unused(str(address.module))
                raise
            login._users += 1
            return login

    @contextmanager
    def working(self, address: ModuleAddress) -> Iterator[pkcs11.Session]:
        """The session, for one thread at a time. Raises LostModuleError, ModuleFailureError in PKCS#11's errors' place.

        A session that is lost is not handed out again: who asks for a login next gets a new one.
        """
        with self._lock:
            try:
                with _named(address):
                    yield self.session
            except LostModuleError:
                self._end()
                raise

    def leave(self) -> None:
        """One user less; the last one logs out."""
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._end()

    def _is_at(self, address: ModuleAddress, token: pkcs11.Token) -> bool:
        return self._module == str(address.module) and self._slot == token.slot.slot_id

    def _end(self) -> None:
        if self in self._open:
            self._open.remove(self)
            with suppress(pkcs11.PKCS11Error):  # it may be unplugged
                self.session.close()
            _end_unused(self._module)


def _loaded(address: ModuleAddress) -> lib:
    if not address.module.exists():
        raise MissingModuleError(address.module, "no such file")
    try:
        library: lib = pkcs11.lib(str(address.module))
    except pkcs11.PKCS11Error as error:
        raise MissingModuleError(address.module, _reason(error)) from error
    return library


def _end_unused(module: str) -> None:
    """Finalise a module that nobody uses: what is plugged in then is seen when it is used the next time."""
    if not any(one._module == module for one in Login._open):
        with suppress(pkcs11.PKCS11Error):
            pkcs11.lib(module).finalize()


def _token(library: lib, address: ModuleAddress) -> pkcs11.Token:
    """The one token that fits. Raises ModuleTokenError, UnfitModuleError."""
    present: list[pkcs11.Token] = []
    for slot in library.get_slots(token_present=True):
        with suppress(pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised):
            token = slot.get_token()
            if token.flags & pkcs11.TokenFlag.TOKEN_INITIALIZED:
                present.append(token)
    fitting = [token for token in present if _fits(token, address)]
    if len(fitting) != 1:
        labels = [_text(token.label) for token in present]
        raise ModuleTokenError(address, [_text(token.serial) for token in fitting], labels)
    mechanisms = fitting[0].slot.get_mechanisms()
    lacking = [name for name, mechanism in NEEDED.items() if mechanism not in mechanisms]
    if lacking:
        raise UnfitModuleError(address, lacking)
    return fitting[0]


def _fits(token: pkcs11.Token, address: ModuleAddress) -> bool:
    has: dict[str, str | bytes] = {
        "token": token.label,
        "serial": token.serial,
        "manufacturer": token.manufacturer_id,
        "model": token.model,
    }
    wanted = {name: getattr(address, name) for name in TOKEN_FIELDS}
    return all(value is None or _text(has[name]) == value for name, value in wanted.items())


def _text(field: str | bytes) -> str:
    text = field.decode("utf-8", "replace") if isinstance(field, bytes) else field
    return text.rstrip(" \0")


def _session(address: ModuleAddress, token: pkcs11.Token, ask: Ask | None) -> pkcs11.Session:
    if token.flags & pkcs11.TokenFlag.USER_PIN_LOCKED:
        raise LockedModulePinError(address)
    if ask is None:
        raise PinNeededError(address)
    pin = ask()
    try:
        return token.open(rw=True, user_pin=pin.decode())
    except pkcs11.PinLocked:
        raise LockedModulePinError(address) from None
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, UnicodeDecodeError):
        last_try = bool(token.slot.get_token().flags & pkcs11.TokenFlag.USER_PIN_FINAL_TRY)
        raise WrongModulePinError(address, last_try=last_try) from None
    finally:
        wipe(pin)


@contextmanager
def _named(address: ModuleAddress) -> Iterator[None]:
    """Raises LostModuleError or ModuleFailureError in the place of PKCS#11's errors."""
    try:
        yield
    except LOST as error:
        raise LostModuleError(address) from error
    except pkcs11.PKCS11Error as error:
        raise ModuleFailureError(address, _reason(error)) from error


def _reason(error: pkcs11.PKCS11Error) -> str:
    return str(error) or type(error).__name__
