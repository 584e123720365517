"""Compaction: what it keeps, what it leaves out, and that it happens by itself when the log is full."""

import pytest

from dsc.protocol.layout import BLANK_PAGE
from dsc.protocol.records import Counter, Label, PinOffset
from dsc.vault.errors import (
    ContentError,
    UnknownCredentialError,
    VaultFullError,
    VaultStateError,
    VaultWriteError,
)
from dsc.vault.store import SEALED, Vault
from fakes.nor_flash import SECTOR, NorFlash, PowerCut
from fakes.vault_contents import contents, everything, identity, verified_contents, wrapping

SIZE = 4 * SECTOR
HALF = SIZE // 2


def sealed(size: int = SIZE, **more: int) -> tuple[NorFlash, Vault]:
    flash = NorFlash(size)
    return flash, Vault.provision(flash, **contents(**more))


def blank(flash: NorFlash, half: int) -> bool:
    """Whether a half holds nothing but its sectors' headers."""
    pages = range(half * flash.size // 2, (half + 1) * flash.size // 2, 256)
    return all(bytes(flash.cells[page : page + 256]) == BLANK_PAGE or page % SECTOR == 0 for page in pages)


def kinds(vault: Vault) -> list[int]:
    return [record.kind for record in vault._log.records]


def test_a_compaction_changes_nothing_that_the_vault_says():
    flash, vault = sealed(credentials=3)
    vault.replace_offset(PinOffset(bytes(4)))
    for _ in range(3):
        vault.advance_counter(identity(1))
    before = everything(vault)
    for half in (1, 0, 1):
        vault.compact()
        assert everything(vault) == everything(Vault.mount(flash)) == before
        assert blank(flash, 1 - half)
        assert vault._log.half == half


def test_a_compaction_gives_back_the_pages_of_what_was_replaced():
    vault = sealed()[1]
    free = vault.free_bytes()
    for number in range(5):
        vault.replace_offset(PinOffset(bytes([number] * 4)))
    assert vault.free_bytes() == free
    assert vault._log._free == 8 + 5
    vault.compact()
    assert (vault.free_bytes(), vault._log._free) == (free, 8)


def test_the_seals_are_the_last_records_of_a_compacted_half():
    _, vault = sealed()
    vault.rename(identity(0), "Neu")
    vault.compact()
    assert kinds(vault) == [0x81, 0x82, 0x83, 0x83, 0xC4, 0x05, 0x86, 0x86]
    assert [record.sequence for record in vault._log.records] == list(range(1, 9))
    assert {record.supersedes for record in vault._log.records} == {0xFFFFFFFF}


def test_used_marks_become_part_of_the_base():
    flash, vault = sealed()
    for _ in range(10):
        vault.advance_counter(identity(0))
    vault.compact()
    (record,) = [record for record in vault._log.records if record.kind == Counter.TYPE]
    assert (Counter.decode(record.payload).base, record.used) == (15, 0)
    assert Vault.mount(flash).advance_counter(identity(0)) == 16


def test_root_and_credentials_are_copied_byte_by_byte():
    _, vault = sealed(credentials=5)
    payloads = [record.payload for record in vault._log.records if record.kind in (0x81, 0x83)]
    vault.compact()
    assert [record.payload for record in vault._log.records if record.kind in (0x81, 0x83)] == payloads


def test_records_that_are_not_known_survive_with_their_marks():
    flash, vault = sealed()
    vault._log.append(0x11, 3, b"from the future")
    vault._log.mark(vault._log.append(0x51, 2, b"marked"), 5)
    vault._log.append(Label.TYPE, 2, b"a later label")
    Vault.mount(flash).compact()
    kept = [(r.kind, r.version, r.payload, r.used) for r in Vault.mount(flash)._log.records]
    for record in (
        (0x11, 3, b"from the future", 0),
        (0x51, 2, b"marked", 5),
        (Label.TYPE, 2, b"a later label", 0),
    ):
        assert record in kept


def test_every_change_finds_room_by_a_compaction():
    for change in (
        lambda vault: vault.replace_offset(PinOffset(b"\x09\x08\x07\x06")),
        lambda vault: vault.rename(identity(0), "neu"),
        lambda vault: vault.rename(identity(1), "first label"),
        lambda vault: vault.advance_counter(identity(1)),
    ):
        flash, vault = sealed(2 * SECTOR)
        while vault._log.has_room(1):
            vault.replace_offset(PinOffset(bytes(4)))
        expected = Vault.provision(NorFlash(SIZE), **contents())
        expected.replace_offset(PinOffset(bytes(4)))
        change(expected)
        assert vault._log.half == 0
        change(vault)
        assert vault._log.half == 1
        assert everything(vault) == everything(Vault.mount(flash)) == everything(expected)


def test_a_change_that_does_not_fit_after_a_compaction_either_is_refused_and_nothing_is_lost():
    made = contents(credentials=5)
    made["counters"], made["labels"] = [], [Label(identity(0), "x"), Label(identity(1), "y")]
    flash = NorFlash(2 * SECTOR)
    vault = Vault.provision(flash, **made)
    vault.rename(identity(2), "one")
    vault.rename(identity(3), "two")
    before, operations = everything(vault), flash.operations
    with pytest.raises(VaultFullError) as caught:
        vault.rename(identity(4), "three")
    assert (caught.value.needed, caught.value.free) == (14 * 256, 13 * 256)
    assert flash.operations == operations
    assert everything(vault) == everything(Vault.mount(flash)) == before
    vault.rename(identity(0), "replaced all the same")


def test_a_deleted_credential_is_gone_with_label_and_counter_and_the_others_stay():
    flash, vault = sealed(credentials=3)
    vault.rename(identity(1), "Zweites")
    vault.advance_counter(identity(1))
    vault.advance_counter(identity(0))
    others = [entry for entry in everything(vault)[3] if identity(1) not in entry[0]]
    vault.delete(bytearray(identity(1)))
    assert everything(vault) == everything(Vault.mount(flash))
    assert everything(vault)[3] == others
    for trace in (identity(1), b"Zweites"):
        assert trace not in bytes(flash.cells)
    with pytest.raises(UnknownCredentialError):
        vault.delete(identity(1))


def test_the_last_credential_cannot_be_deleted():
    flash, vault = sealed(credentials=1)
    with pytest.raises(ContentError, match="at least one"):
        vault.delete(identity(0))
    assert len(Vault.mount(flash).credentials()) == 1


def test_a_new_label_replaces_the_old_one_and_leaves_no_trace_of_it():
    flash, vault = sealed()
    vault.rename(identity(0), "Sparkonto")
    assert vault.credential(identity(0)).label == "Sparkonto"
    assert Vault.mount(flash).credential(identity(0)).label == "Sparkonto"
    assert "Büro".encode() not in bytes(flash.cells)
    with pytest.raises(UnknownCredentialError):
        vault.rename(bytes(16), "x")


def test_a_verified_vault_is_compacted_with_its_wrapping_and_attempts():
    flash = NorFlash(SIZE)
    vault = Vault.provision(flash, **verified_contents())
    vault.begin_attempt(1)
    vault.begin_attempt(1)
    vault.forgive(1)
    vault.begin_attempt(1)
    vault.begin_attempt(2)
    vault.replace_wrapping(wrapping(3, 2, (1, 0)))
    before = everything(vault)
    assert before[2] == [(3, 1), (1, 1)]
    vault.compact()
    assert everything(vault) == everything(Vault.mount(flash)) == before


def test_a_worn_out_half_stops_a_compaction_and_the_vault_stays_whole():
    for sector in (2, 3):
        flash, vault = sealed(credentials=12)
        before = everything(vault)
        flash.broken.add(sector)
        with pytest.raises(VaultWriteError) as caught:
            vault.compact()
        assert sector * SECTOR <= caught.value.offset < (sector + 1) * SECTOR
        assert everything(vault) == before
        if sector == 3:
            # Written to before it was found out: the token halts at each boot, and says why.
            with pytest.raises(VaultWriteError):
                Vault.mount(flash)
            flash.broken.clear()
        assert everything(Vault.mount(flash)) == before


def test_after_an_error_in_a_write_nothing_more_is_written_before_the_next_boot():
    for change in (
        lambda vault: vault.replace_offset(PinOffset(bytes(4))),
        lambda vault: vault.advance_counter(identity(0)),
        lambda vault: vault.rename(identity(0), "x"),
        lambda vault: vault.compact(),
        lambda vault: vault.delete(identity(1)),
    ):
        flash, vault = sealed()
        before = everything(vault)
        flash.broken.update(range(4))
        with pytest.raises(VaultWriteError):
            change(vault)
        operations = flash.operations
        flash.broken.clear()
        with pytest.raises(VaultStateError, match="in doubt") as caught:
            change(vault)
        assert caught.value.state == SEALED
        assert flash.operations == operations
        assert everything(Vault.mount(flash)) == before


def test_only_a_sealed_vault_is_compacted():
    with pytest.raises(VaultStateError, match="only a sealed vault"):
        Vault.mount(NorFlash(SIZE)).compact()


def test_half_of_the_region_wears_with_each_compaction():
    flash, vault = sealed()
    wear = list(flash.wear)
    vault.compact()
    assert [after - before for after, before in zip(flash.wear, wear, strict=True)] == [1, 1, 0, 0]
    vault.compact()
    assert [after - before for after, before in zip(flash.wear, wear, strict=True)] == [1, 1, 1, 1]


def test_a_boot_after_a_cut_in_a_compaction_leaves_one_half_blank():
    start = sealed()[0]
    whole = start.copy()
    Vault.mount(whole).compact()
    for operation in range(1, whole.operations):
        flash = start.copy()
        flash.cut(operation, after=True)
        with pytest.raises(PowerCut):
            Vault.mount(flash).compact()
        flash.power_on()
        assert blank(flash, 1 - Vault.mount(flash)._log.half)
