"""The explorer of power cuts notices a firmware in which any one of its precautions is missing."""

import pytest

from dsc.protocol.layout import BLANK_PAGE, HEADER_END, committed
from dsc.protocol.pages import encode
from dsc.vault import halves, log, sectors
from dsc.vault.log import Log
from dsc.vault.region import Region
from dsc.vault.store import Vault
from fakes.nor_flash import TEARS
from fakes.vault_histories import explore

pytestmark = [
    pytest.mark.exhaustive,
    pytest.mark.timeout(1200),  # seconds, on a machine that has more to do
]


def notices(history: str, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault) as caught:
        explore(history, TEARS)
    assert history in str(caught.value)


def test_a_firmware_that_does_not_program_again_what_was_last_written_is_noticed(monkeypatch):
    monkeypatch.setattr(Log, "_settle", lambda *arguments: None)
    notices("PIN change", "a later boot")


def test_a_firmware_that_does_not_clear_a_page_s_first_byte_before_the_others_is_noticed(monkeypatch):
    monkeypatch.setattr(log, "opened", lambda: bytearray(BLANK_PAGE))
    notices("PIN change", "after one more action")


def test_a_firmware_that_writes_a_record_and_its_commit_word_at_once_is_noticed(monkeypatch):
    def committed_at_once(record):
        first, *others = encode(record)
        return [committed(first), *others]

    monkeypatch.setattr(log, "encode", committed_at_once)
    notices("PIN change", "a third state, .*VaultDamagedError")


def test_a_firmware_that_leaves_torn_records_as_they_are_is_noticed(monkeypatch):
    whole = Log._zero

    def zero(self, position, length):
        if length != 1 or self.records[-1].position > position:
            whole(self, position, length)

    monkeypatch.setattr(Log, "_zero", zero)
    notices("renaming", "a later boot|a third state|one more action")


def test_a_firmware_that_does_not_zero_what_was_replaced_is_noticed(monkeypatch):
    monkeypatch.setattr(Log, "_void", lambda self, record: self.records.remove(record))
    notices("PIN change", "an old secret is left")


def test_a_firmware_that_leaves_a_half_header_in_doubt_is_noticed(monkeypatch):
    monkeypatch.setattr(halves, "settle", lambda region, found: None)
    notices("compaction", "a later boot|a third state")


def test_a_firmware_that_erases_the_old_half_before_the_new_one_is_committed_is_noticed(monkeypatch):
    whole = halves.begin

    def begin(region, half, generation):
        if generation > 1:
            halves.retire(region, 1 - half)
        return whole(region, half, generation)

    monkeypatch.setattr(halves, "begin", begin)
    notices("compaction", "a third state")


def test_a_firmware_that_erases_the_first_sector_of_a_half_first_is_noticed(monkeypatch):
    whole = halves._sectors
    monkeypatch.setattr(halves, "_sectors", lambda region, half: whole(region, half)[::-1])
    notices("deletion from two sectors", "an old secret is left|one more action")


def test_a_firmware_that_does_not_void_a_sector_s_header_before_the_erase_is_noticed(monkeypatch):
    whole = Region.clear

    def clear(self, page, start, data):
        if data != bytes(HEADER_END):
            whole(self, page, start, data)

    monkeypatch.setattr(Region, "clear", clear)
    notices("compaction", "a later boot|a third state|one more action")


def test_a_firmware_that_takes_a_sector_for_erased_because_it_reads_blank_is_noticed(monkeypatch):
    whole = sectors.decode_sector
    monkeypatch.setattr(halves, "decode_sector", lambda page: 0 if page == BLANK_PAGE else whole(page))
    monkeypatch.setattr(
        halves, "erase_count", lambda region, sector: halves.decode_sector(region.read(sector * 16))
    )
    notices("compaction", "a later boot|a third state|one more action")


def test_a_firmware_that_resets_without_a_record_that_says_so_is_noticed(monkeypatch):
    def erase(flash):
        from dsc.vault import reset

        Vault.mount(flash)
        reset.run(Region(flash))

    monkeypatch.setattr(Vault, "erase", staticmethod(erase))
    notices("reset after compaction", "a third state|a later boot|one more action")
