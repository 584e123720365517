"""How the sectors wear: a million counter advances, and a login every minute for ten years.

The arithmetic is held to simulations, then applied; `make bench ARGS=wear` prints it.
"""

import pytest

from dsc.vault.errors import VaultWriteError
from dsc.vault.store import BLANK, Vault
from fakes.nor_flash import SECTOR, NorFlash, PowerCut
from fakes.vault_contents import contents, everything, identity
from fakes.vault_wear import (
    CASES,
    ENDURANCE,
    MILLION,
    TEN_YEARS,
    counter_login,
    crowded,
    per_sector,
    simulate,
)

pytestmark = pytest.mark.exhaustive

SOFT = [case for case in CASES if case.login is counter_login]


@pytest.mark.parametrize("case", SOFT, ids=[case.name for case in SOFT])
def test_a_million_counter_advances_wear_the_sectors_as_foretold_and_little(case):
    counted, foretold = simulate(case, MILLION)
    assert counted == foretold
    assert counted <= ENDURANCE // 10


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_login_every_minute_for_ten_years_stays_within_the_endurance(case):
    half_a_year = TEN_YEARS // 20
    counted, foretold = simulate(case, half_a_year)
    assert counted == foretold
    assert per_sector(case, TEN_YEARS) <= ENDURANCE // 5


def test_both_halves_wear_alike():
    flash, vault = crowded()
    for _ in range(20_000):
        vault.advance_counter(identity(0))
    assert max(flash.wear) - min(flash.wear) <= 2


def test_the_erase_counts_in_the_flash_are_true():
    flash, vault = crowded()
    for _ in range(5_000):
        vault.advance_counter(identity(0))
    written = [
        int.from_bytes(flash.cells[start + 12 : start + 16], "big") for start in range(0, flash.size, SECTOR)
    ]
    assert written == flash.wear


def test_sectors_at_the_end_of_their_life_halt_the_token_with_everything_still_there():
    flash = NorFlash(2 * SECTOR, endurance=7)
    vault = Vault.provision(flash, **contents())
    values = [5]

    def for_ever():
        while True:
            values.append(vault.advance_counter(identity(0)))

    with pytest.raises(VaultWriteError):
        for_ever()
    assert max(flash.wear) == 8
    for _ in range(2):
        with pytest.raises(VaultWriteError):
            Vault.mount(flash)
    # A reader that the flash obeys again finds all of it: nothing was lost by the halt.
    flash.broken.clear()
    flash.endurance = 0
    found = everything(Vault.mount(flash))
    assert found[3][0][2] in (values[-1], values[-1] + 1)
    assert found[:2] == everything(Vault.provision(NorFlash(2 * SECTOR), **contents()))[:2]


@pytest.mark.parametrize("sector", range(4))
def test_a_reset_with_a_worn_sector_destroys_all_that_can_be_destroyed_and_stays_begun(sector):
    flash = NorFlash(4 * SECTOR)
    vault = Vault.provision(flash, **contents(credentials=16))
    written = [bytes(record.payload) for record in vault._log.records if record.payload]
    flash.broken.add(sector)
    held = bytes(flash.cells[sector * SECTOR : (sector + 1) * SECTOR])
    with pytest.raises(VaultWriteError):
        Vault.erase(flash)
    for payload in written:
        assert (payload in bytes(flash.cells)) == (payload in held)
    # Not even the part that is left of it ever comes back.
    with pytest.raises(VaultWriteError):
        Vault.mount(flash)
    flash.broken.clear()
    assert Vault.mount(flash).state == BLANK
    assert Vault.provision(flash, **contents()).counter(identity(0)) == 5


@pytest.mark.parametrize("bit", range(8))
@pytest.mark.parametrize("byte", [240, 245, 255])
def test_a_decayed_bit_in_the_reset_mark_s_place_does_not_bring_back_a_vault_that_was_being_erased(byte, bit):
    start = NorFlash(4 * SECTOR)
    vault = Vault.provision(start, **contents(credentials=8))
    for _ in range(205 * 3):
        vault.advance_counter(identity(0))
    newest = vault.counter(identity(0))
    start.cells[byte] &= ~(1 << bit)
    whole = start.copy()
    Vault.erase(whole)
    for operation in range(1, whole.operations + 1):
        flash = start.copy()
        flash.cut(operation)
        with pytest.raises(PowerCut):
            Vault.erase(flash)
        flash.power_on()
        found = Vault.mount(flash)
        assert found.state == BLANK or found.counter(identity(0)) == newest
