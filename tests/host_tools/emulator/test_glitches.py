"""Glitches: one instruction passed over, execution that goes on elsewhere, and calls before an instruction."""

import pytest

from fakes import thumb
from fakes.board_states import assert_goes_on_alike, board
from host_tools.emulator import glitches
from host_tools.emulator.chip import CYCLE_NANOS, MILLISECOND
from host_tools.emulator.errors import ReentryError

CODE = thumb.SRAM + 0x1000
TIMER = 0x4005_4000
ADDS_R1, ADDS_R2, ADDS_R3 = 0x3101, 0x3201, 0x3301


def at_code(*words, loop=None):
    """A chip at the start of `words` in SRAM, which are followed by a branch to itself."""
    chip = thumb.loaded(thumb.BRANCH_TO_ITSELF, loop=loop, seed=None)
    thumb.place(chip, CODE, *words, thumb.BRANCH_TO_ITSELF)
    chip.mcu.core.registers[15] = CODE
    return chip


def finished(chip):
    """r1 to r3 a while later."""
    chip.run_for(40 * CYCLE_NANOS)
    return list(chip.mcu.core.registers[1:4])


@pytest.mark.parametrize("number", range(3))
def test_exactly_one_instruction_is_passed_over(loop, number):
    chip = at_code(ADDS_R1, ADDS_R2, ADDS_R3, loop=loop)
    glitches.run_instructions(chip, number)
    before = chip.cycles, chip.nanos
    assert glitches.skip(chip) == CODE + 2 * number
    assert (chip.cycles, chip.nanos) == before
    assert finished(chip) == [int(place != number) for place in range(3)]


def test_a_call_is_passed_over_as_a_whole(loop):
    chip = at_code(0xF000, 0xF801, ADDS_R1, ADDS_R2, loop=loop)  # bl to the second one
    link = chip.mcu.core.registers[14]
    glitches.skip(chip)
    assert finished(chip) == [1, 1, 0]
    assert chip.mcu.core.registers[14] == link


def test_a_moment_is_given_in_cycles_of_execution(loop):
    chip = at_code(ADDS_R1, thumb.WFI, ADDS_R2, ADDS_R3, loop=loop)
    chip.at(MILLISECOND, lambda: setattr(chip.mcu.core, "waiting", False))
    assert glitches.run_cycles(chip, 4)
    assert chip.nanos >= MILLISECOND, "waiting has no cycles"
    assert chip.mcu.core.registers[15] == CODE + 6
    assert not glitches.run_cycles(chip, 10**6, limit_nanos=100)


def test_the_end_of_an_instruction_is_waited_for(loop):
    chip = at_code(0x6808, 0x6808, ADDS_R1, loop=loop)  # ldr r0, [r1]: two cycles each
    glitches.run_cycles(chip, 3)
    assert chip.cycles == 4


def test_cycles_that_never_come_are_not_waited_for(loop):
    chip = at_code(0xDE00, loop=loop)
    chip.mcu.core.registers[13] = 0
    assert not glitches.run_cycles(chip, 100)
    assert chip.processor.locked_up
    chip.power_off()
    assert not glitches.run_cycles(chip, 100)


def test_execution_goes_on_elsewhere_with_other_registers(loop):
    chip = at_code(thumb.WFI, loop=loop)
    chip.run_for(1000)
    thumb.place(chip, CODE + 0x100, ADDS_R1, ADDS_R2, thumb.BRANCH_TO_ITSELF)
    glitches.redirect(chip, CODE + 0x101, {2: 7})
    assert finished(chip) == [1, 8, 0]


@pytest.mark.parametrize("base", [thumb.SRAM, thumb.FLASH])
@pytest.mark.parametrize("words", [(ADDS_R2,), (0xF3BF, 0x8F4F)], ids=["two bytes", "four bytes"])
def test_a_function_is_called_before_an_instruction_and_changes_nothing(loop, base, words):
    program = [ADDS_R1, *words, ADDS_R3, 0x2905, 0xD1FA - len(words) + 1]  # cmp r1, #5; bne to the start
    plain, watched = (thumb.loaded(thumb.BRANCH_TO_ITSELF, loop=loop) for _ in range(2))
    seen = []
    for chip in (plain, watched):
        thumb.place(chip, base + 0x1000, *program, thumb.BRANCH_TO_ITSELF)
        chip.mcu.core.registers[1] = chip.mcu.core.registers[2] = chip.mcu.core.registers[3] = 0
        chip.mcu.core.registers[15] = base + 0x1000
    core = watched.mcu.core
    watched.processor.hook(base + 0x1002, lambda: seen.append((core.registers[1], watched.cycles)))
    assert finished(watched) == finished(plain)
    assert (watched.cycles, watched.nanos) == (plain.cycles, plain.nanos)
    assert [count for count, _ in seen] == [1, 2, 3, 4, 5]
    assert sorted(cycles for _, cycles in seen) == [cycles for _, cycles in seen]
    watched.processor.unhook(base + 0x1002)
    memory = watched.mcu.flash if base == thumb.FLASH else watched.mcu.sram
    assert bytes(memory[0x1002:0x1004]) == words[0].to_bytes(2, "little")


def test_a_function_may_have_execution_go_on_elsewhere(loop):
    chip = at_code(ADDS_R1, ADDS_R2, ADDS_R3, loop=loop)
    chip.processor.hook(CODE + 2, lambda: chip.mcu.core.registers.__setitem__(15, CODE + 4))
    assert finished(chip) == [1, 0, 1]


def test_a_function_of_the_firmware_is_made_to_do_nothing(loop):
    chip = at_code(
        0xF000, 0xF802, ADDS_R1, thumb.BRANCH_TO_ITSELF, ADDS_R2, 0x4770, loop=loop
    )  # bl +8; bx lr
    restore = glitches.return_at_once(chip, CODE + 8 | 1, 9)
    assert finished(chip) == [1, 0, 0]
    assert chip.mcu.core.registers[0] == 9
    restore()
    glitches.redirect(chip, CODE)
    assert finished(chip) == [2, 1, 0]


def test_a_run_ends_before_an_instruction(loop):
    chip = at_code(ADDS_R1, ADDS_R2, 0xE7FC, loop=loop)  # and back to the first
    for turn in range(3):
        assert glitches.run_to(chip, CODE + 2, MILLISECOND)
        assert chip.mcu.core.registers[15] == CODE + 2
        assert list(chip.mcu.core.registers[1:3]) == [turn + 1, turn]
    assert not glitches.run_to(chip, CODE + 0x100, 1000)
    assert bytes(chip.mcu.sram[0x1002:0x1004]) == ADDS_R2.to_bytes(2, "little")


def test_an_instruction_with_a_hook_is_passed_over_with_its_own_width(loop):
    chip = at_code(0xF3BF, 0x8F4F, ADDS_R2, loop=loop)
    chip.processor.hook(CODE, lambda: None)
    glitches.skip(chip)
    assert finished(chip) == [0, 1, 0]


def test_code_that_was_written_over_a_hook_is_executed(loop):
    chip = at_code(ADDS_R1, ADDS_R2, loop=loop)
    chip.processor.hook(CODE + 2, lambda: None)
    thumb.place(chip, CODE + 2, ADDS_R3)
    assert finished(chip) == [1, 0, 1]
    chip.processor.unhook(CODE + 2)
    assert chip.mcu.read_uint16(CODE + 2) == ADDS_R3


@pytest.mark.parametrize("address", [0x100, CODE + 1, TIMER, thumb.SRAM + 0x4_2000])
def test_hooks_are_in_flash_and_sram_only(address):
    with pytest.raises(ValueError, match="no address of an instruction"):
        thumb.loaded().processor.hook(address, lambda: None)


def test_a_callback_disturbs_nothing():
    chip = at_code(ADDS_R1)
    refused = []

    def disturb():
        for what in (lambda: glitches.skip(chip), lambda: glitches.redirect(chip, CODE)):
            with pytest.raises(ReentryError):
                what()
            refused.append(1)

    chip.at(100, disturb)
    finished(chip)
    assert refused == [1, 1]


def test_hooks_lock_up_and_faults_are_part_of_a_snapshot(loop):
    pico = board(thumb.INCREMENT_R0, ADDS_R1, 0xE7FC, loop=loop)
    seen = []
    before = pico.snapshot()
    pico.chip.processor.hook(thumb.FLASH + 2, lambda: seen.append(1))
    kept = pico.snapshot()
    assert_goes_on_alike(pico, lambda: pico.chip.run_for(1000))
    assert seen
    pico.restore(before)
    seen.clear()
    pico.chip.run_for(1000)
    assert not seen
    pico.restore(kept)
    pico.chip.run_for(1000)
    assert seen
    pico.chip.mcu.core.registers[13] = 0
    glitches.redirect(pico.chip, 0x3000_0000)
    pico.chip.run_for(1000)
    assert pico.chip.processor.locked_up
    pico.restore(kept)
    assert not pico.chip.processor.locked_up
    assert pico.chip.processor.last_fault is None
