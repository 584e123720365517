"""Erasing everything: each sector once, whatever a reset was interrupted at, and no mark that none leaves."""

import pytest

from dsc.protocol import layout
from dsc.protocol.layout import MARK_BEGUN, MARK_COMPLETED, MARK_START, PAGE_SIZE
from dsc.protocol.records import TYPE_RESET, PinOffset
from dsc.vault import reset
from dsc.vault.contents import KNOWN
from dsc.vault.errors import VaultDamagedError, VaultWriteError
from dsc.vault.log import Log
from dsc.vault.region import Region
from dsc.vault.store import SEALED, Vault
from fakes.nor_flash import SECTOR, NorFlash, PowerCut
from fakes.vault_contents import contents, everything

MIDDLE = 2 * SECTOR + MARK_START


def put(flash: NorFlash, offset: int, data: bytes) -> None:
    flash.cells[offset : offset + len(data)] = data


def mark_in_the_middle(flash: NorFlash) -> bytes:
    return bytes(flash.cells[MIDDLE:][: layout.MARK_SIZE])


def test_a_full_vault_is_erased_without_a_compaction_before():
    flash = NorFlash(2 * SECTOR)
    vault = Vault.provision(flash, **contents())
    while vault._log.has_room(1):
        vault.replace_offset(PinOffset(bytes(4)))
    wear = list(flash.wear)
    Vault.erase(flash)
    assert [after - before for after, before in zip(flash.wear, wear, strict=True)] == [1, 1]


@pytest.mark.parametrize("offset", [240, SECTOR + 240, 2 * SECTOR + 250])
def test_a_mark_that_no_reset_leaves_is_damage_on_a_blank_region(offset):
    flash = NorFlash(4 * SECTOR)
    put(flash, offset, b"\x8f")
    with pytest.raises(VaultDamagedError):
        Vault.mount(flash)


def test_only_the_first_sector_may_hold_a_mark_that_was_interrupted():
    flash = NorFlash(4 * SECTOR)
    put(flash, SECTOR + 240, b"\x70\xff")
    with pytest.raises(VaultDamagedError):
        Vault.mount(flash)
    flash = NorFlash(4 * SECTOR)
    put(flash, 240, b"\x70\xff")
    assert Vault.mount(flash).state == "blank"


def test_a_reset_erases_each_sector_once():
    flash = NorFlash(4 * SECTOR)
    Vault.provision(flash, **contents())
    wear = list(flash.wear)
    reset.run(Region(flash))
    assert [after - before for after, before in zip(flash.wear, wear, strict=True)] == [1, 1, 1, 1]


@pytest.mark.parametrize("sector", [1, 3])
def test_a_reset_with_the_mark_in_the_middle_erases_what_is_left(sector):
    flash = NorFlash(4 * SECTOR)
    vault = Vault.provision(flash, **contents(credentials=16))
    assert vault.state == SEALED
    put(flash, sector * SECTOR + PAGE_SIZE, b"left")
    put(flash, 2 * SECTOR + layout.MARK_START, layout.MARK_BEGUN)
    assert Vault.mount(flash).state == "blank"
    assert flash.cells[sector * SECTOR + PAGE_SIZE :][:4] == b"\xff" * 4
    made = Vault.provision(flash, **contents())
    assert everything(made) == everything(Vault.mount(flash))


def test_a_blank_region_is_erased_as_well():
    flash = NorFlash(4 * SECTOR)
    Vault.erase(flash)
    assert mark_in_the_middle(flash) == MARK_COMPLETED
    Vault.erase(flash)
    assert Vault.mount(flash).state == "blank"


def test_a_sealed_vault_is_given_up_in_a_committed_record_before_anything_is_erased():
    flash = NorFlash(4 * SECTOR)
    Vault.provision(flash, **contents())
    flash.cut(1 + 3, after=True)  # a boot settles the last record, then one record is written
    with pytest.raises(PowerCut):
        Vault.erase(flash)
    flash.power_on()
    assert Log.read(Region(flash), 0, KNOWN).current()[-1].kind == TYPE_RESET


@pytest.mark.parametrize("mark", [b"\x8f" + MARK_BEGUN[1:], bytes(15) + b"\xff"])
def test_a_mark_in_the_middle_that_was_not_on_its_way_from_begun_to_completed_is_damage(mark):
    flash = NorFlash(4 * SECTOR)
    reset.run(Region(flash))
    put(flash, MIDDLE, mark)
    with pytest.raises(VaultDamagedError, match="reset mark"):
        Vault.mount(flash)


def test_a_mark_that_was_not_quite_completed_is_completed_by_the_next_boot():
    flash = NorFlash(4 * SECTOR)
    reset.run(Region(flash))
    put(flash, MIDDLE, bytes(8) + MARK_BEGUN[8:])
    assert Vault.mount(flash).state == "blank"
    assert mark_in_the_middle(flash) == MARK_COMPLETED


def test_a_reset_that_lacks_its_last_mark_alone_erases_nothing_again():
    flash = NorFlash(4 * SECTOR)
    reset.run(Region(flash))
    put(flash, MIDDLE, MARK_BEGUN)
    wear = list(flash.wear)
    assert Vault.mount(flash).state == "blank"
    assert flash.wear == wear
    assert mark_in_the_middle(flash) == MARK_COMPLETED


@pytest.mark.parametrize("left", [MARK_START, PAGE_SIZE])
def test_a_reset_erases_the_first_sector_again_if_anything_is_left_in_it(left):
    flash = NorFlash(4 * SECTOR)
    reset.run(Region(flash))
    put(flash, left, MARK_BEGUN)
    put(flash, MIDDLE, MARK_BEGUN)
    wear = list(flash.wear)
    Vault.mount(flash)
    assert flash.wear[0] == wear[0] + 1
    assert flash.cells[left : left + 16] == b"\xff" * 16


def test_a_reset_of_a_worn_first_sector_zeroes_all_of_it_but_its_mark():
    flash = NorFlash(4 * SECTOR)
    Vault.provision(flash, **contents())
    flash.sector_erase = lambda address: None if address < SECTOR else NorFlash.sector_erase(flash, address)
    with pytest.raises(VaultWriteError):
        reset.run(Region(flash))
    assert flash.cells[PAGE_SIZE:SECTOR] == bytes(SECTOR - PAGE_SIZE)


@pytest.mark.parametrize("sector", [1, 2, 3])
def test_a_reset_keeps_its_first_mark_while_another_sector_is_worn(sector):
    flash = NorFlash(4 * SECTOR)
    Vault.provision(flash, **contents())
    flash.broken.add(sector)
    with pytest.raises(VaultWriteError):
        reset.run(Region(flash))
    assert bytes(flash.cells[MARK_START:][: layout.MARK_SIZE]) == MARK_BEGUN


@pytest.mark.parametrize("sector", [1, 3])
def test_a_reset_with_its_mark_in_the_middle_is_not_completed_while_a_sector_is_worn(sector):
    flash = NorFlash(4 * SECTOR)
    reset.run(Region(flash))
    put(flash, MIDDLE, MARK_BEGUN)
    put(flash, sector * SECTOR + PAGE_SIZE, b"left")
    flash.broken.add(sector)
    with pytest.raises(VaultWriteError):
        Vault.mount(flash)
    assert mark_in_the_middle(flash) == MARK_BEGUN
