"""A flash at the end of its life, on the real image: the screen says so, no code is shown, the vault is still whole."""

import pytest

from host_tools.emulator.nor_flash import ERASE, PAGE, SECTOR
from host_tools.emulator.power_cuts import Cut, Tear
from host_tools.engines.unit import FLASH_SIZE
from host_tools.simulator.script import Player, parse
from sweep import starts
from sweep.flows import FLOWS
from sweep.judge import view
from sweep.rig import Rig, State

KEYS = "press 4 7 1 1 OK\npress 1 2 3 4 5 7 OK"
WORN = "The flash is worn."
ENDURANCE = 100_000
SECTORS = FLASH_SIZE // SECTOR


def wear_out(rig: Rig, sector: int) -> None:
    """The next erase of that sector of the region is one too many."""
    rig.pico.flash.endurance = ENDURANCE
    rig.pico.flash.wear[rig.region // SECTOR + sector] = ENDURANCE


def log_in(rig: Rig) -> None:
    Player(rig.engine, lambda said: None).play(parse(KEYS))


def assert_says_so(rig: Rig, title: str) -> None:
    screen = rig.screen()
    assert (screen.lines[0], screen.large) == (title, "")
    assert WORN in " ".join(screen.lines)
    assert "VaultWriteError" in screen.text


@pytest.mark.parametrize("start", [starts.sealed, starts.marks_spent, starts.full])
def test_a_login_on_a_flash_that_keeps_nothing_shows_no_code_and_leaves_the_old_vault(rig, start):
    rig.boot(State(start()))
    before = view(rig.cells())
    rig.pico.flash.keeps_programs = False
    log_in(rig)
    assert_says_so(rig, "ERROR")
    assert view(rig.cells()) == before


def test_a_sector_that_wears_out_while_room_is_made_stops_the_login_before_the_vault_has_moved(rig):
    cells = bytearray(starts.full())
    other = SECTORS - 1
    cells[other * SECTOR : other * SECTOR + PAGE] = bytes(PAGE)  # it has to be erased again before it is used
    rig.boot(State(bytes(cells)))
    before = view(rig.cells())
    wear_out(rig, other)
    log_in(rig)
    assert_says_so(rig, "ERROR")
    assert view(rig.cells()) == before
    boot = rig.boot_again()
    assert "PIN>" in boot.text, "all else goes on"
    assert view(boot.cells) == before


def test_a_sector_that_wears_out_after_the_vault_has_moved_halts_that_and_every_later_boot_with_the_vault_whole(
    rig,
):
    rig.boot(State(starts.full()))
    wear_out(rig, 3)
    log_in(rig)
    assert_says_so(rig, "ERROR")
    moved = view(rig.cells())
    for _ in range(2):
        boot = rig.boot_again()
        assert_says_so(rig, "HALTED")
        assert view(boot.cells) == moved
    (_, _, [(_, _, counter)], _) = moved
    (_, _, [(_, _, old)], _) = view(starts.full())
    assert counter == old + 1, "the code that was not shown is not made again"


def test_a_boot_that_finds_a_worn_sector_halts_with_the_vault_whole(rig):
    history = FLOWS["deletion"].record(rig)
    last = max(number for number, change in enumerate(history.changes) if change.kind == ERASE)
    state = history.cut(last, Cut.BEFORE, Tear())
    rig.put(state)
    wear_out(rig, history.changes[last].offset // SECTOR)
    boot = rig.wait()
    assert_says_so(rig, "HALTED")
    assert view(boot.cells) == view(history.after(len(history.changes)))


def test_a_boot_on_a_flash_that_keeps_nothing_halts_rather_than_zero_half_a_record(rig):
    history = FLOWS["rename"].record(rig)
    state = history.cut(len(history.changes) // 2, Cut.TORN, Tear(1))
    rig.put(state)
    rig.pico.flash.keeps_programs = False
    boot = rig.wait()
    assert_says_so(rig, "HALTED")
    assert boot.cells == state.image()
