"""The log's pages: what is refused, what is voided, what is frozen."""

import pytest

from dsc.protocol import layout
from dsc.protocol.layout import BLANK_PAGE, PAGE_SIZE, ZERO_PAGE
from dsc.protocol.pages import CHUNK_SIZE, Record, encode
from dsc.vault import halves, reset
from dsc.vault.errors import (
    MarksSpentError,
    UnknownRecordError,
    VaultDamagedError,
    VaultFormatError,
    VaultFullError,
    VaultRegionError,
    VaultWriteError,
)
from dsc.vault.log import Log
from dsc.vault.region import Region
from dsc.vault.store import Vault
from fakes import raw_vault
from fakes.nor_flash import SECTOR, NorFlash

PLAIN, CRITICAL, MARKED = 0x20, 0xA0, 0x60
KNOWN = {PLAIN: 1, CRITICAL: 1, MARKED: 1}
FIRST = 2 * PAGE_SIZE  # where the first record is


def new_log(size: int = 4 * SECTOR) -> tuple[NorFlash, Log]:
    flash = NorFlash(size)
    return flash, raw_vault.new_log(flash)


def mount(flash: NorFlash) -> Log:
    return raw_vault.mount_log(flash, KNOWN)


def put(flash: NorFlash, offset: int, data: bytes) -> None:
    flash.cells[offset : offset + len(data)] = data


def test_the_headers_and_a_record_are_frozen_by_value():
    flash, log = new_log(2 * SECTOR)
    log.mark(log.append(MARKED, 1, b"payload"), 1)
    log.append(CRITICAL, 2, b"", log.records[0])
    sector = bytes.fromhex("5ac30f96 44534353 01ffffff 00000001 908526ad")
    half = bytes.fromhex("5ac30f96 5049434f44534300 01ff 0002 00000001 cba1dbc6 00")
    record = bytes.fromhex("5ac30f96 00 a0 02 00 01 ff 0000 0000 ffff 00000002 00000001 a1609ef8")
    assert flash.cells[: len(sector)].hex() == sector.hex()
    assert set(flash.cells[len(sector) : PAGE_SIZE]) == {0xFF}
    assert flash.cells[PAGE_SIZE : PAGE_SIZE + len(half)].hex() == half.hex()
    assert set(flash.cells[PAGE_SIZE + len(half) : 2 * PAGE_SIZE]) == {0xFF}
    assert bytes(flash.cells[FIRST : FIRST + PAGE_SIZE]) == ZERO_PAGE
    assert flash.cells[FIRST + PAGE_SIZE :][: len(record)].hex() == record.hex()
    assert bytes(flash.cells[SECTOR + 240 : SECTOR + 256]) == bytes(16)


def test_a_marked_record_is_frozen_by_value():
    page = encode(Record(0xC4, 1, 7, 3, b"\x01\x02\x03", used=2))[0]
    frozen = "ffffffff 00 c4 01 00 01 ff 0003 0003 ffff 00000007 00000003 010203 9e359339 0000"
    assert page[: len(bytes.fromhex(frozen))].hex() == bytes.fromhex(frozen).hex()
    assert set(page[len(bytes.fromhex(frozen)) :]) == {0xFF}


@pytest.mark.parametrize("length", [0, 1, CHUNK_SIZE, CHUNK_SIZE + 1, 8 * CHUNK_SIZE])
def test_payloads_of_any_length_survive_a_boot(length):
    flash, log = new_log()
    payload = bytes(index * 7 & 0xFF for index in range(length))
    log.append(PLAIN, 1, payload)
    log.append(CRITICAL, 1, b"next")
    assert [record.payload for record in mount(flash).records] == [payload, b"next"]


def test_a_payload_beyond_eight_pages_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        new_log()[1].append(PLAIN, 1, bytes(8 * CHUNK_SIZE + 1))


def test_a_marked_record_must_have_room_for_a_mark():
    _, log = new_log()
    assert log.append(MARKED, 1, bytes(CHUNK_SIZE - 1)).marks == 1
    with pytest.raises(ValueError, match="does not fit"):
        log.append(MARKED, 1, bytes(CHUNK_SIZE))


def test_a_marked_record_without_room_for_a_mark_is_damage():
    flash = new_log()[0]
    put(flash, FIRST, bytes(layout.committed(encode(Record(MARKED, 1, 1, 0xFFFFFFFF, bytes(CHUNK_SIZE)))[0])))
    with pytest.raises(VaultDamagedError, match="room for marks"):
        mount(flash)


def test_spent_marks_are_refused():
    flash, log = new_log()
    record = log.append(MARKED, 1, bytes(CHUNK_SIZE - 2))
    log.mark(record, 1)
    log.mark(record, 2)
    for count in (3, 2, 0):
        with pytest.raises(MarksSpentError):
            log.mark(record, count)
    assert mount(flash).records[0].used == 2


def test_several_marks_are_used_by_one_write_of_the_last_of_them():
    flash, log = new_log()
    record = log.append(MARKED, 1, b"abc")
    before = flash.operations
    log.mark(record, 7)
    assert flash.operations == before + 1
    assert record.used == mount(flash).records[0].used == 7
    assert flash.cells[FIRST + 31 : FIRST + 39] == bytes(7) + b"\xff"  # the boot has used those before it up


def test_a_record_can_be_written_with_marks_used_already():
    flash, log = new_log()
    log.append(MARKED, 1, b"abc", used=3)
    assert mount(flash).records[0].used == 3


def test_a_mark_with_any_bit_clear_is_used_and_so_are_those_before_it():
    flash, log = new_log()
    log.append(MARKED, 1, b"abc")
    log.append(PLAIN, 1, b"")
    flash.cells[FIRST + 24 + 3 + 4 + 5] = 0xFE
    assert mount(flash).records[0].used == 6
    assert flash.cells[FIRST + 31 : FIRST + 37] == bytes(6)


def test_a_full_log_refuses_and_stays_readable():
    flash, log = new_log(2 * SECTOR)
    for number in range(13):
        log.append(PLAIN, 1, bytes([number]))
    assert not log.has_room(1)
    with pytest.raises(VaultFullError) as caught:
        log.append(PLAIN, 1, b"")
    assert (caught.value.needed, caught.value.free) == (PAGE_SIZE, 0)
    assert len(mount(flash).records) == 13


def test_a_log_may_end_with_the_last_page_of_its_half():
    flash, log = new_log(2 * SECTOR)
    for number in range(13):
        log.append(PLAIN, 1, bytes([number]))
    log.append(0x87, 1, b"")
    assert not log.has_room(0)
    assert len(raw_vault.mount_log(flash, {0x87: 1}).records) == 14


def test_a_record_of_a_critical_type_that_is_not_known_halts_before_anything_is_written():
    flash, log = new_log()
    log.append(0xBF, 1, b"")
    before = flash.operations
    with pytest.raises(UnknownRecordError) as caught:
        mount(flash)
    assert (caught.value.kind, caught.value.version) == (0xBF, 1)
    assert flash.operations == before


@pytest.mark.parametrize("version", [0, 2])
def test_a_version_of_a_critical_type_that_is_not_known_halts(version):
    flash, log = new_log()
    log.append(CRITICAL, version, b"")
    with pytest.raises(UnknownRecordError):
        mount(flash)


def test_other_unknown_records_are_kept():
    flash, log = new_log()
    log.append(0x3F, 9, b"kept")
    assert [record.payload for record in mount(flash).records] == [b"kept"]


@pytest.mark.parametrize("index", [*range(4, 60), 255])
def test_any_other_byte_in_a_committed_record_is_damage(index):
    flash, log = new_log()
    log.append(CRITICAL, 1, b"0123456789" * 3)
    log.append(CRITICAL, 1, b"")
    flash.cells[FIRST + index] ^= 0x10
    with pytest.raises(VaultDamagedError):
        mount(flash)


@pytest.mark.parametrize("index", range(4))
def test_a_wrong_commit_word_before_other_records_is_damage(index):
    flash, log = new_log()
    log.append(CRITICAL, 1, b"0123456789")
    log.append(CRITICAL, 1, b"")
    flash.cells[FIRST + index] = 0
    with pytest.raises(VaultDamagedError):
        mount(flash)


def test_a_second_page_that_claims_to_be_committed_is_damage():
    flash, log = new_log()
    log.append(CRITICAL, 1, bytes(300))
    put(flash, FIRST + PAGE_SIZE, layout.VALID)
    with pytest.raises(VaultDamagedError):
        mount(flash)


def test_a_record_cut_off_by_the_end_of_the_half_is_damage():
    flash, log = new_log(2 * SECTOR)
    for _ in range(13):
        log.append(PLAIN, 1, b"")
    put(flash, SECTOR - PAGE_SIZE, bytes(layout.committed(encode(Record(PLAIN, 1, 99, 1, bytes(300)))[0])))
    with pytest.raises(VaultDamagedError, match="impossible length"):
        mount(flash)


def test_a_total_length_that_does_not_fit_the_pages_is_damage():
    flash, log = new_log()
    log.append(CRITICAL, 1, bytes(300))
    put(flash, FIRST + 12, b"\x00\x05")
    with pytest.raises(VaultDamagedError, match="length"):
        mount(flash)


@pytest.mark.parametrize(("sequence", "supersedes"), [(1, 0xFFFFFFFF), (3, 3)])
def test_sequence_numbers_that_no_append_writes_are_damage(sequence, supersedes):
    flash, log = new_log()
    log.append(PLAIN, 1, b"")
    page = layout.committed(encode(Record(PLAIN, 1, sequence, supersedes, b""))[0])
    put(flash, FIRST + PAGE_SIZE, bytes(page))
    with pytest.raises(VaultDamagedError):
        mount(flash)


def test_a_page_behind_blank_ones_is_damage():
    flash, log = new_log()
    log.append(PLAIN, 1, b"")
    flash.cells[FIRST + 5 * PAGE_SIZE] = 0
    with pytest.raises(VaultDamagedError, match="behind"):
        mount(flash)


def test_more_unfinished_pages_than_a_record_has_are_damage():
    flash, _ = new_log()
    put(flash, FIRST, b"\xff\xff\xff\xff\x00" + b"\xff" * 251)
    for page in range(1, 9):
        put(flash, FIRST + page * PAGE_SIZE, b"\xff\xff\xff\xff\x00")
    with pytest.raises(VaultDamagedError, match="no record"):
        mount(flash)


def test_an_unfinished_record_is_voided_and_the_next_one_goes_behind_it():
    flash, log = new_log()
    log.append(PLAIN, 1, b"first")
    put(flash, FIRST + PAGE_SIZE, bytes(encode(Record(PLAIN, 1, 2, 0xFFFFFFFF, b"torn"))[0]))
    log = mount(flash)
    assert bytes(flash.cells[FIRST + PAGE_SIZE : FIRST + 2 * PAGE_SIZE]) == ZERO_PAGE
    log.append(PLAIN, 1, b"third")
    assert [record.payload for record in mount(flash).records] == [b"first", b"third"]


@pytest.mark.parametrize("word", [b"\x5a\xc3\x0f\x97", b"\x58\xc3\x0f\x96", b"\xff\xff\xff\xff"])
def test_a_last_record_that_must_have_been_committed_is_damage(word):
    replaced, marked = new_log(), new_log()
    replaced[1].append(CRITICAL, 1, b"new", replaced[1].append(CRITICAL, 1, b"old"))
    marked[1].mark(marked[1].append(MARKED, 1, b""), 1)
    for (flash, _), offset in ((replaced, FIRST + PAGE_SIZE), (marked, FIRST)):
        put(flash, offset, word)
        before = flash.operations
        with pytest.raises(VaultDamagedError, match="was committed"):
            mount(flash)
        assert flash.operations == before


def test_reading_a_log_writes_nothing_and_tells_what_was_not_replaced():
    flash, log = new_log()
    log.append(CRITICAL, 1, b"new", log.append(CRITICAL, 1, b"old"))
    put(flash, FIRST, bytes(layout.committed(encode(Record(CRITICAL, 1, 1, 0xFFFFFFFF, b"old"))[0])))
    put(flash, FIRST + 2 * PAGE_SIZE, bytes(encode(Record(PLAIN, 1, 3, 0xFFFFFFFF, b"torn"))[0]))
    before = flash.operations
    read = Log.read(Region(flash), 0, KNOWN)
    assert [record.payload for record in read.records] == [b"old", b"new"]
    assert [record.payload for record in read.current()] == [b"new"]
    assert flash.operations == before
    read.recover()
    assert [record.payload for record in read.records] == [b"new"]
    assert (bytes(flash.cells[FIRST:][:PAGE_SIZE]), bytes(flash.cells[FIRST + 512 :][:256])) == (
        ZERO_PAGE,
    ) * 2


def test_a_record_that_was_half_voided_without_a_successor_is_damage():
    flash, log = new_log()
    log.append(CRITICAL, 1, b"first")
    log.append(CRITICAL, 1, b"second")
    put(flash, FIRST, b"\x42\xc3\x0f\x96")
    with pytest.raises(VaultDamagedError, match="not committed"):
        mount(flash)


@pytest.mark.parametrize("word", [layout.VALID, b"\x42\xc3\x0f\x96", b"\x00\x00\x0f\x00", layout.VOID])
@pytest.mark.parametrize("size", [3, 300])
def test_voiding_a_superseded_record_is_finished_at_the_next_boot(word, size):
    flash, log = new_log()
    old = log.append(CRITICAL, 1, bytes(size))
    page = layout.committed(encode(Record(CRITICAL, 1, 2, 1, b"new"))[0])
    put(flash, FIRST + old.pages * PAGE_SIZE, bytes(page))
    put(flash, FIRST, word)
    if word == layout.VOID and size == 300:
        put(flash, FIRST + PAGE_SIZE, ZERO_PAGE)  # pages are zeroed from the last to the first
    assert [record.payload for record in mount(flash).records] == [b"new"]
    assert bytes(flash.cells[FIRST : FIRST + old.pages * PAGE_SIZE]) == ZERO_PAGE * old.pages


def test_a_format_of_the_future_is_refused():
    flash, _ = new_log()
    body = b"PICODSC\x00\x02\xff\x00\x04\x00\x00\x00\x01"
    put(flash, PAGE_SIZE + 4, body + layout.checksum(body))
    with pytest.raises(VaultFormatError) as caught:
        mount(flash)
    assert (caught.value.version, caught.value.known) == (2, 1)


@pytest.mark.parametrize("index", range(4, 24))
def test_a_committed_half_header_that_is_wrong_is_damage(index):
    flash, _ = new_log()
    flash.cells[PAGE_SIZE + index] ^= 1
    with pytest.raises(VaultDamagedError):
        mount(flash)


def test_a_region_of_another_size_is_refused():
    flash, _ = new_log(4 * SECTOR)
    with pytest.raises(VaultDamagedError, match="another size"):
        mount(NorFlash(2 * SECTOR, bytes(flash.cells[: 2 * SECTOR])))


def test_garbage_where_a_half_header_should_be_is_damage():
    flash = NorFlash(4 * SECTOR)
    put(flash, PAGE_SIZE, b"garbage")
    with pytest.raises(VaultDamagedError):
        mount(flash)


def test_a_half_header_that_was_never_committed_needs_a_completed_reset_before_it():
    flash = NorFlash(4 * SECTOR)
    put(flash, PAGE_SIZE, bytes(layout.encode_half(1, 4)))
    with pytest.raises(VaultDamagedError, match="not committed"):
        mount(flash)
    flash, _ = new_log()
    put(flash, PAGE_SIZE, b"\xff" * 4)
    assert halves.survey(Region(flash)).half == halves.BEGUN


def test_records_without_a_committed_half_are_damage():
    flash, log = new_log()
    log.append(PLAIN, 1, b"")
    put(flash, PAGE_SIZE, b"\xff" * 4)
    with pytest.raises(VaultDamagedError):
        mount(flash)


def test_a_sector_without_its_header_is_damage():
    flash, _ = new_log()
    put(flash, SECTOR, b"\x00")
    with pytest.raises(VaultDamagedError, match="sector 1"):
        mount(flash)


def test_a_wrong_reset_mark_is_damage():
    flash = NorFlash(2 * SECTOR)
    reset.run(Region(flash))
    put(flash, SECTOR + 240, b"\x8f")
    with pytest.raises(VaultDamagedError, match="reset mark"):
        halves.survey(Region(flash))


@pytest.mark.parametrize("size", [0, SECTOR, 3 * SECTOR, 2 * SECTOR + 1])
def test_a_region_must_be_an_even_number_of_sectors(size):
    with pytest.raises(VaultRegionError):
        Region(NorFlash(size))


def test_nothing_outside_the_region_is_touched():
    region = Region(NorFlash(2 * SECTOR))
    for access in (
        lambda: region.read(-1),
        lambda: region.read(32),
        lambda: region.write(32, BLANK_PAGE),
        lambda: region.write(0, b"short"),
        lambda: region.erase(2),
    ):
        with pytest.raises(VaultRegionError):
            access()


def test_a_worn_sector_halts_with_its_address():
    flash, log = new_log()
    flash.broken.add(0)
    with pytest.raises(VaultWriteError) as caught:
        log.append(PLAIN, 1, b"")
    assert caught.value.offset == FIRST
    region = Region(flash)
    with pytest.raises(VaultWriteError):
        region.clear(0, 250, b"\x00")
    with pytest.raises(VaultWriteError):
        region.erase(0)


def test_erase_counts_go_on_and_a_lost_one_becomes_the_greatest():
    flash = NorFlash(4 * SECTOR)
    region = Region(flash)
    for _ in range(3):
        reset.run(region)
    assert layout.decode_sector(region.read(16)) == 3
    put(flash, SECTOR, b"\x12\x34")
    reset.run(region)
    assert [layout.decode_sector(region.read(sector * 16)) for sector in range(4)] == [4, 4, 4, 4]


def test_mounting_a_vault_on_a_blank_region_writes_nothing():
    flash = NorFlash()
    assert Vault.mount(flash).state == "blank"
    assert flash.operations == 0
