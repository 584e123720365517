"""The typed vault: what it keeps, what it refuses."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsc.protocol import layout
from dsc.protocol.pages import NOTHING, Record, encode
from dsc.protocol.records import COUNTER_MAX, Counter, Label, PinOffset, Reset, Seal
from dsc.vault import reset
from dsc.vault.errors import (
    ContentError,
    CounterSpentError,
    UnknownCredentialError,
    UnknownRecordError,
    VaultDamagedError,
    VaultError,
    VaultFormatError,
    VaultFullError,
    VaultStateError,
)
from dsc.vault.region import Region
from dsc.vault.store import BLANK, SEALED, UNSEALED, Vault
from fakes import raw_vault
from fakes.nor_flash import SECTOR, TEARS, NorFlash, PowerCut
from fakes.vault_contents import contents, fields, identity, verified_contents

SMALL = 4 * SECTOR


def sealed(size: int = SMALL, **more: int) -> tuple[NorFlash, Vault]:
    flash = NorFlash(size)
    return flash, Vault.provision(flash, **contents(**more))


def test_a_new_vault_is_sealed_and_reads_as_it_was_made():
    flash, vault = sealed()
    made = contents()
    again = Vault.mount(flash)
    assert vault.state == again.state == SEALED
    assert fields(vault) == fields(again)
    assert bytes(again.root.encode()) == bytes(made["root"].encode())
    assert again.offset.offset == made["offset"].offset
    assert again.offset.must_change
    assert [credential.id for credential in again.credentials()] == [identity(0), identity(1)]
    assert [credential.label for credential in again.credentials()] == ["Büro", ""]
    assert again.credential(bytearray(identity(1))).serial == "PD-000000"
    assert (again.counter(identity(0)), again.counter(identity(1))) == (5, 0)
    assert again.free_bytes() == (14 + 15 - 1 - 8) * 256


def test_a_region_of_64_kib_holds_32_credentials_with_label_and_counter():
    made = contents(credentials=32)
    made["labels"] = [Label(identity(number), f"Konto {number}") for number in range(32)]
    made["counters"] = [Counter(identity(number), number) for number in range(32)]
    flash = NorFlash()
    vault = Vault.provision(flash, **made)
    assert vault.credential(identity(31)).label == "Konto 31"
    assert vault.advance_counter(identity(31)) == 32
    assert max(flash.wear) == 1


def test_a_counter_goes_on_over_many_pages_of_marks():
    flash, vault = sealed()
    for expected in range(6, 506):
        assert vault.advance_counter(identity(0)) == expected
    assert Vault.mount(flash).counter(identity(0)) == 505


def test_an_advance_by_a_mark_costs_one_flash_operation():
    flash, vault = sealed()
    before = flash.operations
    vault.advance_counter(identity(0))
    assert flash.operations == before + 1


def test_a_credential_without_a_counter_record_starts_at_zero():
    flash, vault = sealed()
    assert vault.advance_counter(identity(1)) == 1
    assert vault.advance_counter(identity(1)) == 2
    assert Vault.mount(flash).counter(identity(1)) == 2


def test_a_counter_ends_at_64_bits():
    made = contents()
    made["counters"] = [Counter(identity(0), COUNTER_MAX - 1)]
    flash = NorFlash(SMALL)
    vault = Vault.provision(flash, **made)
    assert vault.advance_counter(identity(0)) == COUNTER_MAX
    with pytest.raises(CounterSpentError):
        vault.advance_counter(identity(0))
    assert Vault.mount(flash).counter(identity(0)) == COUNTER_MAX


def test_unknown_ids_are_refused():
    vault = sealed()[1]
    for call in (vault.credential, vault.counter, vault.advance_counter):
        with pytest.raises(UnknownCredentialError) as caught:
            call(bytes(16))
        assert caught.value.credential_id == bytes(16)


def test_a_log_that_is_full_compacts_by_itself_and_nothing_is_lost():
    flash, vault = sealed(2 * SECTOR)
    made = fields(vault)
    for value in range(6, 8000):
        assert vault.advance_counter(identity(0)) == value
    assert min(flash.wear) >= 3
    again = fields(Vault.mount(flash))
    assert again == fields(vault)
    assert [c[0] for c in again[2]] == [c[0] for c in made[2]]
    assert again[:2] == made[:2]


def test_a_full_vault_can_still_be_erased():
    flash, vault = sealed(2 * SECTOR)
    while vault._log.has_room(1):
        vault.replace_offset(PinOffset(b"\x00\x01\x02\x03"))
    Vault.erase(flash)
    assert Vault.mount(flash).state == BLANK


def test_a_reset_record_that_power_failure_tore_again_and_again_does_not_prevent_a_reset():
    flash, vault = sealed(2 * SECTOR)
    while vault._log.has_room(1):
        vault.replace_offset(PinOffset(b"\x00\x01\x02\x03"))
    for _ in range(3):
        before = flash.operations
        whole = flash.copy()
        Vault.erase(whole)
        # The second operation of the reset record, or of a compaction that makes room for it.
        flash.cut(2 if flash.operations == before else 1, TEARS["front"])
        with pytest.raises(PowerCut):
            Vault.erase(flash)
        flash.power_on()
        assert Vault.mount(flash).state == SEALED
    Vault.erase(flash)
    assert Vault.mount(flash).state == BLANK


def test_a_replaced_offset_leaves_no_trace():
    flash, vault = sealed(variant=7)
    old = bytes(vault.offset.encode())
    assert old in bytes(flash.cells)
    vault.replace_offset(PinOffset(b"\x09\x09\x08\x08"))
    assert old not in bytes(flash.cells)
    assert not vault.offset.must_change
    assert Vault.mount(flash).offset.offset == b"\x09\x09\x08\x08"


def test_an_offset_of_another_length_is_refused():
    with pytest.raises(ContentError):
        sealed()[1].replace_offset(PinOffset(b"\x01\x02\x03\x04\x05"))


def test_a_blank_vault_holds_nothing_and_takes_nothing():
    vault = Vault.mount(NorFlash(SMALL))
    assert (vault.state, vault.credentials()) == (BLANK, [])
    assert vault.free_bytes() == 28 * 256
    for name in ("root", "offset"):
        with pytest.raises(VaultStateError, match=name.replace("offset", "PIN offset")):
            getattr(vault, name)
    with pytest.raises(VaultStateError) as caught:
        vault.replace_offset(PinOffset(b"\x00\x00\x00\x00"))
    assert caught.value.state == BLANK


def test_a_sealed_vault_is_never_overwritten():
    flash, vault = sealed()
    before = bytes(flash.cells)
    with pytest.raises(VaultStateError):
        Vault.provision(flash, **contents(1))
    assert fields(Vault.mount(flash)) == fields(vault)
    assert bytes(flash.cells) == before


def test_an_erased_vault_can_be_made_anew_and_nothing_of_the_old_one_is_left():
    flash, _ = sealed()
    Vault.erase(flash)
    assert Vault.mount(flash).state == BLANK
    assert b"PD-000000" not in bytes(flash.cells)
    assert Vault.provision(flash, **contents(1)).root.serial == "PD-000001"
    assert flash.wear == [3, 3, 3, 3]


def test_erasing_works_on_anything():
    for offset in (0, 256, 600, 5000, 2 * SECTOR):
        flash, _ = sealed()
        flash.cells[offset : offset + 8] = b"\x12\x34\x56\x78\x00\x00\x00\x00"
        Vault.erase(flash)
        assert Vault.mount(flash).state == BLANK
    unsealed = NorFlash(SMALL)
    raw_vault.new_log(unsealed)
    assert Vault.mount(unsealed).state == UNSEALED
    Vault.erase(unsealed)
    assert Vault.mount(unsealed).state == BLANK


def test_a_reset_record_is_obeyed_at_the_next_boot():
    flash, vault = sealed()
    vault._log.append(Reset.TYPE, Reset.VERSION, b"")
    assert Vault.mount(flash).state == BLANK
    assert b"PD-000000" not in bytes(flash.cells)


def test_contents_that_do_not_fit_together_are_refused_before_anything_is_erased():
    def longer(made):
        made["offset"] = PinOffset(b"\x01\x02\x03\x04\x05")

    def without(made):
        made["offset"] = None

    def verified(made):
        made["root"].mode = 1

    def twice(made):
        made["credentials"].append(made["credentials"][0])

    def strange_label(made):
        made["labels"].append(Label(bytes(16), "x"))

    def two_counters(made):
        made["counters"].append(made["counters"][0])

    for change in (longer, without, verified, twice, strange_label, two_counters):
        flash, made = NorFlash(SMALL), contents(1)
        change(made)
        with pytest.raises(ContentError):
            Vault.provision(flash, **made)
        assert flash.operations == 0


def test_contents_that_are_too_many_are_refused_before_anything_is_erased():
    flash = NorFlash(2 * SECTOR)
    with pytest.raises(VaultFullError):
        Vault.provision(flash, **contents(credentials=12))
    assert flash.operations == 0


def test_a_vault_without_credentials_is_refused():
    made = contents(credentials=0)
    made["labels"], made["counters"] = [], []
    with pytest.raises(ContentError, match="at least one"):
        Vault.provision(NorFlash(SMALL), **made)


def test_a_verified_vault_has_no_offset():
    flash = NorFlash(SMALL)
    vault = Vault.provision(flash, **verified_contents())
    assert vault.root.mode == 1
    with pytest.raises(VaultStateError):
        assert vault.offset
    with pytest.raises(ContentError):
        vault.replace_offset(PinOffset(b"\x01\x02\x03\x04"))


def written(*records: tuple[int, int, bytes]) -> NorFlash:
    flash = NorFlash(SMALL)
    log = raw_vault.new_log(flash)
    for record in records:
        log.append(*record)
    return flash


def test_a_sealed_vault_without_its_root_or_offset_is_damaged():
    root = bytes(contents()["root"].encode())
    seal = (Seal.TYPE, 1, b"")
    for flash in (written(seal), written((0x81, 1, root), seal)):
        with pytest.raises(VaultDamagedError):
            Vault.mount(flash)


def test_a_record_that_its_codec_refuses_is_damage():
    with pytest.raises(VaultDamagedError, match="root"):
        Vault.mount(written((0x81, 1, b"\x00"), (Seal.TYPE, 1, b"")))


def test_later_versions_of_labels_and_unknown_plain_records_are_ignored():
    flash, vault = sealed()
    vault._log.append(Label.TYPE, 2, b"from the future")
    vault._log.append(0x11, 1, b"from the future")
    assert fields(Vault.mount(flash)) == fields(vault)


def test_the_newest_label_counts():
    flash, vault = sealed()
    vault._log.append(Label.TYPE, 1, Label(identity(0), "Neu").encode())
    assert Vault.mount(flash).credential(identity(0)).label == "Neu"


def test_a_vault_whose_half_was_never_committed_is_unsealed():
    flash = NorFlash(SMALL)
    region = Region(flash)
    reset.run(region)
    region.write(1, layout.encode_half(1, 4))
    vault = Vault.mount(flash)
    assert (vault.state, vault.free_bytes()) == (UNSEALED, 28 * 256)
    assert Vault.provision(flash, **contents()).state == SEALED


def test_a_reset_that_had_only_been_marked_is_completed():
    flash, _ = sealed()
    Region(flash).clear(0, layout.MARK_START, layout.MARK_BEGUN)
    assert Vault.mount(flash).state == BLANK
    assert b"PD-000000" not in bytes(flash.cells)


def test_a_reset_that_had_reached_its_last_sector_is_completed():
    flash, _ = sealed()
    region = Region(flash)
    region.erase(region.middle)
    region.write(region.middle * 16, layout.committed(layout.encode_sector(2)))
    region.clear(region.middle * 16, layout.MARK_START, layout.MARK_BEGUN)
    assert Vault.mount(flash).state == BLANK
    assert b"PD-000000" not in bytes(flash.cells)


def test_the_seal_is_written_twice_and_nothing_is_behind_it():
    kinds = [record.kind for record in sealed()[1]._log.records]
    assert kinds[-3:] == [Counter.TYPE, Seal.TYPE, Seal.TYPE]
    assert kinds.count(Seal.TYPE) == 2


def content() -> list[tuple[int, int, bytes]]:
    """The records of a vault as provisioning writes them, without the seals."""
    made = contents()
    records = [made["root"], made["offset"], *made["credentials"], *made["labels"], *made["counters"]]
    return [(record.TYPE, record.VERSION, bytes(record.encode())) for record in records]


SEALS = [(Seal.TYPE, Seal.VERSION, b"")] * 2


def test_a_seal_that_is_the_last_record_gets_its_second_one_at_the_next_boot():
    flash = written(*content(), SEALS[0])
    for _ in range(2):
        vault = Vault.mount(flash)
        assert fields(vault) == fields(sealed()[1])
        assert [record.kind for record in vault._log.records][-3:] == [Counter.TYPE, Seal.TYPE, Seal.TYPE]


def test_a_seal_that_other_records_follow_needs_no_second_one():
    flash = written(*content(), SEALS[0], (0x11, 1, b""))
    vault = Vault.mount(flash)
    assert vault.state == SEALED
    assert [record.kind for record in vault._log.records].count(Seal.TYPE) == 1


def test_without_a_page_for_the_second_seal_a_compaction_writes_both():
    flash = written(*content(), *[(0x11, 1, b"")] * (29 - 1 - 8), SEALS[0])
    for _ in range(2):
        vault = Vault.mount(flash)
        assert (vault.state, vault.free_bytes()) == (SEALED, 0)
        assert [record.kind for record in vault._log.records][-2:] == [Seal.TYPE, Seal.TYPE]
    Vault.erase(flash)
    assert Vault.mount(flash).state == BLANK


def filling(labels: int) -> dict[str, Any]:
    """Contents of ten records, the two seals among them, and some labels."""
    made = contents(credentials=3)
    made["labels"] = [Label(identity(number), "x") for number in range(labels)]
    made["counters"] = [Counter(identity(number), 0) for number in range(3)]
    return made


def test_provisioning_leaves_a_page_for_a_second_seal_that_was_torn():
    flash = NorFlash(2 * SECTOR)
    with pytest.raises(VaultFullError) as caught:
        Vault.provision(flash, **filling(2))
    assert (caught.value.needed, caught.value.free) == (12 * 256, 11 * 256)
    assert Vault.provision(flash, **filling(1)).free_bytes() == 512
    torn = NorFlash(2 * SECTOR)
    torn.cut(flash.operations - 2, TEARS["odd-bits"])
    with pytest.raises(PowerCut):
        Vault.provision(torn, **filling(1))
    torn.power_on()
    vault = Vault.mount(torn)
    assert [record.kind for record in vault._log.records][-2:] == [Seal.TYPE, Seal.TYPE]
    assert vault._log.has_room(1)
    assert not vault._log.has_room(2)


UNFINISHED = bytes(encode(Record(0x20, 1, 99, NOTHING, b"unfinished"))[0])


def unfinished(flash: NorFlash) -> NorFlash:
    """The same flash with a record behind the last one that was begun and never committed."""
    blank = next(
        page for page in range(2, flash.size // 256) if flash.cells[page * 256 :][:256] == b"\xff" * 256
    )
    flash.cells[blank * 256 : blank * 256 + 256] = UNFINISHED
    return flash.copy()


def later_format() -> NorFlash:
    flash = written(*content(), *SEALS)
    body = b"PICODSC\x00\x02\xff\x00\x04\x00\x00\x00\x01"
    flash.cells[260:280] = body + layout.checksum(body)
    return flash


BAD_OFFSET = (PinOffset.TYPE, 1, b"\x00\x04\x0a\x00\x00\x00")
UNREADABLE = {
    "a payload that is no root": (written((0x81, 1, b"\x00"), *SEALS), VaultDamagedError),
    "an offset that is none": (written(*content(), *SEALS, BAD_OFFSET), VaultDamagedError),
    "a label that is none": (written(*content(), *SEALS, (Label.TYPE, 1, b"")), VaultDamagedError),
    "a bad record before any seal": (written(*content(), BAD_OFFSET), VaultDamagedError),
    "no offset": (written(content()[0], *SEALS), VaultDamagedError),
    "no root": (written(*content()[1:], SEALS[0]), VaultDamagedError),
    "a critical record of a later type": (written(*content(), *SEALS, (0xBF, 1, b"")), UnknownRecordError),
    "a root of a later version": (written((0x81, 2, b""), *SEALS), UnknownRecordError),
    "a later format": (later_format(), VaultFormatError),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_left_exactly_as_it_was(name):
    made, error = UNREADABLE[name]
    flash = unfinished(made)
    before = bytes(flash.cells)
    with pytest.raises(error):
        Vault.mount(flash)
    assert flash.operations == 0
    assert bytes(flash.cells) == before


def test_an_unfinished_record_alone_is_voided():
    flash = unfinished(written(*content(), *SEALS))
    assert fields(Vault.mount(flash)) == fields(sealed()[1])
    assert UNFINISHED not in bytes(flash.cells)


def test_a_replaced_record_is_not_read_any_more():
    bad, page = written(*content()[:1], BAD_OFFSET), bytearray(256)
    page[:] = layout.committed(
        encode(Record(PinOffset.TYPE, 1, 3, 2, bytes(PinOffset(b"\x01\x02\x03\x04").encode())))[0]
    )
    bad.cells[4 * 256 : 5 * 256] = page
    vault = Vault.mount(bad)
    assert [record.sequence for record in vault._log.records] == [1, 3]


IMAGE = bytes(sealed(2 * SECTOR)[0].cells)
WHOLE = fields(Vault.mount(NorFlash(2 * SECTOR, IMAGE)))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2 * SECTOR - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_mutated_image_is_read_or_refused_by_name(changes):
    flash = NorFlash(2 * SECTOR, IMAGE)
    for offset, value in changes:
        flash.cells[offset] = value
    try:
        vault = Vault.mount(flash)
    except VaultError:
        return
    assert vault.state in (SEALED, UNSEALED)
