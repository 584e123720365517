"""What the next boot finds in images of every state, and in those that no firmware leaves."""

import pytest

from dsc.protocol.layout import PAGE_SIZE, PAGES_PER_SECTOR, checksum, committed, encode_half
from dsc.protocol.records import PinOffset
from dsc.vault.store import Vault
from fakes.nor_flash import SECTOR, NorFlash
from fakes.raw_vault import new_log
from fakes.vault_contents import contents
from fakes.vault_views import NEW, SMALL, cut, entries, listed, made, secrets, seen, values
from host_tools.vault_image.boot import State
from host_tools.vault_image.headers import HalfState, Mark
from host_tools.vault_image.view import Status, view


def resealed(flash, page):
    """Put a half's header in its place, with a right checksum."""
    page[20:24] = checksum(bytes(page[4:20]))
    flash.cells[PAGE_SIZE : 2 * PAGE_SIZE] = committed(page)


def test_a_vault_without_a_seal_is_unsealed():
    flash = NorFlash(SMALL)
    shown = cut(flash, lambda: Vault.provision(flash, **contents()), 30)
    assert shown.boot.state is State.UNSEALED
    assert "seal" not in [entry.type for entry in entries(shown)]


def test_a_reset_is_seen_at_each_of_its_steps():
    flash, _ = made()
    whole = flash.copy()
    Vault.erase(whole)
    states = []
    for operation in range(1, whole.operations + 1):
        torn = flash.copy()
        states.append(cut(torn, lambda torn=torn: Vault.erase(torn), operation).boot.state)
    begun = states.index(State.RESETTING)
    assert begun > 0
    assert set(states[:begun]) == {State.SEALED}
    assert set(states[begun:]) == {State.RESETTING}
    after = seen(whole)
    assert (after.boot.state, after.marks) == (State.BLANK, (Mark.NONE, Mark.COMPLETED))


def test_a_damaged_record_is_named_by_its_page_and_all_others_are_still_seen():
    flash, _ = made()
    flash.cells[4 * PAGE_SIZE + 40] ^= 1
    shown = seen(flash)
    assert shown.boot.state is State.DAMAGED
    assert shown.boot.reason.startswith("page 4: ")
    damaged = entries(shown)[2]
    assert (damaged.status, damaged.type, secrets(damaged)) == (Status.DAMAGED, "credential", {"written"})
    assert "checksum" in damaged.reason
    others = [entry for entry in entries(shown) if entry is not damaged]
    assert {entry.status for entry in others} == {Status.VALID}


def test_a_record_that_says_what_none_may_is_damaged_and_not_shown_in_clear():
    flash = NorFlash(SMALL)
    new_log(flash).append(PinOffset.TYPE, PinOffset.VERSION, b"\x00\x04\x0a\x00\x00\x00")
    shown = seen(flash)
    (entry,) = entries(shown)
    assert shown.boot.reason == "page 2: a digit of the offset is above 9"
    assert (entry.status, entry.reason) == (Status.DAMAGED, "a digit of the offset is above 9")
    assert secrets(entry) == {"payload"}


def test_a_sealed_vault_whose_records_do_not_fit_together_is_damaged():
    flash = NorFlash(SMALL)
    new_log(flash).append(0x86, 1, b"")
    assert (seen(flash).boot.state, seen(flash).boot.reason) == (State.DAMAGED, "there is no root record")


def test_two_current_records_that_say_the_same_are_damaged():
    flash = NorFlash(SMALL)
    log = new_log(flash)
    for _ in range(2):
        log.append(PinOffset.TYPE, PinOffset.VERSION, PinOffset(b"\x01\x02\x03\x04").encode())
    shown = seen(flash)
    assert shown.boot.reason == "page 3: an earlier record says the same, and is not replaced"
    assert [entry.status for entry in entries(shown)] == [Status.VALID, Status.DAMAGED]


@pytest.mark.parametrize("consequence", ["a used mark", "the old record voided"])
def test_a_last_record_that_was_committed_for_sure_is_damaged_and_not_torn(consequence):
    flash = NorFlash(SMALL)
    log = new_log(flash)
    old = log.append(0x20, 1, b"old")
    if consequence == "a used mark":
        log.mark(log.append(0x60, 1, b"marked"), 1)
    else:
        log.append(0x20, 1, b"new", old)
    flash.cells[3 * PAGE_SIZE] |= 0x80  # a bit of its commit word
    shown = seen(flash)
    assert shown.boot.reason == "page 3: it was committed, and is no more"
    assert entries(shown)[-1].status is Status.DAMAGED


def test_a_record_behind_a_damaged_one_of_several_pages_is_seen_by_itself():
    flash = NorFlash(SMALL)
    log = new_log(flash)
    log.append(0x20, 1, bytes(20))
    log.append(0x20, 1, b"next")
    flash.cells[2 * PAGE_SIZE + 8] = 2  # it claims two pages
    damaged, following = entries(seen(flash))
    assert (damaged.pages, damaged.status) == ((2,), Status.DAMAGED)
    assert (following.pages, values(following)) == ((3,), {"payload": b"next"})


@pytest.mark.parametrize("version", [1, 9])
def test_an_unknown_record_that_is_critical_is_of_newer_firmware(version):
    flash = NorFlash(SMALL)
    kind = 0xBF if version == 1 else PinOffset.TYPE
    new_log(flash).append(kind, version, b"anything")
    shown = seen(flash)
    (entry,) = entries(shown)
    assert shown.boot.state is State.NEWER
    assert f"type {kind:02x}, version {version}, is unknown" in shown.boot.reason
    assert (entry.status, entry.critical, secrets(entry)) == (Status.UNKNOWN, True, {"payload"})


def test_an_unknown_record_that_is_not_critical_is_left_alone():
    flash, vault = made()
    vault._log.append(0x11, 3, b"anything")
    shown = seen(flash)
    entry = entries(shown)[-1]
    assert shown.boot.state is State.SEALED
    assert (entry.type, entry.version, entry.status, entry.critical) == (
        "type 11",
        3,
        Status.UNKNOWN,
        False,
    )


def test_a_half_of_a_newer_format_is_not_called_damaged():
    flash, _ = made()
    page = bytearray(flash.cells[PAGE_SIZE : 2 * PAGE_SIZE])
    page[12] = 2
    resealed(flash, page)
    shown = seen(flash)
    assert (shown.boot.state, shown.halves[0].header.version) == (State.NEWER, 2)
    assert "format 2 is unknown" in shown.boot.reason
    assert {entry.status for entry in entries(shown)} == {Status.UNUSED}


def test_a_half_of_another_region_is_wrong():
    flash, _ = made()
    resealed(flash, bytearray(encode_half(1, 32)))
    header = seen(flash).halves[0].header
    assert (header.state, header.reason) == (HalfState.WRONG, "it is of a region of 32 sectors")
    assert seen(flash).boot.state is State.DAMAGED


@pytest.mark.parametrize("generation", [0, 0xFFFFFFFF])
def test_a_generation_that_no_compaction_comes_to_is_wrong(generation):
    flash, _ = made()
    resealed(flash, bytearray(encode_half(generation, 2)))
    assert seen(flash).halves[0].header.reason == "its generation is impossible"
    assert seen(flash).boot.state is State.DAMAGED


@pytest.mark.parametrize("sequence", [1, 3])
def test_a_sequence_number_that_no_log_comes_to_is_damaged(sequence):
    """Here the second record has that of the first, or one that takes three pages to come to."""
    flash = NorFlash(SMALL)
    log = new_log(flash)
    log.append(0x20, 1, b"first")
    log.records[0].sequence = sequence - 1
    log.append(0x20, 1, b"second")
    shown = seen(flash)
    assert shown.boot.reason == "page 3: it is out of sequence"
    assert [entry.status for entry in entries(shown)] == [Status.UNKNOWN, Status.DAMAGED]


def test_two_halves_of_one_generation_are_damaged_and_neither_is_in_use():
    flash, _ = made()
    start = SECTOR + PAGE_SIZE
    flash.cells[start : start + PAGE_SIZE] = flash.cells[PAGE_SIZE : 2 * PAGE_SIZE]
    shown = seen(flash)
    assert (shown.boot.state, shown.boot.half) == (State.DAMAGED, None)
    assert shown.boot.reason == "both halves have the same generation"


def test_a_sector_that_lost_its_header_is_seen():
    flash, _ = made()
    flash.cells[8] ^= 4
    shown = seen(flash)
    assert (shown.boot.state, shown.boot.reason) == (State.DAMAGED, "sector 0 has no valid header")
    assert (shown.sectors[0].erase_count, shown.sectors[0].blank) == (None, False)
    assert listed(shown) == NEW


def test_a_page_that_is_written_behind_blank_ones_is_damaged():
    flash, _ = made()
    flash.cells[14 * PAGE_SIZE] = 0
    shown = seen(flash)
    assert shown.boot.reason == "page 14: it is written behind blank pages"
    assert entries(shown)[-1].status is Status.DAMAGED


def test_bytes_that_hide_behind_a_header_are_counted():
    flash, _ = made()
    flash.cells[100:103] = b"abc"
    flash.cells[PAGE_SIZE + 100 : PAGE_SIZE + 102] = b"de"
    flash.cells[SECTOR + PAGES_PER_SECTOR * 2] = 0
    shown = seen(flash)
    assert (shown.boot.state, shown.halves[0].header.stray) == (State.SEALED, 2)
    assert [sector.stray for sector in shown.sectors] == [3, 1]


@pytest.mark.parametrize("size", [0, 1, SECTOR, 3 * SECTOR, SMALL + 1])
def test_a_region_of_an_impossible_size_is_refused(size):
    with pytest.raises(ValueError, match=f"{size} bytes"):
        view(bytes(size))
