"""The NOR flash of the tests: what a chip does, how power cuts leave it, how it wears out; on both interpreters."""

import os
import subprocess
from pathlib import Path

import pytest

from fakes.nor_flash import (
    CLEAR,
    FADING,
    PAGE,
    RANDOM,
    SECTOR,
    SET,
    STEADY,
    TEARS,
    NorChip,
    NorFlash,
    NorRuleError,
    PowerCut,
    doubtful,
    part,
    random_bytes,
)

ZEROS, ONES = bytes(PAGE), b"\xff" * PAGE
TESTS = Path(__file__).resolve().parents[1]


def test_programming_clears_bits_and_sets_none():
    chip = NorChip(2 * SECTOR)
    chip.page_program(PAGE, b"\xf0" * PAGE)
    chip.page_program(PAGE, b"\x0f" + b"\xff" * 255)
    assert chip.read(PAGE, PAGE) == b"\x00" + b"\xf0" * 255
    assert chip.read(0, PAGE) == chip.read(2 * PAGE, PAGE) == ONES


def test_a_program_that_goes_beyond_its_page_wraps_to_the_page_s_start():
    chip = NorChip(2 * SECTOR)
    chip.page_program(PAGE + 254, b"\x01\x02\x03\x04")
    assert chip.read(PAGE, 3) == b"\x03\x04\xff"
    assert chip.read(PAGE + 253, 4) == b"\xff\x01\x02\xff"


def test_of_more_than_a_page_the_last_256_bytes_count():
    chip = NorChip(2 * SECTOR)
    chip.page_program(10, bytes(100) + bytes(range(256)))
    assert chip.read(110, 146) + chip.read(0, 110) == bytes(range(256))


def test_an_erase_takes_the_sector_in_which_its_address_is():
    chip = NorChip(2 * SECTOR, bytes(2 * SECTOR))
    chip.sector_erase(SECTOR + 300)
    assert bytes(chip.cells) == bytes(SECTOR) + b"\xff" * SECTOR
    assert chip.wear == [0, 1]


def test_the_port_refuses_what_would_wrap_around_set_bits_or_miss():
    flash = NorFlash(2 * SECTOR)
    flash.program(0, ZEROS)
    for misuse in (
        lambda: flash.program(0, ONES),
        lambda: flash.program(1, ZEROS),
        lambda: flash.program(0, b"\x00"),
        lambda: flash.program(2 * SECTOR, ZEROS),
        lambda: flash.erase(256),
        lambda: flash.erase(2 * SECTOR),
        lambda: flash.read(2 * SECTOR, 1),
    ):
        with pytest.raises(NorRuleError):
            misuse()
    assert flash.operations == 1
    flash.erase(0)
    flash.program(0, ZEROS)


def test_a_cut_before_or_after_an_operation_leaves_it_undone_or_done_and_the_flash_dead():
    for after, left in ((False, ONES), (True, ZEROS)):
        flash = NorFlash(2 * SECTOR)
        flash.cut(2, after=after)
        flash.program(PAGE, ZEROS)
        with pytest.raises(PowerCut):
            flash.program(0, ZEROS)
        for access in (lambda: flash.read(0, 1), lambda: flash.erase(0), lambda: flash.program(0, ZEROS)):  # noqa: B023
            with pytest.raises(PowerCut):
                access()
        flash.power_on()
        assert flash.read(0, 2 * PAGE) == left + ZEROS
        assert not flash.doubtful


@pytest.mark.parametrize("name", TEARS)
@pytest.mark.parametrize("erase", [False, True])
def test_a_torn_operation_changes_and_leaves_in_doubt_nothing_but_its_target_bits(name, erase):
    image = random_bytes("old", PAGE) + ONES + ZEROS + random_bytes("more", PAGE)
    start = NorFlash(2 * SECTOR, image * (2 * SECTOR // len(image)))
    wanted = bytes(old & new for old, new in zip(image, random_bytes("new", PAGE), strict=False))
    whole, torn = start.copy(), start.copy()
    torn.cut(1, TEARS[name])
    if erase:
        whole.erase(SECTOR)
        with pytest.raises(PowerCut):
            torn.erase(SECTOR)
    else:
        whole.program(0, wanted)
        with pytest.raises(PowerCut):
            torn.program(0, wanted)
    doubt = b"".join(torn.doubtful.get(page, ZEROS) for page in range(2 * SECTOR // PAGE))
    assert bool(torn.doubtful) == ("doubt" in name)
    assert bytes(torn.cells) not in (bytes(start.cells), bytes(whole.cells)) or torn.doubtful
    for before, now, after, shaky in zip(start.cells, torn.cells, whole.cells, doubt, strict=True):
        assert (before ^ now) & ~(before ^ after) == 0
        assert shaky & ~(before ^ after) == 0


def in_doubt(**options: int) -> NorFlash:
    """A flash whose first page is wholly in doubt."""
    flash = NorFlash(2 * SECTOR, **options)
    flash.cut(1, doubtful())
    with pytest.raises(PowerCut):
        flash.program(0, ZEROS)
    return flash


def test_bits_in_doubt_read_as_the_boot_has_it():
    flash = in_doubt()
    reads = {}
    for doubt in (SET, CLEAR, RANDOM, STEADY, FADING):
        flash.power_on(doubt)
        reads[doubt] = [flash.read(0, PAGE) for _ in range(3)]
    assert reads[SET] == [ONES] * 3
    assert reads[CLEAR] == [ZEROS] * 3
    assert len(set(reads[RANDOM])) == 3
    assert len(set(reads[STEADY])) == 1
    assert set(reads[STEADY]).isdisjoint([ZEROS, ONES])
    assert reads[FADING] == [ONES, ZEROS, ZEROS]
    flash.power_on(STEADY)
    assert flash.read(0, PAGE) != reads[STEADY][0]


def test_a_read_of_any_length_sees_the_bits_in_doubt_of_its_bytes():
    flash = in_doubt()
    flash.power_on(STEADY)
    whole = flash.read(0, 2 * PAGE)
    assert whole[PAGE:] == ONES
    assert flash.read(100, 300) == whole[100:400]
    assert flash.read(100, 1) == whole[100:101]


def test_programming_bits_in_doubt_makes_them_zeros_for_good_and_leaves_the_others_in_doubt():
    flash = in_doubt()
    flash.power_on()
    flash.program(0, bytes(100) + b"\xf0" * 156)
    assert flash.doubtful == {0: bytes(100) + b"\xf0" * 156}
    flash.power_on(SET)
    assert flash.read(0, PAGE) == bytes(100) + b"\xf0" * 156
    flash.program(0, ZEROS)
    assert not flash.doubtful
    assert flash.read(0, PAGE) == ZEROS


def test_erasing_takes_all_doubt_away():
    flash = in_doubt()
    flash.power_on(CLEAR)
    flash.erase(0)
    assert not flash.doubtful
    assert flash.read(0, PAGE) == ONES


@pytest.mark.parametrize("later", [CLEAR, RANDOM, STEADY])
def test_a_sector_that_was_erased_weakly_reads_blank_once_and_shows_old_bits_later(later):
    old = random_bytes(1, SECTOR)
    flash = NorFlash(2 * SECTOR, old + bytes(SECTOR))
    flash.cut(1, doubtful())
    with pytest.raises(PowerCut):
        flash.erase(0)
    flash.power_on(SET)
    assert flash.read(0, SECTOR) == b"\xff" * SECTOR
    flash.power_on(later)
    again = flash.read(0, SECTOR)
    assert again != b"\xff" * SECTOR
    assert all(now & was == was for now, was in zip(again, old, strict=True))
    flash.power_on(FADING)
    assert flash.read(0, SECTOR) == b"\xff" * SECTOR
    assert flash.read(0, SECTOR) == old


def test_a_sector_at_the_end_of_its_life_keeps_nothing_and_the_others_work():
    flash = NorFlash(2 * SECTOR, endurance=3)
    for _ in range(3):
        flash.program(0, ZEROS)
        flash.erase(0)
    flash.program(0, ZEROS)
    flash.erase(0)
    assert flash.read(0, PAGE) == ZEROS
    flash.program(PAGE, ZEROS)
    assert flash.read(PAGE, PAGE) == ONES
    flash.program(SECTOR, ZEROS)
    assert flash.read(SECTOR, PAGE) == ZEROS
    assert flash.wear == [4, 0]
    assert flash.broken == {0}


def test_a_copy_reads_wears_and_fails_as_its_original_and_shares_nothing_with_it():
    flash = in_doubt(seed=5, endurance=1)
    flash.power_on(RANDOM)
    flash.read(0, PAGE)
    flash.erase(SECTOR)
    copy = flash.copy()
    assert copy.read(0, PAGE) == flash.read(0, PAGE)
    copy.erase(SECTOR)
    copy.program(0, ZEROS)
    assert copy.broken == {1}
    assert not flash.broken
    assert flash.doubtful
    assert flash.wear == [0, 1]


PROGRAM = """
from hashlib import sha256
from fakes.nor_flash import *
from fakes.nor_flash import random_bytes
seen = sha256()
for name in sorted(TEARS):
    for doubt in (SET, CLEAR, RANDOM, STEADY, FADING):
        flash = NorFlash(2 * SECTOR, random_bytes(1, 2 * SECTOR), seed=3)
        for operation in (1, 2):
            flash.cut(operation, TEARS[name])
            try:
                flash.page_program(PAGE + 3, random_bytes(name, 200))
                flash.erase(SECTOR)
            except PowerCut:
                flash.power_on(doubt)
            seen.update(flash.read(0, 2 * SECTOR))
            seen.update(flash.copy().read(5, 700))
            seen.update(repr(sorted(flash.doubtful.items())).encode())
print(seen.digest())
"""


def test_both_interpreters_have_the_same_flash(micropython, tmp_path, capsys):
    exec(PROGRAM, {})  # noqa: S102 - our own program
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    there = subprocess.run(
        [micropython, script],
        env={**os.environ, "MICROPYPATH": str(TESTS)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert there.returncode == 0, there.stderr
    assert there.stdout == capsys.readouterr().out


def test_a_part_is_a_share_of_the_bytes_that_were_to_change():
    targets = bytes(10) + b"\x01" * 8 + bytes(238)
    changed, doubted = part(0.25, 1, doubt=True)(targets)
    assert changed == bytes(12) + b"\xff" * 6 + bytes(238)
    assert doubted[:18] == b"\xff" * 12 + bytes(6)
