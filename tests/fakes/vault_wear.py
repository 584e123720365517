"""How often the sectors of a vault are erased: foretold by arithmetic, and counted on the flash of the tests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dsc.protocol.records import Counter, Label
from dsc.protocol.verified import ATTEMPT_PIN
from dsc.vault.store import Vault
from fakes.nor_flash import SECTOR, NorFlash
from fakes.vault_contents import contents, identity, verified_contents

ENDURANCE: Final = 100_000  # erases of a sector (W25Q16JV data sheet, section 1: minimum)
MILLION: Final = 1_000_000
TEN_YEARS: Final = 5_259_600  # minutes
COUNTER_STEPS: Final = 205  # 204 marks of a page, and the record itself that follows it
ATTEMPT_STEPS: Final = 219


@dataclass(frozen=True)
class Case:
    """A vault, and what a login writes to it: `steps` says how many logins the page of each record lasts."""

    name: str
    make: Callable[[], tuple[NorFlash, Vault]]
    login: Callable[[Vault], object]
    steps: tuple[int, ...]


def roomy() -> tuple[NorFlash, Vault]:
    """64 credentials with label and counter, in the region of a Pico."""
    flash = NorFlash(32 * SECTOR)
    made = contents(credentials=64)
    made["labels"] = [Label(identity(number), f"Konto {number}") for number in range(64)]
    made["counters"] = [Counter(identity(number), 0) for number in range(64)]
    return flash, Vault.provision(flash, **made)


def crowded() -> tuple[NorFlash, Vault]:
    """Not one page to spare: nothing wears a sector faster, whatever the size of the region."""
    return _filled(contents(credentials=8))


def crowded_verified() -> tuple[NorFlash, Vault]:
    """The same in verified mode."""
    return _filled(verified_contents(credentials=8))


def _filled(made: dict) -> tuple[NorFlash, Vault]:
    made["counters"] = [Counter(identity(number), 0) for number in range(8)]
    flash = NorFlash(4 * SECTOR)
    vault = Vault.provision(flash, **made)
    for number in range(8):
        if spare_pages(vault):
            vault.rename(identity(number), f"Konto {number}")
    # A record that newer firmware would know, for what the labels leave.
    while spare_pages(vault):
        vault._log.append(0x11, 1, b"")
    vault.compact()
    return flash, vault


def spare_pages(vault: Vault) -> int:
    return vault.free_bytes() // 256


def counter_login(vault: Vault) -> None:
    vault.advance_counter(identity(0))


def verified_login(vault: Vault) -> None:
    vault.begin_attempt(ATTEMPT_PIN)
    vault.forgive(ATTEMPT_PIN)
    vault.advance_counter(identity(0))


CASES: Final = (
    Case("64 credentials, 128 KiB", roomy, counter_login, (COUNTER_STEPS,)),
    Case("no page to spare", crowded, counter_login, (COUNTER_STEPS,)),
    Case(
        "no page to spare, verified",
        crowded_verified,
        verified_login,
        (COUNTER_STEPS, ATTEMPT_STEPS, ATTEMPT_STEPS),
    ),
)


def compactions(case: Case, spare: int, logins: int) -> int:
    """How many compactions so many logins take, right after one, with so many pages to spare."""
    cycle = 0
    while sum(cycle // step for step in case.steps) <= spare:
        cycle += 1
    return logins // cycle


def erases(number: int) -> int:
    """How often the most worn sector is erased: each compaction erases all of one half, in turn."""
    return (number + 1) // 2


def simulate(case: Case, logins: int) -> tuple[int, int]:
    """Carry out so many logins; return the erases of the most worn sector, counted and foretold."""
    flash, vault = case.make()
    if case.make is roomy:
        vault.compact()
    before = list(flash.wear)
    foretold = erases(compactions(case, spare_pages(vault), logins))
    for _ in range(logins):
        case.login(vault)
    return max(after - earlier for after, earlier in zip(flash.wear, before, strict=True)), foretold


def per_sector(case: Case, logins: int) -> int:
    """What the arithmetic says for any number of logins."""
    _, vault = case.make()
    return erases(compactions(case, spare_pages(vault), logins))
