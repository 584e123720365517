"""What a half may hold: records in order, and remnants that a power cut leaves; anything else is damage."""

import pytest

from dsc.protocol import layout
from dsc.protocol.layout import PAGE_SIZE, VALID, VOID, ZERO_PAGE
from dsc.protocol.pages import Record, encode
from dsc.vault.errors import VaultDamagedError
from dsc.vault.log import Log
from fakes import raw_vault
from fakes.nor_flash import CLEAR, SECTOR, SET, NorFlash, PowerCut

PLAIN, MARKED = 0x20, 0x60
KNOWN = {PLAIN: 1, MARKED: 1}
FIRST = 2 * PAGE_SIZE
NOTHING = 0xFFFFFFFF


def new_log() -> tuple[NorFlash, Log]:
    flash = NorFlash(4 * SECTOR)
    return flash, raw_vault.new_log(flash)


def mount(flash: NorFlash) -> Log:
    return raw_vault.mount_log(flash, KNOWN)


def put(flash: NorFlash, offset: int, data: bytes) -> None:
    flash.cells[offset : offset + len(data)] = data


def unfinished(sequence: int, payload: bytes = b"", used: int = 0) -> bytes:
    kind = MARKED if used else PLAIN
    return b"".join(bytes(image) for image in encode(Record(kind, 1, sequence, NOTHING, payload, used=used)))


def page(sequence: int, supersedes: int = NOTHING) -> bytes:
    return bytes(layout.committed(encode(Record(PLAIN, 1, sequence, supersedes, b""))[0]))


@pytest.mark.parametrize(("sequence", "supersedes"), [(0, NOTHING), (1, 1), (1, 2), (2, NOTHING)])
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


@pytest.mark.parametrize("ahead", [1, 2, 11, 12, 13, 14, 20, 25])
def test_the_page_that_is_written_behind_blank_ones_is_named(ahead):
    flash, log = new_log()
    log.append(PLAIN, 1, b"")
    position = 1 + ahead
    put(flash, layout.record_pages(4, 0)[position] * PAGE_SIZE, b"\x00")
    with pytest.raises(VaultDamagedError, match=f"page {position} is written"):
        mount(flash)


@pytest.mark.parametrize("payload", [b"new", bytes(range(256))])
def test_a_record_that_seems_uncommitted_but_replaced_one_that_is_gone_is_damage(payload):
    flash, log = new_log()
    log.append(PLAIN, 1, b"before")
    old = log.append(PLAIN, 1, b"old")
    log.append(PLAIN, 1, b"between")
    new = log.append(PLAIN, 1, payload, old)
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
    put(start, FIRST + PAGE_SIZE, bytes(encode(Record(PLAIN, 1, 2, NOTHING, b"torn"))[0]))
    whole = start.copy()
    mount(whole)
    for operation in range(1, whole.operations + 1):
        flash = start.copy()
        flash.cut(operation, almost_valid)
        with pytest.raises(PowerCut):
            mount(flash)
        flash.power_on()
        assert [record.payload for record in mount(flash).records] == [b"first"]


def test_the_first_page_of_a_log_that_was_zeroed_and_is_in_doubt_is_zeroed_for_good():
    flash, _ = new_log()
    put(flash, FIRST, ZERO_PAGE)
    flash.doubtful[2] = b"\xff" * PAGE_SIZE
    flash.power_on(CLEAR)
    assert mount(flash).records == []
    flash.power_on(SET)
    assert flash.read(FIRST, PAGE_SIZE) == ZERO_PAGE


@pytest.mark.parametrize("replaces", [False, True])
def test_zeroed_pages_are_programmed_again_only_if_they_may_have_been_written_last(replaces):
    flash, log = new_log()
    old = log.append(PLAIN, 1, b"old")
    log.append(PLAIN, 1, b"new", old)
    if not replaces:
        log.append(PLAIN, 1, b"last")
    before = flash.operations
    mount(flash)
    assert flash.operations == before + (2 if replaces else 1)


def test_what_follows_a_void_record_whose_bits_show_again_is_one_unfinished_record():
    flash, log = new_log()
    old = log.append(PLAIN, 1, b"old")
    log.append(PLAIN, 1, b"new", old)
    put(flash, FIRST, VOID + b"\x01")
    put(flash, FIRST + 2 * PAGE_SIZE, unfinished(3, bytes(range(256))))
    assert [record.payload for record in mount(flash).records] == [b"new"]
    assert flash.cells[FIRST:][:PAGE_SIZE] == ZERO_PAGE
    assert flash.cells[FIRST + 2 * PAGE_SIZE :][: 2 * PAGE_SIZE] == 2 * ZERO_PAGE


def test_a_void_record_hides_no_uncommitted_one_behind_it():
    flash, log = new_log()
    log.append(PLAIN, 1, b"one")
    log.append(PLAIN, 1, b"two")
    log.append(PLAIN, 1, b"three")
    log.append(PLAIN, 1, b"four", log.records[0])
    put(flash, FIRST, VOID + b"\x01")
    put(flash, FIRST + 2 * PAGE_SIZE, b"\xff\xff\xff\xff")
    with pytest.raises(VaultDamagedError, match="page 2 is not committed"):
        mount(flash)


def test_a_last_record_that_is_void_is_zeroed_even_if_it_was_used():
    flash, log = new_log()
    log.append(PLAIN, 1, b"kept")
    put(flash, FIRST + PAGE_SIZE, VOID + unfinished(2, used=3)[4:])
    assert [record.payload for record in mount(flash).records] == [b"kept"]
    assert flash.cells[FIRST + PAGE_SIZE :][:PAGE_SIZE] == ZERO_PAGE


def test_a_void_record_of_two_pages_is_zeroed_whatever_its_second_page_says():
    flash, log = new_log()
    log.append(PLAIN, 1, b"kept")
    whole = encode(Record(PLAIN, 1, 3, 2, bytes(range(256))))
    put(flash, FIRST + PAGE_SIZE, ZERO_PAGE)
    put(flash, FIRST + 2 * PAGE_SIZE, VOID + bytes(whole[0])[4:] + bytes(whole[1]))
    assert [record.payload for record in mount(flash).records] == [b"kept"]
    put(flash, FIRST + 2 * PAGE_SIZE, VOID + bytes(whole[0])[4:] + bytes(whole[1]) + page(5))
    assert [record.sequence for record in mount(flash).records] == [1, 5]


def test_of_two_unfinished_records_the_second_one_is_named():
    flash, log = new_log()
    log.append(PLAIN, 1, b"kept")
    put(flash, FIRST + PAGE_SIZE, unfinished(2) + ZERO_PAGE + unfinished(3))
    put(flash, FIRST + 2 * PAGE_SIZE, ZERO_PAGE)
    for number in range(2, 9):
        put(flash, FIRST + number * PAGE_SIZE, ZERO_PAGE)
    put(flash, FIRST + 9 * PAGE_SIZE, unfinished(4))
    with pytest.raises(VaultDamagedError, match="page 9 belongs"):
        mount(flash)
