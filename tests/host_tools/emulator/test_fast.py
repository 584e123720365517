"""The fast loop has the effect of rp2040py's own, instruction by instruction; and how a build is made and found."""

import json
import struct
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import thumb
from host_tools.emulator.chip import CYCLE_NANOS, Chip
from host_tools.emulator.errors import BuildFailedError, BuildToolMissingError
from host_tools.emulator.fast import build, finder, loops, sources

DATA = thumb.SRAM + 0x8000


def run(loop: str, words, registers, flags, cycles=60) -> tuple:
    """The state after about so many cycles of a program in SRAM; registers that point somewhere point into SRAM."""
    chip = thumb.loaded(loop=loop, seed=1)
    thumb.place(chip, thumb.SRAM, *words, *[thumb.NOP] * 40, thumb.BRANCH_TO_ITSELF)
    core = chip.mcu.core
    for number, value in enumerate(registers):
        core.registers[number] = value
    core.registers[13] = thumb.SRAM + 0x1_0000
    core.registers[14] = thumb.SRAM | 1
    core.registers[15] = thumb.SRAM
    core.n, core.z, core.c, core.v = flags
    chip.run_for(cycles * CYCLE_NANOS)
    return thumb.state(chip)


# All 16-bit instructions but those that leave the program: they are tried one by one below.
def stays(word: int) -> bool:
    is_wide = word >> 11 in (0b11101, 0b11110, 0b11111)
    branches = word >> 12 in (0b1101, 0b1110) or word >> 8 in (0x47, 0xBD)
    special = word >> 8 in (0xBE, 0xDF) or word in (thumb.WFE, thumb.WFI)
    moves_pc = word & 0xFF87 in (0x4487, 0x4687)
    # Storing the base of a multiple store: no compiler does it, and rp2040py then forgets to move the base on.
    stores_base = word >> 11 == 0b11000 and bool(word >> (word >> 8 & 7) & 1)
    return not (is_wide or branches or special or moves_pc or stores_base)


words = st.integers(0, 0xFFFF).filter(stays)
values = st.one_of(
    st.integers(0, 0xFFFF_FFFF),
    st.sampled_from([0, 1, 31, 32, 33, 255, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]),
    st.integers(0, 0x7FF).map(lambda offset: DATA + offset),
)


@settings(max_examples=300)
@given(
    program=st.lists(words, min_size=1, max_size=12),
    registers=st.lists(values, min_size=13, max_size=13),
    flags=st.tuples(*[st.booleans()] * 4),
)
def test_random_instructions_have_the_same_effect_on_both_loops(both_loops, program, registers, flags):
    fast, wheel = (run(loop, program, registers, flags) for loop in both_loops)
    assert fast == wheel


@settings(max_examples=150)
@given(
    word=words, registers=st.lists(values, min_size=13, max_size=13), flags=st.tuples(*[st.booleans()] * 4)
)
def test_each_instruction_alone_has_the_same_effect(both_loops, word, registers, flags):
    fast, wheel = (run(loop, [word], registers, flags, cycles=1) for loop in both_loops)
    assert fast == wheel


@pytest.mark.parametrize("condition", range(14))
@pytest.mark.parametrize("flags", [0b0000, 0b0001, 0b0010, 0b0100, 0b1000, 0b1001, 0b0110, 0b1111])
def test_conditional_branches_agree(both_loops, condition, flags):
    set_flags = tuple(bool(flags >> bit & 1) for bit in range(4))
    fast, wheel = (run(loop, [0xD002 | condition << 8, 0x3101], [0] * 13, set_flags) for loop in both_loops)
    assert fast == wheel


@pytest.mark.parametrize(
    "program",
    [
        [0xF000, 0xF802],  # bl forward
        [0xF7FF, 0xFFFE],  # bl to itself
        [0xE002],  # b forward
        [0x4670, 0x3005, 0x4700],  # mov r0, lr; adds; bx r0
        [0xB500, 0xBD00],  # push {lr}; pop {pc}
        [0x46FE, 0x4487],  # mov lr, pc; add pc, r0
        [0xF3BF, 0x8F5F],  # dmb
        [0xF3EF, 0x8010],  # mrs r0, primask
        [0xB672, 0xB662],  # cpsid i, cpsie i
        [0xDE00],  # permanently undefined
        [0xBF20],  # wfe
    ],
)
def test_instructions_that_leave_the_straight_path_agree(both_loops, program):
    registers = [4, DATA, DATA + 64, *range(3, 13)]
    fast, wheel = (run(loop, program, registers, (False,) * 4) for loop in both_loops)
    assert fast == wheel


@pytest.mark.parametrize(
    ("address", "value"),
    [
        (0xD000_0060, 1000),
        (0xD000_0068, 0xFFFF_FF00),
        (0xD000_0064, 7),
        (0xD000_006C, 0),
        (0xD000_0100, 1),
        (0x4005_4028, 0),
        (0x1000_0000, 5),
        (0x5010_0100, 9),
        (0x4001_4004, 5),
        (0xE000_E010, 0),
    ],
)
def test_reads_and_writes_beyond_sram_agree(both_loops, address, value):
    program = [0x6001, 0x6802, 0x6843, 0x8804, 0x7805, 0x6882]  # str, ldr, ldr +4, ldrh, ldrb, ldr +8
    registers = [address, value, *[0] * 11]
    fast, wheel = (run(loop, program, registers, (False,) * 4) for loop in both_loops)
    assert fast == wheel


@pytest.mark.parametrize("wait", [thumb.WFI, thumb.WFE, thumb.NOP])
def test_a_timer_interrupt_comes_at_the_same_cycle(both_loops, wait):
    states = []
    for loop in both_loops:
        chip = thumb.loaded(loop=loop)
        core = chip.mcu.core
        vectors, handler = thumb.SRAM + 0x400, thumb.SRAM + 0x800
        chip.mcu.write_uint32(vectors + 4 * 16, handler | 1)
        thumb.place(chip, handler, 0x3401, 0x6029, 0x4770)  # adds r4, #1; str r1, [r5] clears it; bx lr
        thumb.place(chip, thumb.SRAM, wait, 0x3601, 0xE7FC)  # in a loop: wait, adds r6, #1
        core.vtor, core.enabled_interrupts = vectors, 1
        core.registers[1], core.registers[5] = 1, 0x4005_4034  # TIMER INTR
        core.registers[13], core.registers[15] = thumb.SRAM + 0x1_0000, thumb.SRAM
        chip.mcu.write_uint32(0x4005_4038, 1)  # INTE
        chip.mcu.write_uint32(0x4005_4010, 100)  # ALARM0: at 100 µs
        chip.run_for(300_000)
        assert core.registers[4] == 1
        states.append(thumb.state(chip))
    assert states[0] == states[1]


def test_divisions_are_those_of_the_data_sheet(loop):
    for dividend, divisor, signed, quotient, remainder in (
        (100, 7, False, 14, 2),
        (-100 & 0xFFFF_FFFF, 7, True, -14 & 0xFFFF_FFFF, -2 & 0xFFFF_FFFF),
        (5, 0, False, 0xFFFF_FFFF, 5),
        (-5 & 0xFFFF_FFFF, 0, True, 1, -5 & 0xFFFF_FFFF),
    ):
        chip = thumb.loaded(loop=loop)
        base = 0xD000_0068 if signed else 0xD000_0060
        chip.mcu.write_uint32(base, dividend)
        chip.mcu.write_uint32(base + 4, divisor)
        assert chip.mcu.read_uint32(0xD000_0070) == quotient
        assert chip.mcu.read_uint32(0xD000_0074) == remainder


def test_the_fast_loop_is_taken_where_it_is_built(both_loops):
    assert Chip().loop == loops.FAST
    assert Chip(loop=loops.WHEEL).loop == loops.WHEEL


# The build.


def test_other_sources_make_another_build(monkeypatch, tmp_path):
    before = sources.build_folder()
    changed = tmp_path / "thumb.pyx"
    changed.write_text("# changed")
    sources.build_folder.cache_clear()
    monkeypatch.setattr(sources, "our_sources", lambda: [changed])
    try:
        assert sources.build_folder() != before
    finally:
        monkeypatch.undo()
        sources.build_folder.cache_clear()


def test_a_build_that_is_not_complete_is_not_loaded(monkeypatch, tmp_path):
    monkeypatch.setattr(sources, "build_folder", lambda: tmp_path)
    assert finder.Finder().find_spec(sources.OURS, None) is None
    sources.built_module(sources.OURS).touch()
    assert finder.Finder().find_spec(sources.OURS, None) is None
    (tmp_path / sources.STAMP).touch()
    spec = finder.Finder().find_spec(sources.OURS, None)
    assert spec is not None
    assert spec.origin == str(sources.built_module(sources.OURS))
    assert finder.Finder().find_spec("json", None) is None


def test_a_compiler_that_is_missing_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(BuildToolMissingError, match=r"no-such-compiler.*apt-get install gcc"):
        build.compiler()


def test_a_build_under_other_circumstances_is_out_of_date(monkeypatch, tmp_path):
    monkeypatch.setattr(sources, "build_folder", lambda: tmp_path)
    monkeypatch.setattr(build, "circumstances", lambda: {"compiler": "one"})
    assert not build.is_current()
    (tmp_path / sources.STAMP).write_text(json.dumps({"compiler": "one"}))
    assert build.is_current()
    monkeypatch.setattr(build, "circumstances", lambda: {"compiler": "another"})
    assert not build.is_current()


def test_a_compiler_that_fails_is_quoted(tmp_path):
    with pytest.raises(BuildFailedError, match="went wrong"):
        build._run([sys.executable, "-c", "print('went wrong'); raise SystemExit(1)"], tmp_path)


def test_a_program_is_made_of_sixteen_bit_words():
    chip = thumb.loaded(0x2105, thumb.BRANCH_TO_ITSELF)
    assert struct.unpack("<2H", bytes(chip.mcu.flash[:4])) == (0x2105, thumb.BRANCH_TO_ITSELF)
