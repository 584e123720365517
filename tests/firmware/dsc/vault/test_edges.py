"""Where the rules of the vault begin and end: the last value that is taken, and the first one that is not."""

from contextlib import suppress

import pytest

from dsc.protocol import layout
from dsc.protocol.layout import PAGE_SIZE
from dsc.protocol.records import Label, PinOffset
from dsc.vault import halves
from dsc.vault.errors import (
    ContentError,
    VaultDamagedError,
    VaultFormatError,
    VaultFullError,
    VaultRegionError,
    VaultStateError,
    VaultWriteError,
)
from dsc.vault.log import Log
from dsc.vault.region import Region
from dsc.vault.store import SEALED, Vault
from fakes import raw_vault
from fakes.nor_flash import FADING, SECTOR, TEARS, NorFlash, PowerCut
from fakes.vault_contents import contents, identity

PLAIN, CRITICAL = 0x20, 0xA0
KNOWN = {PLAIN: 1, CRITICAL: 2}
MARKS = 204


def new_log(sectors: int = 4) -> tuple[NorFlash, Log]:
    flash = NorFlash(sectors * SECTOR)
    return flash, raw_vault.new_log(flash)


def mount(flash: NorFlash) -> Log:
    return raw_vault.mount_log(flash, KNOWN)


def put(flash: NorFlash, offset: int, data: bytes) -> None:
    flash.cells[offset : offset + len(data)] = data


@pytest.mark.parametrize("generation", [0, 0xFFFFFFFF])
def test_a_generation_that_no_compaction_gives_is_damage(generation):
    flash, _ = new_log()
    put(flash, PAGE_SIZE, bytes(layout.committed(layout.encode_half(generation, 4))))
    with pytest.raises(VaultDamagedError, match="generation"):
        mount(flash)


def test_the_greatest_generation_but_one_is_taken():
    flash, _ = new_log()
    put(flash, PAGE_SIZE, bytes(layout.committed(layout.encode_half(0xFFFFFFFE, 4))))
    assert halves.survey(Region(flash)).generation == 0xFFFFFFFE


def test_a_vault_of_a_smaller_region_is_refused():
    small, _ = new_log(2)
    with pytest.raises(VaultDamagedError, match="another size"):
        mount(NorFlash(4 * SECTOR, bytes(small.cells) + b"\xff" * 2 * SECTOR))


def test_each_compaction_adds_one_to_the_generation():
    flash = NorFlash(4 * SECTOR)
    vault = Vault.provision(flash, **contents())
    for generation in (2, 3, 4):
        vault.compact()
        assert halves.survey(Region(flash)).generation == generation


def test_every_version_up_to_the_newest_that_is_known_is_taken():
    flash, log = new_log()
    log.append(CRITICAL, 1, b"")
    log.append(CRITICAL, 2, b"")
    assert [record.version for record in mount(flash).records] == [1, 2]


@pytest.mark.parametrize("version", [0, 2])
def test_a_label_of_a_version_that_is_not_known_is_left_alone(version):
    flash = NorFlash(4 * SECTOR)
    vault = Vault.provision(flash, **contents())
    vault._log.append(Label.TYPE, version, Label(identity(0), "Neu").encode())
    assert Vault.mount(flash).credential(identity(0)).label == "Büro"


@pytest.mark.parametrize("digits", [5, 7])
def test_an_offset_has_as_many_digits_as_the_pin(digits):
    made = contents()
    made["root"].pin_length, made["offset"] = 6, PinOffset(bytes(6))
    vault = Vault.provision(NorFlash(4 * SECTOR), **made)
    with pytest.raises(ContentError, match="digits"):
        vault.replace_offset(PinOffset(bytes(digits)))


@pytest.mark.parametrize("size", [2, 256, SECTOR + 2])
def test_a_region_has_two_sectors_at_least(size):
    with pytest.raises(VaultRegionError):
        Region(NorFlash(size))


def test_no_access_is_let_through_that_is_far_outside_or_no_page():
    region = Region(NorFlash(2 * SECTOR))
    for access in (
        lambda: region.read(33),
        lambda: region.erase(3),
        lambda: region.write(0, bytes(PAGE_SIZE + 1)),
    ):
        with pytest.raises(VaultRegionError):
            access()
    with pytest.raises(VaultRegionError, match="32 is outside 0 to 31"):
        region.read(32)


class Overprogrammed(NorFlash):
    """Flash that clears one bit more than it was told to."""

    def page_program(self, address: int, data: bytes | bytearray | memoryview) -> None:
        super().page_program(address, bytes([data[0] & 0x7F]) + bytes(data[1:]))


def test_a_bit_that_was_cleared_by_mistake_is_noticed():
    with pytest.raises(VaultWriteError):
        Region(Overprogrammed(2 * SECTOR)).write(3, b"\xff" * PAGE_SIZE)


def test_all_marks_of_a_page_are_used_before_a_new_record_is_written():
    flash = NorFlash(4 * SECTOR)
    vault = Vault.provision(flash, **contents())
    written = vault._log._free
    for _ in range(MARKS):
        vault.advance_counter(identity(0))
    assert vault._log._free == written
    vault.advance_counter(identity(0))
    assert vault._log._free == written + 1


def test_a_record_of_several_pages_survives_a_compaction():
    flash = NorFlash(4 * SECTOR)
    vault = Vault.provision(flash, **contents())
    payload = bytes(range(256)) * 3
    vault._log.append(PLAIN, 1, payload)
    vault.compact()
    assert payload in [record.payload for record in Vault.mount(flash)._log.records]


@pytest.mark.parametrize("word", [b"\xff\xff\xff\x00", b"\x00\xff\xff\xff"])
def test_a_half_header_whose_commit_word_is_on_its_way_to_something_else_is_damage(word):
    flash, _ = new_log()
    put(flash, PAGE_SIZE, word)
    with pytest.raises(VaultDamagedError):
        mount(flash)


def test_a_half_of_an_older_format_is_refused_as_well_as_one_of_a_newer():
    for version in (0, 2):
        flash, _ = new_log()
        header = bytearray(layout.committed(layout.encode_half(1, 4)))
        header[12] = version
        header[20:24] = layout.checksum(header[4:20])
        put(flash, PAGE_SIZE, bytes(header))
        with pytest.raises(VaultFormatError):
            mount(flash)


@pytest.mark.parametrize("kind", [0x81, 0x82, 0x83, 0xC4])
def test_two_critical_records_that_say_the_same_thing_are_damage(kind):
    flash = NorFlash(4 * SECTOR)
    vault = Vault.provision(flash, **contents())
    record = next(record for record in vault._log.records if record.kind == kind)
    vault._log.append(kind, 1, record.payload)
    with pytest.raises(VaultDamagedError, match="the same thing"):
        Vault.mount(flash)


@pytest.mark.parametrize("kind", [0x88, 0xC9, 0xF0])
def test_the_page_that_is_kept_for_a_reset_is_for_no_other_record(kind):
    _, log = new_log()
    while log.has_room(1):
        log.append(PLAIN, 1, b"")
    with pytest.raises(VaultFullError):
        log.append(kind, 1, b"")
    log.append(0x87, 1, b"")


def test_a_record_keeps_its_payload_when_the_caller_overwrites_his():
    _, log = new_log()
    payload = bytearray(b"payload")
    record = log.append(PLAIN, 1, payload)
    payload[:] = bytes(7)
    assert record.payload == b"payload"


def test_a_write_that_the_flash_does_not_keep_names_its_place():
    flash = NorFlash(4 * SECTOR)
    flash.broken.update((1, 2))
    region = Region(flash)
    for access in (
        lambda: region.write(17, bytes(PAGE_SIZE)),
        lambda: region.clear(17, 0, b"\x00"),
        lambda: region.program_byte(17, 0, bytes(PAGE_SIZE)),
    ):
        with pytest.raises(VaultWriteError) as caught:
            access()
        assert caught.value.offset == 17 * PAGE_SIZE
    put(flash, 37 * PAGE_SIZE, b"\x00")
    with pytest.raises(VaultWriteError) as caught:
        region.erase(2)
    assert caught.value.offset == 37 * PAGE_SIZE


def test_nothing_behind_the_region_is_looked_at():
    region = Region(NorFlash(2 * SECTOR))
    with pytest.raises(VaultRegionError, match="32 is outside 0 to 31"):
        region.first_written(31, 33)


def test_pages_among_which_a_bit_is_in_doubt_are_not_taken_for_blank():
    flash = NorFlash(2 * SECTOR)
    looked = []
    flash.is_blank = lambda offset, length: bool(looked.append((offset, length)))
    assert Region(flash).first_written(3, 16) == 3
    assert looked == [(3 * PAGE_SIZE, 8 * PAGE_SIZE)]


def test_only_a_sealed_vault_can_be_written_to():
    blank = Vault.mount(NorFlash(4 * SECTOR))
    flash, _ = new_log()
    unsealed = Vault.mount(flash)
    for vault in (blank, unsealed):
        with pytest.raises(VaultStateError, match="only a sealed vault"):
            vault.compact()


def test_of_a_vault_that_an_error_left_in_doubt_nothing_is_free():
    flash = NorFlash(4 * SECTOR)
    vault = Vault.provision(flash, **contents())
    assert vault.free_bytes() > 0
    flash.broken.update(range(4))
    with pytest.raises(VaultWriteError):
        vault.replace_offset(PinOffset(bytes(4)))
    assert vault.free_bytes() == 0
    with pytest.raises(VaultStateError, match="doubt"):
        vault.compact()


def test_a_commit_word_that_fades_while_a_boot_zeroes_its_record_is_not_made_valid_by_that():
    operation, sealed = 1, False
    while not sealed:
        flash = NorFlash(2 * SECTOR)
        flash.cut(operation, TEARS["all-in-doubt"])
        with pytest.raises(PowerCut):
            Vault.provision(flash, **contents(credentials=1))
        for second in (1, 2, 3, 4):
            again = flash.copy()
            again.power_on(FADING)
            again.cut(second, TEARS["all-in-doubt"])
            with suppress(PowerCut):
                Vault.mount(again)
            again.power_on(FADING)
            sealed = Vault.mount(again).state == SEALED or sealed
        operation += 1
    assert operation > 20
