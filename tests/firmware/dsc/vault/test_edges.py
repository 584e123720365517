"""Where the rules of the vault begin and end: the last value that is taken, and the first one that is not."""

import pytest

from dsc.protocol import layout
from dsc.protocol.layout import PAGE_SIZE, VALID, ZERO_PAGE
from dsc.protocol.pages import Record, encode
from dsc.protocol.records import Label, PinOffset
from dsc.vault import halves, reset
from dsc.vault.errors import ContentError, VaultDamagedError, VaultRegionError, VaultWriteError
from dsc.vault.log import Log
from dsc.vault.region import Region
from dsc.vault.store import SEALED, Vault
from fakes import raw_vault
from fakes.nor_flash import CLEAR, SECTOR, SET, NorFlash, PowerCut
from fakes.vault_contents import contents, everything, identity

PLAIN, CRITICAL, MARKED = 0x20, 0xA0, 0x60
KNOWN = {PLAIN: 1, CRITICAL: 2, MARKED: 1}
FIRST = 2 * PAGE_SIZE
MARKS = 204


def new_log(sectors: int = 4) -> tuple[NorFlash, Log]:
    flash = NorFlash(sectors * SECTOR)
    return flash, raw_vault.new_log(flash)


def mount(flash: NorFlash) -> Log:
    return raw_vault.mount_log(flash, KNOWN)


def put(flash: NorFlash, offset: int, data: bytes) -> None:
    flash.cells[offset : offset + len(data)] = data


def page(sequence: int, supersedes: int = 0xFFFFFFFF, payload: bytes = b"") -> bytes:
    return bytes(layout.committed(encode(Record(PLAIN, 1, sequence, supersedes, payload))[0]))


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


@pytest.mark.parametrize(("sequence", "supersedes"), [(0, 0xFFFFFFFF), (1, 1), (2, 0xFFFFFFFF)])
def test_a_first_record_has_number_1_and_replaces_nothing_later(sequence, supersedes):
    flash, _ = new_log()
    put(flash, FIRST, page(sequence, supersedes))
    with pytest.raises(VaultDamagedError):
        mount(flash)


@pytest.mark.parametrize("sequence", [1, 2, 4])
def test_a_third_record_has_number_3(sequence):
    flash, log = new_log()
    log.append(PLAIN, 1, b"")
    log.append(PLAIN, 1, b"")
    put(flash, FIRST + 2 * PAGE_SIZE, page(sequence))
    with pytest.raises(VaultDamagedError, match="sequence"):
        mount(flash)


@pytest.mark.parametrize("ahead", [1, 2, 11, 12, 25])
def test_the_page_that_is_written_behind_blank_ones_is_named(ahead):
    flash, log = new_log()
    log.append(PLAIN, 1, b"")
    position = 1 + ahead
    put(flash, layout.record_pages(4, 0)[position] * PAGE_SIZE, b"\x00")
    with pytest.raises(VaultDamagedError, match=f"page {position} is written"):
        mount(flash)


def test_a_record_that_seems_uncommitted_but_replaced_one_that_is_gone_is_damage():
    flash, log = new_log()
    log.append(PLAIN, 1, b"before")
    old = log.append(PLAIN, 1, b"old")
    log.append(PLAIN, 1, b"between")
    new = log.append(PLAIN, 1, b"new", old)
    put(flash, FIRST + new.position * PAGE_SIZE, b"\xff\xff\xff\xff")
    with pytest.raises(VaultDamagedError, match="was committed"):
        mount(flash)


@pytest.mark.parametrize("zeroed", [1, 2])
def test_a_record_that_is_zeroed_before_its_commit_word_is_void_is_damage(zeroed):
    flash, log = new_log()
    old = log.append(PLAIN, 1, bytes(range(256)) * 2)
    put(flash, FIRST + old.pages * PAGE_SIZE, page(2, 1))
    put(flash, FIRST, b"\x42\xc3\x0f\x96")
    for index in range(old.pages - zeroed, old.pages):
        put(flash, FIRST + index * PAGE_SIZE, ZERO_PAGE)
    with pytest.raises(VaultDamagedError, match="not committed"):
        mount(flash)


def test_pages_of_a_replaced_record_that_it_does_not_claim_are_damage():
    flash, log = new_log()
    log.append(PLAIN, 1, b"old")
    put(flash, FIRST + PAGE_SIZE, b"\xff\xff\xff\xff\x00")
    put(flash, FIRST + 2 * PAGE_SIZE, page(2, 1))
    put(flash, FIRST, b"\x42\xc3\x0f\x96")
    with pytest.raises(VaultDamagedError, match="not committed"):
        mount(flash)


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


@pytest.mark.parametrize("word", [b"\xff\xff\xff\x00", b"\x00\xff\xff\xff"])
def test_a_half_header_whose_commit_word_is_on_its_way_to_something_else_is_damage(word):
    flash, _ = new_log()
    put(flash, PAGE_SIZE, word)
    with pytest.raises(VaultDamagedError):
        mount(flash)


@pytest.mark.parametrize("record", [0, 1])
def test_a_zeroed_page_whose_bits_are_in_doubt_is_zeroed_for_good(record):
    flash, log = new_log()
    made = [log.append(PLAIN, 1, b"secret %d" % number) for number in range(2)]
    log.append(PLAIN, 1, b"new", made[record])
    number = layout.record_pages(4, 0)[record]
    flash.doubtful[number] = b"\xff" * PAGE_SIZE
    flash.power_on(CLEAR)
    mount(flash)
    flash.power_on(SET)
    assert flash.read(number * PAGE_SIZE, PAGE_SIZE) == ZERO_PAGE


def almost_valid(targets: bytes) -> tuple[bytes, bytes]:
    """Of a commit word, just those bits change that make an open one valid."""
    changed = bytearray(targets)
    changed[0:4] = bytes(value ^ 0xFF for value in VALID)
    return bytes(changed), bytes(len(targets))


def test_a_record_that_is_voided_never_passes_through_a_valid_one():
    start, log = new_log()
    log.append(PLAIN, 1, b"first")
    put(start, FIRST + PAGE_SIZE, bytes(encode(Record(PLAIN, 1, 2, 0xFFFFFFFF, b"torn"))[0]))
    whole = start.copy()
    mount(whole)
    for operation in range(1, whole.operations + 1):
        flash = start.copy()
        flash.cut(operation, almost_valid)
        with pytest.raises(PowerCut):
            mount(flash)
        flash.power_on()
        assert [record.payload for record in mount(flash).records] == [b"first"]


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
