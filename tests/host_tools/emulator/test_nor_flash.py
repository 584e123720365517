"""The flash chip: it answers what it is asked, clears and sets bits as NOR cells do, wears, and loses power."""

import pytest
from rp2040py.rp2040 import RP2040

from host_tools.emulator import nor_flash
from host_tools.emulator.clock import Clock
from host_tools.emulator.doubtful_bits import LOOK_NANOS, WEAK_NANOS
from host_tools.emulator.errors import OutsideFlashError
from host_tools.emulator.nor_flash import ERASE, PAGE, PROGRAM, SECTOR, NorFlash
from host_tools.emulator.power_cuts import Cut, PowerCutError

UID = bytes.fromhex("e66058388340a02f")
SIZE = 64 * 1024


def chip(**options) -> NorFlash:
    """A blank one, without a processor that runs."""
    flash = nor_flash.install(RP2040(Clock()), UID, SIZE, **options)
    flash.write(0, b"\xff" * SIZE)
    return flash


def wait(flash: NorFlash, nanos: float = nor_flash.CHIP_ERASE_NANOS) -> None:
    """Let time pass, by default until any operation is complete."""
    flash._doubtful._clock.tick(nanos)


def command(flash: NorFlash, *bytes_out: int, read: int = 0) -> bytes:
    """Select the chip, shift bytes out and `read` more in, deselect it."""
    for byte in bytes_out:
        flash._shift(byte)
    answer = bytes(flash._shift(0) for _ in range(read))
    flash._deselect()
    return answer


def program(flash: NorFlash, offset: int, data: bytes) -> None:
    command(flash, nor_flash.WRITE_ENABLE)
    command(flash, nor_flash.PAGE_PROGRAM, *offset.to_bytes(3, "big"), *data)
    wait(flash)


def erase(flash: NorFlash, offset: int, instruction: int = 0x20) -> None:
    command(flash, nor_flash.WRITE_ENABLE)
    command(flash, instruction, *offset.to_bytes(3, "big"))
    wait(flash)


def content(flash: NorFlash, offset: int, length: int) -> bytes:
    return bytes(flash.data[offset : offset + length])


# Cures.


def bare() -> RP2040:
    """rp2040py as it comes, with its flash selected and blank."""
    mcu = RP2040()
    mcu.flash[:SIZE] = b"\xff" * SIZE
    return mcu


def bare_command(mcu: RP2040, *bytes_out: int, read: int = 0) -> bytes:
    for byte in bytes_out:
        mcu.ssi._shift_byte(byte)
    answer = bytes(mcu.ssi._shift_byte(0) for _ in range(read))
    mcu.ssi._apply_command()
    return answer


def test_the_unique_id_is_answered():
    ask = (nor_flash.READ_UNIQUE_ID, 0, 0, 0, 0)
    assert bare_command(bare(), *ask, read=8) == b"\xff" * 8, "the fault"
    assert command(chip(), *ask, read=8) == UID


def test_a_program_that_reaches_the_end_of_its_page_goes_on_at_the_start_of_it():
    mcu = bare()
    bare_command(mcu, nor_flash.WRITE_ENABLE)
    bare_command(mcu, nor_flash.PAGE_PROGRAM, 0, 0, 0xFE, 1, 2, 3)
    assert mcu.flash[0x100] == 3, "the fault: it runs on into the next page"
    flash = chip()
    program(flash, 0xFE, bytes([1, 2, 3]))
    assert content(flash, 0, 1) + content(flash, 0xFE, 3) == bytes([3, 1, 2, 0xFF])


@pytest.mark.parametrize("instruction", [(0x52, 0, 0, 0), (0xC7,), (0x60,)], ids=["0x52", "0xc7", "0x60"])
def test_rp2040py_does_not_know_the_other_erases(instruction):
    mcu = bare()
    mcu.flash[:SIZE] = bytes(SIZE)
    bare_command(mcu, nor_flash.WRITE_ENABLE)
    bare_command(mcu, *instruction)
    assert bytes(mcu.flash[:SIZE]) == bytes(SIZE), "the fault"


def test_on_the_bare_chip_the_flash_is_never_busy():
    mcu = bare()
    bare_command(mcu, nor_flash.WRITE_ENABLE)
    bare_command(mcu, 0x20, 0, 0, 0)
    assert bare_command(mcu, nor_flash.READ_STATUS_1, read=1) == b"\x00"


@pytest.mark.parametrize("instruction", nor_flash.CHIP_ERASES)
def test_the_whole_chip_can_be_erased(instruction):
    flash = chip()
    flash.write(0, bytes(SIZE))
    command(flash, nor_flash.WRITE_ENABLE)
    command(flash, instruction)
    assert content(flash, 0, SIZE) == b"\xff" * SIZE
    assert flash.wear == [1] * (SIZE // SECTOR)


@pytest.mark.parametrize(("instruction", "length"), [(0x20, 4096), (0x52, 32768), (0xD8, 65536)])
def test_each_erase_sets_its_own_stretch(instruction, length):
    flash = chip()
    flash.write(0, bytes(SIZE))
    erase(flash, length - 1, instruction)
    assert content(flash, 0, SIZE) == b"\xff" * length + bytes(SIZE - length)


# Cells.


def test_programming_clears_bits_and_sets_none():
    flash = chip()
    program(flash, 0, b"\x0f")
    program(flash, 0, b"\xf5")
    assert content(flash, 0, 1) == b"\x05"


def test_more_than_a_page_keeps_what_came_last():
    flash = chip()
    program(flash, 0, bytes([1] * PAGE) + bytes([2, 3]))
    assert content(flash, 0, 3) == bytes([2, 3, 1])


def test_nothing_is_changed_unless_writing_was_enabled():
    flash = chip()
    command(flash, nor_flash.PAGE_PROGRAM, 0, 0, 0, 0)
    command(flash, 0x20, 0, 0, 0)
    command(flash, nor_flash.WRITE_ENABLE)
    command(flash, nor_flash.WRITE_DISABLE)
    command(flash, nor_flash.PAGE_PROGRAM, 0, 0, 0, 0)
    assert (flash.operations, content(flash, 0, 1)) == (0, b"\xff")


def test_each_operation_has_to_be_enabled_anew():
    flash = chip()
    program(flash, 0, b"\x00")
    command(flash, nor_flash.PAGE_PROGRAM, 0, 0, 1, 0)
    wait(flash)
    assert content(flash, 0, 2) == b"\x00\xff"


def test_status_identity_and_content_can_be_read():
    flash = chip()
    flash.write(0x1234, b"hello")
    assert command(flash, nor_flash.READ_JEDEC_ID, read=3) == bytes([0xEF, 0x40, 16])
    assert command(flash, nor_flash.READ_STATUS_2, read=1) == b"\x02"
    command(flash, nor_flash.WRITE_ENABLE)
    assert command(flash, nor_flash.READ_STATUS_1, read=2) == b"\x02\x02"
    assert command(flash, nor_flash.READ_DATA, 0, 0x12, 0x34, read=5) == b"hello"


def test_an_unknown_instruction_changes_nothing():
    flash = chip()
    before = content(flash, 0, SIZE)
    command(flash, nor_flash.WRITE_ENABLE)
    assert command(flash, 0x42, 0, 0, 0, read=2) == b"\xff\xff"
    assert content(flash, 0, SIZE) == before


def test_a_command_that_a_chip_reset_cuts_short_is_forgotten():
    flash = chip()
    command(flash, nor_flash.WRITE_ENABLE)
    for byte in (nor_flash.PAGE_PROGRAM, 0, 0, 0, 0):
        flash._shift(byte)
    flash.reset()
    flash._deselect()
    assert flash.operations == 0


def test_writing_beyond_the_chip_is_refused():
    with pytest.raises(OutsideFlashError):
        chip().write(SIZE - 1, b"xx")


def test_a_unique_id_has_eight_bytes():
    with pytest.raises(ValueError, match="8 bytes"):
        nor_flash.install(RP2040(), b"short", SIZE)


# Wear.


def test_erases_are_counted_sector_by_sector():
    flash = chip()
    erase(flash, 0)
    erase(flash, 0)
    erase(flash, 0, 0x52)
    assert flash.wear == [3, *[1] * 7, *[0] * 8]


def test_a_sector_beyond_its_endurance_keeps_some_bits_at_zero():
    flash = chip()
    flash.endurance = 2
    for _ in range(2):
        erase(flash, SECTOR)
        assert content(flash, SECTOR, SECTOR) == b"\xff" * SECTOR
    erase(flash, SECTOR)
    bad = sum(byte != 0xFF for byte in content(flash, SECTOR, SECTOR))
    assert 0 < bad < SECTOR // 20
    assert content(flash, 0, SECTOR) == b"\xff" * SECTOR


def test_a_chip_at_its_end_keeps_nothing_that_is_programmed():
    flash = chip()
    flash.keeps_programs = False
    program(flash, 0, b"\x00")
    assert (content(flash, 0, 1), flash.operations) == (b"\xff", 1)


# Operations and power.


def test_every_operation_is_told_with_what_was_there_before():
    flash = chip()
    told = []
    flash.on_operation.append(told.append)
    program(flash, 0x105, b"\x00")
    erase(flash, 0x1000)
    assert [(each.kind, each.offset, each.length, each.number) for each in told] == [
        (PROGRAM, 0x100, PAGE, 1),
        (ERASE, 0x1000, SECTOR, 2),
    ]
    assert told[0].before == b"\xff" * PAGE


@pytest.mark.parametrize(
    ("cut", "programmed"), [(Cut.BEFORE, b"\xff" * 4), (Cut.AFTER, b"\x00" * 4)], ids=["before", "after"]
)
def test_a_cut_before_or_after_leaves_the_state_before_or_after(cut, programmed):
    flash = chip()
    flash.cut_power_at(2, cut)
    program(flash, 0, b"\x0f")
    with pytest.raises(PowerCutError) as caught:
        program(flash, 16, bytes(4))
    assert (caught.value.number, caught.value.cut) == (2, cut)
    assert content(flash, 16, 4) == programmed


def test_a_torn_program_has_cleared_some_of_its_bits_and_no_others():
    results = set()
    for seed in range(20):
        flash = chip()
        flash.write(0, b"\xf0")
        flash.cut_power_at(1, Cut.TORN, seed)
        with pytest.raises(PowerCutError):
            program(flash, 0, bytes([0x30, *[0] * 31]))
        results.add(content(flash, 0, 32))
        assert content(flash, 0, 1)[0] & 0x3F == 0x30, "only the target bits have changed"
        assert content(flash, 32, PAGE - 32) == b"\xff" * (PAGE - 32)
    assert len(results) == 20


def test_a_torn_erase_has_set_some_of_its_bits():
    flash = chip()
    flash.write(0, bytes(SECTOR))
    flash.cut_power_at(1, Cut.TORN, 3)
    with pytest.raises(PowerCutError):
        erase(flash, 0)
    ones = sum(byte.bit_count() for byte in content(flash, 0, SECTOR))
    assert 0.45 < ones / (8 * SECTOR) < 0.55


def test_the_chip_goes_on_after_a_cut():
    flash = chip()
    flash.cut_power_at(1)
    with pytest.raises(PowerCutError):
        program(flash, 0, bytes(8))
    program(flash, 0, bytes(8))
    assert content(flash, 0, 8) == bytes(8)


def in_doubt(data: bytes = bytes(16)) -> NorFlash:
    """A chip in whose first page a program of `data` was torn, and left every bit in doubt."""
    flash = chip()
    flash.cut_power_at(1, Cut.TORN, 1, doubtful=1.0)
    with pytest.raises(PowerCutError):
        program(flash, 0, data)
    flash.power_off()
    return flash


def test_doubtful_bits_read_differently_after_each_power_on_until_they_are_programmed():
    flash = in_doubt()
    assert flash.doubtful == dict.fromkeys(range(16), 0xFF)
    seen = set()
    for _ in range(8):
        flash.power_on()
        seen.add(content(flash, 0, 16))
        flash.power_off()
    assert len(seen) == 8
    program(flash, 0, bytes(15))
    assert flash.doubtful == {15: 0xFF}
    program(flash, 15, b"\x0f")
    assert flash.doubtful == {15: 0x0F}
    erase(flash, 0)
    assert flash.doubtful == {}


def test_doubtful_bits_read_differently_each_time_while_there_is_power():
    flash = in_doubt()
    flash.power_on()
    seen = set()
    for _ in range(20):
        seen.add(content(flash, 0, 16))
        wait(flash, LOOK_NANOS)
    assert len(seen) == 20
    erase(flash, 0)
    for _ in range(20):
        wait(flash, LOOK_NANOS)
        assert content(flash, 0, PAGE) == b"\xff" * PAGE


def test_what_is_put_into_the_flash_from_outside_is_certain():
    flash = in_doubt()
    flash.write(4, b"four")
    assert flash.doubtful == dict.fromkeys((*range(4), *range(8, 16)), 0xFF)
    flash.write(0, bytes(SECTOR))
    assert flash.doubtful == {}


def test_bits_that_a_torn_operation_was_not_to_change_are_never_in_doubt():
    flash = chip()
    flash.write(0, b"\x00\xff")
    flash.cut_power_at(1, Cut.TORN, 1, doubtful=1.0)
    with pytest.raises(PowerCutError):
        program(flash, 0, b"\x00\xf0")
    assert flash.doubtful == {1: 0x0F}


def test_a_torn_program_of_doubtful_bits_leaves_in_doubt_those_that_it_has_not_reached():
    flash = in_doubt()
    flash.power_on()
    flash.cut_power_at(2, Cut.TORN, 5, changed=0.5)
    with pytest.raises(PowerCutError):
        program(flash, 0, bytes(8))
    left = [flash.doubtful.get(place, 0) for place in range(16)]
    assert left[8:] == [0xFF] * 8, "it was not to change these"
    assert 16 < sum(bits.bit_count() for bits in left[:8]) < 48
    certain = [~bits & 0xFF for bits in left[:8]]
    for _ in range(20):
        wait(flash, LOOK_NANOS)
        assert [byte & mask for byte, mask in zip(content(flash, 0, 8), certain, strict=True)] == [0] * 8


@pytest.mark.parametrize(("changed", "low", "high"), [(0.0, 0, 0), (0.05, 60, 150), (0.95, 1900, 2000)])
def test_a_torn_operation_changes_as_many_bits_as_it_is_told_to(changed, low, high):
    flash = chip()
    flash.cut_power_at(1, Cut.TORN, 3, changed=changed)
    with pytest.raises(PowerCutError):
        program(flash, 0, bytes(PAGE))
    zeros = sum(8 - byte.bit_count() for byte in content(flash, 0, PAGE))
    assert low <= zeros <= high


def test_as_many_bits_are_left_in_doubt_as_it_is_told_to_leave():
    flash = chip()
    flash.cut_power_at(1, Cut.TORN, 3, doubtful=0.05)
    with pytest.raises(PowerCutError):
        program(flash, 0, bytes(PAGE))
    assert 60 < sum(bits.bit_count() for bits in flash.doubtful.values()) < 150


def test_a_weakly_erased_sector_seems_erased_for_a_while_after_the_next_power_on_and_then_not():
    flash = chip()
    flash.write(0, bytes(SECTOR))
    flash.cut_power_at(1, Cut.TORN, 3, doubtful=0.5, weak=True, changed=1.0)
    with pytest.raises(PowerCutError):
        erase(flash, 0)
    flash.power_off()
    flash.power_on()
    assert content(flash, 0, SECTOR) == b"\xff" * SECTOR
    wait(flash, LOOK_NANOS)
    assert content(flash, 0, SECTOR) == b"\xff" * SECTOR
    wait(flash, WEAK_NANOS)
    assert content(flash, 0, SECTOR) != b"\xff" * SECTOR
    flash.power_off()
    flash.power_on()
    assert content(flash, 0, SECTOR) != b"\xff" * SECTOR, "only once"


def test_what_is_programmed_into_a_weakly_erased_sector_stays_and_the_rest_comes_to_light():
    flash = chip()
    flash.write(0, bytes(SECTOR))
    flash.cut_power_at(1, Cut.TORN, 3, doubtful=1.0, weak=True)
    with pytest.raises(PowerCutError):
        erase(flash, 0)
    flash.power_on()
    command(flash, nor_flash.WRITE_ENABLE)
    command(flash, nor_flash.PAGE_PROGRAM, 0, 0, 0, *b"\x0f" * 16)
    assert content(flash, 0, 17) == b"\x0f" * 16 + b"\xff"
    wait(flash, WEAK_NANOS)
    wait(flash, LOOK_NANOS)
    assert {byte & 0xF0 for byte in content(flash, 0, 16)} == {0}
    assert content(flash, 0, 16) != b"\x0f" * 16


# Time.


def busy_for(flash: NorFlash) -> float:
    """How long the chip says from now on that it is busy, in nanoseconds, to the next 10 µs."""
    waited = 0.0
    while command(flash, nor_flash.READ_STATUS_1, read=1)[0] & 1:
        wait(flash, 10_000)
        waited += 10_000
    return waited


@pytest.mark.parametrize(
    ("instruction", "nanos"),
    [
        ((nor_flash.PAGE_PROGRAM, 0, 0, 0, 1), 0.4e6),
        ((0x20, 0, 0, 0), 45e6),
        ((0x52, 0, 0, 0), 120e6),
        ((0xD8, 0, 0, 0), 150e6),
        ((0xC7,), 5000e6),
    ],
    ids=["program", "sector", "32 KiB", "64 KiB", "chip"],
)
def test_an_operation_takes_the_data_sheets_typical_time(instruction, nanos):
    flash = chip()
    assert busy_for(flash) == 0
    command(flash, nor_flash.WRITE_ENABLE)
    told = []
    flash.on_operation.append(told.append)
    command(flash, *instruction)
    assert (busy_for(flash), told[0].nanos) == (nanos, nanos)


def test_a_busy_chip_heeds_no_command():
    flash = chip()
    command(flash, nor_flash.WRITE_ENABLE)
    command(flash, 0x20, 0, 0, 0)
    assert flash.busy
    command(flash, nor_flash.WRITE_ENABLE)
    command(flash, nor_flash.PAGE_PROGRAM, 0, 0, 0, 0)
    wait(flash)
    command(flash, nor_flash.PAGE_PROGRAM, 0, 0, 0, 0)
    assert (content(flash, 0, 1), flash.operations) == (b"\xff", 1)


def test_an_operation_whose_power_goes_is_torn_and_one_that_was_complete_is_not():
    for passed, whole in ((20e6, False), (45e6, True)):
        flash = chip()
        flash.write(0, bytes(SECTOR))
        command(flash, nor_flash.WRITE_ENABLE)
        command(flash, 0x20, 0, 0, 0)
        wait(flash, passed)
        flash.power_off()
        assert not flash.busy
        ones = sum(byte.bit_count() for byte in content(flash, 0, SECTOR)) / (8 * SECTOR)
        assert ones == 1 if whole else 0.45 < ones < 0.55
