"""The units that the flows are played on: one a name, each in any language."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from dsc.protocol.records import KIND_OPEN, OFFSET_MUST_CHANGE, PinOffset
from dsc.protocol.settings import Settings
from dsc.protocol.transaction import ACCOUNT, AMOUNT, REFERENCE, Field
from dsc.vault.store import Vault
from fakes import units, verified_unit
from fakes.units import Made
from host_tools.engines.unit import Unit
from simulated.flash import Flash

PAGE_SUITE: Final = "OCRA-1:HOTP-SHA512-8:QN06"
SIGN_SUITE: Final = "OCRA-1:HOTP-SHA256-8:QH64"
HOTP: Final = "HOTP-SHA1-6"
TOTP: Final = "TOTP-SHA1-6-T30S"
NOON: Final = 1_800_000_000  # Unix seconds
UNLOCK_SECRET: Final = verified_unit.UNLOCK_SECRET
TRANSFER: Final = (
    Field(AMOUNT, "Amount", 2, "EUR"),
    Field(ACCOUNT, "To account"),
    Field(REFERENCE, "Reference"),
)
BANK: Final = Made(units.LOGIN, "Bank")
SEVERAL: Final = (
    BANK,
    Made(units.LOGIN, "Broker"),
    Made(HOTP, "Club"),
    Made(units.LOGIN, "Household"),
    Made(units.LOGIN, "Pension"),
    Made(HOTP, "Garage door", kind=KIND_OPEN),
)


def _set_up(unit: Unit, language: int, flags: int = 0) -> Unit:
    """The unit in a language, with flags on its PIN."""
    with closing(Flash(str(unit.flash))) as flash:
        vault = Vault.mount(flash)
        if language:
            vault.replace_settings(Settings(language))
        if flags:
            vault.replace_offset(PinOffset(vault.offset.offset, flags))
    return unit


def _of(*credentials: Made, flags: int = 0, **options: object) -> Callable[[Path, int], Unit]:
    def make(folder: Path, language: int) -> Unit:
        return _set_up(
            units.sealed_unit(folder, credentials, rounds=10_000, seed=1, **options), language, flags
        )

    return make


def _verified(folder: Path, language: int) -> Unit:
    return _set_up(verified_unit.unit(folder), language)


UNITS: Final[dict[str, Callable[[Path, int], Unit]]] = {
    "login": _of(BANK),
    "weak": _of(BANK, supply_mv=2100),
    "mutual": _of(Made(units.LOGIN, "Bank", server=PAGE_SUITE)),
    "signing": _of(Made(units.LOGIN, "Bank", sign=SIGN_SUITE, form=TRANSFER)),
    "codes": _of(Made(HOTP, "Bank")),
    "timed": _of(Made(TOTP, "Bank"), wall=lambda: NOON),
    "untimed": _of(Made(TOTP, "Bank")),
    "open": _of(Made(HOTP, "Garage door", kind=KIND_OPEN)),
    "several": _of(*SEVERAL),
    "letter": _of(BANK, flags=OFFSET_MUST_CHANGE),
    "verified": _verified,
}
