"""Hard faults and lock-up: each cause, where the processor goes on, and what only a reset ends."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rp2040py.rp2040 import RP2040

from fakes import thumb
from host_tools.emulator import reset
from host_tools.emulator.chip import CYCLE_NANOS, MILLISECOND, Chip
from host_tools.emulator.faults import Cause

VECTORS, HANDLER, CODE = thumb.SRAM + 0x400, thumb.SRAM + 0x800, thumb.SRAM + 0x1000
STACK = thumb.SRAM + 0x1_0000
FRAME = STACK - 32
NOWHERE = 0x3000_0000
RETURN_TO_THREAD = 0xFFFF_FFF9
HARD_FAULT, SVCALL, FIRST_IRQ = 3, 11, 16
T_BIT = 1 << 24
WATCHDOG, SCRATCH = 0x4005_8000, 0x4005_800C
COUNT_AND_STAY = (0x3601, thumb.BRANCH_TO_ITSELF)  # adds r6, #1
RETURN = 0x4770  # bx lr


def prepared(words, registers=(), *, loop=None, handler=COUNT_AND_STAY) -> Chip:
    """A chip at the start of `words`, with a vector table, a handler of hard faults and a stack."""
    chip = thumb.loaded(thumb.BRANCH_TO_ITSELF, loop=loop, seed=None)
    for number in (HARD_FAULT, SVCALL, FIRST_IRQ):
        chip.mcu.write_uint32(VECTORS + 4 * number, HANDLER | 1)
    thumb.place(chip, HANDLER, *handler)
    thumb.place(chip, CODE, *words, thumb.BRANCH_TO_ITSELF)
    core = chip.mcu.core
    for number, value in enumerate(registers):
        core.registers[number] = value
    core.vtor = VECTORS
    core.registers[13], core.registers[14], core.registers[15] = STACK, CODE | 1, CODE
    return chip


def frame(chip: Chip) -> tuple[int, ...]:
    """r0 to r3, r12, lr, return address, xPSR as they were pushed."""
    offset = FRAME - thumb.SRAM
    return struct.unpack("<8I", bytes(chip.mcu.sram[offset : offset + 32]))


def run(chip: Chip, cycles=40) -> Chip:
    chip.run_for(cycles * CYCLE_NANOS)
    return chip


def cause(chip: Chip) -> Cause | None:
    return chip.processor.last_fault.cause if chip.processor.last_fault else None


# The faults of rp2040py.


@pytest.mark.parametrize(
    "word",
    [0x6808, 0xBE00, 0xDE00, 0xB100],
    ids=["a load from nowhere", "a breakpoint", "permanently undefined", "undefined"],
)
def test_on_the_bare_chip_nothing_is_a_fault(word):
    mcu = RP2040()
    mcu.logger = thumb.loaded().mcu.logger
    mcu.on_break = lambda code: None
    mcu.write_uint16(thumb.SRAM, word)
    mcu.core.pc, mcu.core.registers[1] = thumb.SRAM, NOWHERE
    mcu.step()
    assert (mcu.core.pc, mcu.core.ipsr) == (thumb.SRAM + 2, 0)


def test_on_the_bare_chip_a_word_is_read_across_two():
    mcu = RP2040()
    mcu.logger = thumb.loaded().mcu.logger
    mcu.sram[0x100:0x108] = bytes(range(8))
    mcu.write_uint16(thumb.SRAM, 0x6808)  # ldr r0, [r1]
    mcu.core.pc, mcu.core.registers[1] = thumb.SRAM, thumb.SRAM + 0x102
    mcu.step()
    assert mcu.core.registers[0] == 0x0504_0302


def test_on_the_bare_chip_a_store_changes_the_flash():
    mcu = RP2040()
    mcu.write_uint16(thumb.SRAM, 0x6008)  # str r0, [r1]
    mcu.core.pc, mcu.core.registers[1] = thumb.SRAM, thumb.FLASH
    mcu.step()
    assert bytes(mcu.flash[:4]) == bytes(4)


# The cures.

LOADS = {0x6808: 4, 0x8808: 2, 0x7808: 1, 0x5888: 4, 0x5A88: 2, 0x5C88: 1, 0x5688: 1, 0x5E88: 2, 0xC904: 4}
STORES = {0x6008: 4, 0x8008: 2, 0x7008: 1, 0x5088: 4, 0x5288: 2, 0x5488: 1, 0xC104: 4}


@pytest.mark.parametrize("word", [*LOADS, *STORES])
def test_a_load_or_store_where_nothing_is_faults(loop, word):
    chip = run(prepared([word], [7, NOWHERE, 0], loop=loop))
    assert cause(chip) is Cause.UNMAPPED
    assert list(chip.mcu.core.registers[:2]) == [7, NOWHERE]
    assert chip.mcu.core.registers[6] == 1, "the handler ran, once"


@pytest.mark.parametrize("word", [word for word, size in {**LOADS, **STORES}.items() if size > 1])
def test_an_unaligned_load_or_store_faults(loop, word):
    chip = run(prepared([word], [7, thumb.SRAM + 0x101, 0], loop=loop))
    assert cause(chip) is Cause.UNALIGNED
    assert chip.mcu.core.ipsr == HARD_FAULT


@pytest.mark.parametrize("word", [word for word, size in {**LOADS, **STORES}.items() if size == 1])
def test_bytes_have_no_alignment(loop, word):
    assert cause(run(prepared([word], [7, thumb.SRAM + 0x101, 0], loop=loop))) is None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([0xBE00], Cause.BREAKPOINT),
        ([0xDE00], Cause.UNDEFINED),
        ([0xF7F0, 0xA000], Cause.UNDEFINED),
        ([0xE800, 0x0000], Cause.UNDEFINED),
        ([0xF800, 0x0000], Cause.UNDEFINED),
        ([0xF3BF, 0x8F2F], Cause.UNDEFINED),
        ([0xB100], Cause.UNDEFINED),
        ([0xBA80], Cause.UNDEFINED),
        ([0xBF01], Cause.UNDEFINED),
        ([0xB660], Cause.UNDEFINED),
    ],
)
def test_what_is_no_instruction_faults(loop, words, why):
    chip = run(prepared(words, loop=loop))
    assert chip.processor.last_fault == (why, CODE)
    assert frame(chip)[6] == CODE, "where it would be tried again"


@pytest.mark.parametrize("word", [0xBF10, 0xBF40, 0xBF50, 0xBAC0, 0xB662])
def test_hints_and_what_there_is_do_not(loop, word):
    chip = run(prepared([word], loop=loop))
    assert cause(chip) is None
    assert chip.mcu.core.registers[15] == CODE + 2


@pytest.mark.parametrize("address", [NOWHERE, 0x4000_0000, 0x5010_0000, 0xD000_0000, 0xE000_E000, 0x4000])
def test_instructions_come_from_rom_flash_and_sram_only(loop, address):
    chip = run(prepared([0x4700], [address | 1], loop=loop))  # bx r0
    assert chip.processor.last_fault == (Cause.NOT_EXECUTABLE, address)
    assert frame(chip)[6] == address


def test_execution_that_runs_out_of_sram_faults(loop):
    chip = prepared([], loop=loop)
    thumb.place(chip, thumb.SRAM + 0x4_1FFE, thumb.NOP)
    chip.mcu.core.registers[15] = thumb.SRAM + 0x4_1FFE
    assert run(chip).processor.last_fault == (Cause.NOT_EXECUTABLE, thumb.SRAM + 0x4_2000)


@pytest.mark.parametrize("words", [[0x4700], [0x4780], [0xB401, 0xBD00]], ids=["bx", "blx", "pop"])
def test_a_branch_to_an_even_address_faults_there_with_t_cleared(loop, words):
    chip = run(prepared(words, [CODE + 0x40], loop=loop))
    assert chip.processor.last_fault == (Cause.NOT_THUMB, CODE + 0x40)
    assert frame(chip)[6:] == (CODE + 0x40, 0)


def test_a_move_to_the_program_counter_keeps_the_state(loop):
    chip = run(prepared([0x4687], [CODE + 0x40], loop=loop))  # mov pc, r0
    assert cause(chip) is not Cause.NOT_THUMB


def test_the_frame_holds_what_the_handler_needs_to_tell_of_it(loop):
    chip = run(prepared([0x6808], [7, NOWHERE, 2, 3], loop=loop))
    assert frame(chip) == (7, NOWHERE, 2, 3, 0, CODE | 1, CODE, T_BIT)
    assert chip.mcu.core.registers[13] == FRAME
    assert chip.mcu.core.registers[14] == RETURN_TO_THREAD
    assert chip.mcu.core.ipsr == HARD_FAULT


def test_execution_goes_on_where_the_handler_says(loop):
    skip = [0x9806, 0x3002, 0x9006, RETURN]  # ldr r0, [sp, #24]; adds r0, #2; str r0, [sp, #24]; bx lr
    chip = run(prepared([0xBE00, 0x2405], loop=loop, handler=skip))  # movs r4, #5
    assert chip.mcu.core.registers[4] == 5
    assert chip.mcu.core.ipsr == 0


def test_a_supervisor_call_is_taken_where_it_can_be(loop):
    chip = run(prepared([0xDF00, thumb.NOP], loop=loop))
    assert (cause(chip), chip.mcu.core.ipsr) == (None, SVCALL)


@pytest.mark.parametrize("handler", [False, True])
def test_a_supervisor_call_that_cannot_be_taken_faults(loop, handler):
    chip = prepared([0xDF00], loop=loop)
    if handler:
        chip.mcu.core.ipsr, chip.mcu.core.current_mode = FIRST_IRQ, 1
        chip.mcu.core.shpr2 = 3 << 30
    else:
        chip.mcu.core.pm = True
    assert cause(run(chip)) is Cause.SUPERVISOR_CALL


def test_a_frame_without_t_faults_when_it_is_returned_to(loop):
    clear = [0x2000, 0x9007, RETURN]  # movs r0, #0; str r0, [sp, #28]; bx lr
    chip = prepared([0xDF00, thumb.NOP, 0x2405], loop=loop, handler=clear)
    chip.mcu.write_uint32(VECTORS + 4 * HARD_FAULT, HANDLER + 0x41)
    thumb.place(chip, HANDLER + 0x40, *COUNT_AND_STAY)
    run(chip)
    assert (cause(chip), chip.mcu.core.registers[4]) == (Cause.NOT_THUMB, 0)


def test_an_even_vector_of_an_interrupt_faults(loop):
    chip = prepared([thumb.NOP] * 3, loop=loop)
    chip.mcu.write_uint32(VECTORS + 4 * FIRST_IRQ, HANDLER + 0x40)
    chip.mcu.core.enabled_interrupts = 1
    chip.mcu.core.set_interrupt(0, True)
    assert run(chip).processor.last_fault == (Cause.NOT_THUMB, HANDLER + 0x40)
    assert chip.mcu.core.registers[6] == 1


def test_an_even_vector_faults_out_of_sleep_too(loop):
    chip = prepared([thumb.WFI], loop=loop)
    chip.mcu.write_uint32(VECTORS + 4 * FIRST_IRQ, HANDLER + 0x40)
    chip.mcu.core.enabled_interrupts = 1
    chip.at(500, lambda: chip.mcu.core.set_interrupt(0, True))
    assert cause(run(chip, 200)) is Cause.NOT_THUMB


# Lock-up.


@pytest.mark.parametrize(
    ("handler", "why"),
    [([0xBE00], Cause.BREAKPOINT), ([0x6808], Cause.UNMAPPED), ([0xDF00], Cause.SUPERVISOR_CALL)],
)
def test_a_fault_in_the_handler_locks_the_processor_up(loop, handler, why):
    chip = run(prepared([0xDE00], [7, NOWHERE], loop=loop, handler=handler))
    assert (chip.processor.locked_up, cause(chip)) == (True, why)
    before = chip.cycles
    chip.mcu.core.enabled_interrupts = 1
    chip.mcu.core.set_interrupt(0, True)
    chip.run_for(MILLISECOND)
    assert chip.cycles == before, "no interrupt ends it"
    assert chip.last_idle_nanos == 0, "it is no rest either"


@pytest.mark.parametrize("stack", [0, thumb.SRAM, thumb.SRAM + 0x4_2020, thumb.FLASH + 0x1000])
def test_a_fault_with_nowhere_to_push_a_frame_locks_the_processor_up(loop, stack):
    chip = prepared([0xDE00], loop=loop)
    flash = bytes(chip.mcu.flash[:0x2000])
    chip.mcu.core.registers[13] = stack
    assert run(chip).processor.locked_up
    assert bytes(chip.mcu.flash[:0x2000]) == flash


def test_an_interrupt_with_nowhere_to_push_a_frame_does_too(loop):
    chip = prepared([thumb.NOP] * 3, loop=loop)
    before = bytes(chip.mcu.sram)
    chip.mcu.core.registers[13] = NOWHERE
    chip.mcu.core.enabled_interrupts = 1
    chip.mcu.core.set_interrupt(0, True)
    assert run(chip).processor.locked_up
    assert cause(chip) is Cause.STACK
    assert bytes(chip.mcu.sram) == before


def test_an_interrupt_that_is_not_taken_needs_no_stack(loop):
    chip = prepared([0x3401, 0xE7FD], loop=loop)
    chip.mcu.core.registers[13] = NOWHERE
    chip.mcu.core.pm, chip.mcu.core.enabled_interrupts = True, 1
    chip.mcu.core.set_interrupt(0, True)
    assert not run(chip).processor.locked_up
    assert (chip.mcu.core.registers[4] > 5, chip.mcu.core.registers[13]) == (True, NOWHERE)


@pytest.mark.parametrize("vector", [HANDLER, NOWHERE | 1])
def test_a_handler_that_cannot_run_locks_the_processor_up(loop, vector):
    chip = prepared([0xDE00], loop=loop)
    chip.mcu.write_uint32(VECTORS + 4 * HARD_FAULT, vector)
    assert run(chip).processor.locked_up


def test_the_watchdog_ends_a_lock_up_and_its_scratch_registers_and_sram_stay(loop):
    chip = prepared([0xDE00], loop=loop, handler=[0xBE00])
    chip.mcu.write_uint32(SCRATCH, 0x1234)
    chip.mcu.write_uint32(WATCHDOG + 4, 2 * 500)
    chip.mcu.write_uint32(WATCHDOG, 1 << 30)
    begun = []
    chip.on_reset.append(lambda: begun.append(chip.mcu.core.pc))
    run(chip)
    assert chip.processor.locked_up
    chip.run_for(MILLISECOND)
    assert begun == [reset.BOOT_ENTRY]
    assert not chip.processor.locked_up
    assert chip.cycles > 1000, "it executes again"
    assert chip.mcu.read_uint32(SCRATCH) == 0x1234
    assert frame(chip)[6] == CODE


@pytest.mark.parametrize("how", ["reset", "power_cycle"])
def test_so_do_the_run_pin_and_power(loop, how):
    chip = run(prepared([0xDE00], loop=loop, handler=[0xBE00]))
    getattr(chip, how)()
    assert not chip.processor.locked_up
    assert chip.processor.last_fault is None


# Stores that do nothing.


@pytest.mark.parametrize("address", [0, thumb.FLASH, thumb.FLASH + 0x20])
@pytest.mark.parametrize("word", [0x6008, 0x8008, 0x7008, 0xC105])
def test_a_store_to_what_only_reads_is_passed_over(loop, address, word):
    chip = prepared([word, 0x3401], [0xFFFF_0000, address, 5], loop=loop)
    before = bytes(chip.mcu.flash[:64]), bytes(memoryview(chip.mcu.bootrom).cast("B"))
    run(chip)
    assert (cause(chip), chip.mcu.core.registers[4]) == (None, 1)
    assert (bytes(chip.mcu.flash[:64]), bytes(memoryview(chip.mcu.bootrom).cast("B"))) == before


def test_a_store_to_the_uncached_flash_faults(loop):
    assert cause(run(prepared([0x6008], [0, 0x1300_0000], loop=loop))) is Cause.UNMAPPED


# Both loops.

addresses = st.one_of(
    st.sampled_from(
        [
            *(
                0,
                0x3FFC,
                0x4000,
                0x1000_0000,
                0x1300_0000,
                0x1400_0000,
                0x1800_0000,
                0x2004_1FFC,
                0x2004_2000,
            ),
            *(0x4000_0000, 0x4006_8000, 0x4006_C000, 0x4007_0000, 0x5000_0000, 0x5010_0FFC, 0x5010_1000),
            *(0x5011_0000, 0x5020_0000, 0x5030_0000, 0x5040_0000, 0xD000_0000, 0xE000_E000, 0xFFFF_FFFC),
        ]
    ),
    st.integers(0, 0xFFFF_FFFF),
)


def asks_for_faults(word: int) -> bool:
    is_wide = word >> 11 in (0b11101, 0b11110, 0b11111)
    stores_base = word >> 11 == 0b11000 and bool(word >> (word >> 8 & 7) & 1)  # as in test_fast.py
    return word >> 8 not in (0x40, 0x41) and not is_wide and not stores_base


words = st.integers(0, 0xFFFF).filter(asks_for_faults)


@settings(max_examples=300)
@given(
    program=st.lists(words, min_size=1, max_size=6),
    registers=st.lists(addresses, min_size=8, max_size=8),
    stack=st.one_of(st.just(STACK), addresses.map(lambda address: address & ~3)),
)
def test_both_loops_fault_alike(both_loops, program, registers, stack):
    states = []
    for loop in both_loops:
        chip = prepared(program, registers, loop=loop)
        chip.mcu.core.registers[13] = stack
        run(chip)
        states.append((thumb.state(chip), chip.processor.last_fault, chip.processor.locked_up))
    assert states[0] == states[1]


BLOCKS = [
    *range(0, 1 << 18, 1 << 10),  # one in each 16 MiB
    *range(0x4000_0000 >> 14, 0x4008_0000 >> 14),
    *range(0x5000_0000 >> 14, 0x5050_0000 >> 14),
]


@pytest.mark.parametrize("word", [0x6808, 0x7808, 0x6008], ids=["ldr", "ldrb", "str"])
def test_both_loops_know_the_same_addresses(both_loops, word):
    faults = []
    for loop in both_loops:
        chip = prepared([word], loop=loop)
        found = []
        for block in BLOCKS:
            core = chip.mcu.core
            core.ipsr, core.current_mode = 0, 0
            core.registers[1], core.registers[13], core.registers[15] = block << 14, STACK, CODE
            chip.processor.reset()
            run(chip, 4)
            found.append(cause(chip))
        faults.append(found)
    assert faults[0] == faults[1]
    assert set(faults[0]) == {None, Cause.UNMAPPED}
