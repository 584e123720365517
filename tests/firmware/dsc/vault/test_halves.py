"""The two halves: which one holds the vault, and how the other one is made ready."""

import pytest

from dsc.protocol import layout
from dsc.protocol.layout import BLANK_PAGE, PAGE_SIZE, ZERO_PAGE
from dsc.vault import halves
from dsc.vault.errors import VaultDamagedError
from dsc.vault.log import Log
from dsc.vault.region import Region
from fakes import raw_vault
from fakes.nor_flash import SECTOR, NorFlash

PLAIN = 0x20
FIRST = 2 * PAGE_SIZE


def mount(flash: NorFlash) -> Log:
    return raw_vault.mount_log(flash, {PLAIN: 1})


def put(flash: NorFlash, offset: int, data: bytes) -> None:
    flash.cells[offset : offset + len(data)] = data


def half_image(half: int, generation: int) -> NorFlash:
    """An empty log whose half was committed in a given generation, as a compaction leaves it."""
    flash = NorFlash(4 * SECTOR)
    raw_vault.new_log(flash, half, generation)
    return flash


def other_header(newest: int, generation: int) -> tuple[int, bytes]:
    return (1 - newest) * 2 * SECTOR + PAGE_SIZE, bytes(layout.committed(layout.encode_half(generation, 4)))


@pytest.mark.parametrize("newest", [0, 1])
def test_the_newest_generation_wins_and_the_other_header_is_made_void(newest):
    flash = half_image(newest, 8)
    place, header = other_header(newest, 7)
    put(flash, place, header)
    before = flash.operations
    found = halves.survey(Region(flash))
    assert (found.half, found.generation, flash.operations) == (newest, 8, before)
    halves.settle(Region(flash), found)
    assert flash.operations == before + 4  # the winner's again, the other's first byte, commit word, and rest
    assert bytes(flash.cells[place:][:PAGE_SIZE]) == ZERO_PAGE


@pytest.mark.parametrize("newest", [0, 1])
def test_settling_writes_nothing_where_the_other_half_is_erased(newest):
    flash = half_image(newest, 8)
    before = flash.operations
    halves.settle(Region(flash), halves.survey(Region(flash)))
    halves.finish(Region(flash), 1 - newest)
    assert flash.operations == before


@pytest.mark.parametrize("newest", [0, 1])
def test_a_half_that_is_void_is_erased_with_its_header_last(newest):
    flash = half_image(newest, 8)
    place, header = other_header(newest, 7)
    put(flash, place, header)
    put(flash, place + SECTOR, b"record")
    region = Region(flash)
    halves.settle(region, halves.survey(region))
    wear = list(flash.wear)
    halves.finish(region, 1 - newest)
    sectors = range(2 * (1 - newest), 2 * (1 - newest) + 2)
    assert [flash.wear[sector] - wear[sector] for sector in sectors] == [1, 1]
    assert bytes(flash.cells[place:][:PAGE_SIZE]) == BLANK_PAGE
    assert bytes(flash.cells[place + SECTOR :][:6]) == b"\xff" * 6


@pytest.mark.parametrize("newest", [0, 1])
def test_a_first_sector_whose_erase_was_not_completed_is_erased_again(newest):
    flash = half_image(newest, 8)
    first = 2 * (1 - newest)
    put(flash, first * SECTOR, b"\xff" * 24)
    wear = list(flash.wear)
    halves.finish(Region(flash), 1 - newest)
    assert [after - before for after, before in zip(flash.wear, wear, strict=True)] == [
        int(sector == first) for sector in range(4)
    ]


@pytest.mark.parametrize("place", [0, 4, 19, 256 + 3, SECTOR - 1, SECTOR + 2, SECTOR + 256, 2 * SECTOR - 1])
def test_a_half_is_made_ready_by_erasing_whatever_is_not_erased_in_it(place):
    flash = half_image(0, 8)
    flash.cells[2 * SECTOR + place] ^= 1
    wear = list(flash.wear)
    halves.check_ready(Region(flash), 1)
    worn = 2 + place // SECTOR
    assert [after - before for after, before in zip(flash.wear, wear, strict=True)] == [
        int(sector == worn) for sector in range(4)
    ]
    halves.check_ready(Region(flash), 1)
    assert sum(flash.wear) == sum(wear) + 1


def test_the_second_half_alone_is_the_vault():
    flash = half_image(1, 2)
    log = mount(flash)
    log.append(PLAIN, 1, b"in the second half")
    assert bytes(flash.cells[2 * SECTOR + FIRST + 24 :][:18]) == b"in the second half"
    assert len(mount(flash).records) == 1


def test_equal_generations_are_damage():
    flash = half_image(0, 3)
    put(flash, 2 * SECTOR + PAGE_SIZE, bytes(layout.committed(layout.encode_half(3, 4))))
    with pytest.raises(VaultDamagedError, match="generation"):
        mount(flash)
