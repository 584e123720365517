"""What walks begin with: the flash of a token, made once, and what must be kept of its vault."""

from dataclasses import dataclass

from dsc.protocol.records import KIND_OPEN, MODE_SOFT
from dsc.vault.store import Vault
from fakes import units, verified_unit
from fakes.nor_flash import PAGE as PAGE_SIZE
from fakes.nor_flash import SECTOR, NorFlash
from fakes.units import Made
from flows.units import HOTP, PAGE_SUITE, TRANSFER

SIZE = 128 * 1024
HEADER = 20  # bytes of a sector's first page; at its end there is the mark of a reset
MARK = 16
PINS = (units.PIN, b"8305", b"9027")  # one of which is in force after any walk
COUNTED = "OCRA-1:HOTP-SHA256-8:C-QN06"
SIGN_COUNTED = "OCRA-1:HOTP-SHA256-8:C-QH64"
BANK = Made(COUNTED, "Bank", sign=SIGN_COUNTED, form=TRANSFER)
PAGE = Made(COUNTED, "Page", server=PAGE_SUITE)
SEVERAL = (BANK, Made(HOTP, "Club"), Made(HOTP, "Door", kind=KIND_OPEN))


class Image:
    """A flash to be copied for each walk; Hypothesis would print all of its bytes."""

    def __init__(self, flash: NorFlash) -> None:
        self._cells = bytes(flash.cells)

    def __repr__(self) -> str:
        return "image"

    def flash(self) -> NorFlash:
        return NorFlash(SIZE, self._cells)


def soft(credentials) -> Image:
    """A soft token with these credentials."""
    flash = NorFlash(SIZE)
    units.seal_flash(flash, credentials, units.PIN, units.LOW_ROUNDS, units.SERIAL)
    return Image(flash)


def verified(**policy) -> Image:
    """A verified token with this policy."""
    flash = NorFlash(SIZE)
    verified_unit.seal_flash(flash, verified_unit.Policy(**policy))
    return Image(flash)


@dataclass(frozen=True)
class Login:
    """All that a vault has of one login."""

    key: bytes
    page: bytes
    form: tuple
    label: str
    counter: int


@dataclass(frozen=True)
class Kept:
    """All that a sealed vault keeps, by what may change it."""

    logins: dict[bytes, Login]
    settings: tuple[int, ...]  # language, brightness, seconds until the display goes off, flags
    pin: bytes

    def keys(self) -> dict[bytes, bytes]:
        """The logins with their keys."""
        return {login: kept.key for login, kept in self.logins.items()}

    @classmethod
    def of(cls, vault: Vault) -> "Kept":
        chosen = vault.settings
        pin = vault.offset if vault.root.mode == MODE_SOFT else vault.wrapping
        return cls(
            {bytes(one.id): _login(vault, one) for one in vault.credentials()},
            (chosen.language, chosen.brightness, chosen.auto_off, chosen.flags),
            bytes(pin.encode()),
        )


def _login(vault: Vault, one) -> Login:
    page = vault.server(one.id)
    form = vault.form(one.id) or ()
    return Login(
        bytes(one.encode()),
        bytes(page.encode()) if page else b"",
        tuple(form),
        one.label,
        vault.counter(one.id),
    )


def is_erased(flash: NorFlash) -> bool:
    """Whether nothing is written but the headers of sectors, each with its erase count, and marks of a reset."""
    for start in range(0, len(flash.cells), PAGE_SIZE):
        page = bytes(flash.cells[start : start + PAGE_SIZE])
        body = page[HEADER : PAGE_SIZE - MARK] if start % SECTOR == 0 else page
        if body.strip(b"\xff"):
            return False
    return True
