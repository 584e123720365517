"""What an instruction must not do: touch an address that is not there, or not aligned; be undefined, or not Thumb code.

The cured fault: rp2040py's core executes each of these somehow. On the chip each is a hard fault; what follows from it
is in processor.py. Two kinds of stores that the chip passes over are told here too: to the boot ROM, and to the cached
addresses of the flash (what the data sheet does not say, whether the ROM objects, is taken to be as the flash does).

Source: ARMv6-M architecture reference manual, sections A3.2 (alignment), A5.2 (encodings), A4.1.1 (Thumb state), B1.5.8
(exception return), B3.1 (where nothing is executed); RP2040 data sheet, sections 2.2 (address map), 2.6.3 (XIP).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

SRAM: Final = 0x2000_0000
SRAM_BYTES: Final = 264 << 10
ROM_BYTES: Final = 16 << 10
_DPRAM: Final = 0x5010_0000
_DPRAM_BYTES: Final = 4 << 10
_CACHED, _LAST_ALIAS = 0x10, 0x13  # of the flash: the highest byte of an address
_SIO: Final = 0xD
_PPB, _PPB_BYTES = 0xE000_0000, 1 << 20
_HANDLER: Final = 1
_STACK, _LINK, _PC = 13, 14, 15
_EXC_RETURN: Final = 0xF
_ON_PROCESS_STACK: Final = 0xD
FRAME_BYTES: Final = 32
THUMB: Final = 1 << 24  # EPSR.T in a frame's xPSR
BREAKPOINT: Final = 0xBE


class Cause(Enum):
    """Why there was a hard fault."""

    UNMAPPED = "it reads or writes where nothing is"
    UNALIGNED = "it reads or writes a word or half a word across two"
    UNDEFINED = "there is no such instruction"
    NOT_EXECUTABLE = "instructions are not fetched from there"
    NOT_THUMB = "the target of a branch is even, which asks for a state that the core has not"
    BREAKPOINT = "no debugger takes the breakpoint"
    SUPERVISOR_CALL = "a supervisor call cannot be taken at this priority"
    STACK = "the stack is where nothing is"


class Access(NamedTuple):
    """`units` times `size` bytes that an instruction reads, or writes, from `address` on."""

    address: int
    size: int
    units: int
    store: bool


def is_wide(opcode: int) -> bool:
    """Whether an instruction that begins so has 32 bits."""
    return opcode >> 11 in (0b11101, 0b11110, 0b11111)


def is_executable(address: int) -> bool:
    """Whether instructions are fetched from there: ROM, flash and SRAM."""
    return address < ROM_BYTES or _CACHED <= address >> 24 <= _LAST_ALIAS or in_sram(address, 2)


def in_sram(address: int, length: int) -> bool:
    """Whether all of it lies in SRAM."""
    return SRAM <= address <= SRAM + SRAM_BYTES - length


def is_mapped(mcu: RP2040, address: int, store: bool) -> bool:
    """Whether something answers there; a store to the uncached flash is refused (XIP CTRL.ERR_BADWRITE)."""
    high = address >> 24
    if _CACHED <= high <= _LAST_ALIAS:
        return not store or high == _CACHED
    return (
        address < ROM_BYTES
        or in_sram(address, 1)
        or _DPRAM <= address < _DPRAM + _DPRAM_BYTES
        or address >> 28 == _SIO
        or _PPB <= address < _PPB + _PPB_BYTES
        or mcu.find_peripheral(address) is not None
    )


def is_passed_over(access: Access) -> bool:
    """Whether it is a store to memory that only reads."""
    return access.store and (access.address < ROM_BYTES or access.address >> 24 == _CACHED)


def _register_offset(registers: Sequence[int], _: int, opcode: int) -> Access:
    kind = opcode >> 9 & 7
    address = registers[opcode >> 3 & 7] + registers[opcode >> 6 & 7]
    return Access(address, (4, 2, 1, 1, 4, 2, 1, 2)[kind], 1, kind < 3)


def _immediate_offset(size: int, store: bool) -> Callable[[Sequence[int], int, int], Access]:
    def access(registers: Sequence[int], _: int, opcode: int) -> Access:
        return Access(registers[opcode >> 3 & 7] + (opcode >> 6 & 31) * size, size, 1, store)

    return access


def _literal(_: Sequence[int], here: int, opcode: int) -> Access:
    return Access((here + 4 & ~3) + ((opcode & 0xFF) << 2), 4, 1, False)


def _on_stack(registers: Sequence[int], _: int, opcode: int) -> Access:
    return Access(registers[_STACK] + ((opcode & 0xFF) << 2), 4, 1, not opcode >> 11 & 1)


def _multiple(registers: Sequence[int], _: int, opcode: int) -> Access:
    return Access(registers[opcode >> 8 & 7], 4, (opcode & 0xFF).bit_count(), not opcode >> 11 & 1)


def _push(registers: Sequence[int], _: int, opcode: int) -> Access:
    count = (opcode & 0x1FF).bit_count()
    return Access((registers[_STACK] & ~3) - 4 * count, 4, count, True)


def _pop(registers: Sequence[int], _: int, opcode: int) -> Access:
    return Access(registers[_STACK] & ~3, 4, (opcode & 0x1FF).bit_count(), False)


def _accesses() -> list[Callable[[Sequence[int], int, int], Access] | None]:
    """What computes the access of an instruction, by its higher byte."""
    table: list[Callable[[Sequence[int], int, int], Access] | None] = [None] * 256
    table[0x48:0x50] = [_literal] * 8
    table[0x50:0x60] = [_register_offset] * 16
    for start, size in ((0x60, 4), (0x70, 1), (0x80, 2)):
        for half, store in ((0, True), (8, False)):
            table[start + half : start + half + 8] = [_immediate_offset(size, store)] * 8
    table[0x90:0xA0] = [_on_stack] * 16
    table[0xB4:0xB6] = [_push] * 2
    table[0xBC:0xBE] = [_pop] * 2
    table[0xC0:0xD0] = [_multiple] * 16
    return table


_ACCESSES: Final = _accesses()
# The higher bytes of 16-bit encodings that are undefined as a whole (A5.2.5, A5.2.6).
_UNDEFINED: Final = frozenset((0xB1, 0xB3, 0xB7, 0xB8, 0xB9, 0xBB, 0xDE))
_CHANGE_STATE: Final = 0xB6
_CPS: Final = (0xB662, 0xB672)
_REVERSALS, _NO_REVERSAL = 0xBA, 2
_HINTS: Final = 0xBF
_BRANCH_EXCHANGE: Final = 0x47
_POP_WITH_PC: Final = 0xBD
# By the higher byte: whether the instruction could fault at all; for the others nothing is asked.
CAN_FAULT: Final = bytes(
    byte in (_CHANGE_STATE, _REVERSALS, BREAKPOINT, _HINTS, _BRANCH_EXCHANGE, 0xDF)
    or byte in _UNDEFINED
    or _ACCESSES[byte] is not None
    or is_wide(byte << 8)
    for byte in range(256)
)


def access_of(registers: Sequence[int], here: int, opcode: int) -> Access | None:
    """What the instruction at `here` is about to read or write; None if it is no load or store."""
    compute = _ACCESSES[opcode >> 8]
    if compute is None:
        return None
    access = compute(registers, here, opcode)
    return access._replace(address=access.address & 0xFFFF_FFFF)


def objection(mcu: RP2040, access: Access) -> Cause | None:
    """Why this access is a fault, or None."""
    if access.address & (access.size - 1):
        return Cause.UNALIGNED
    for place in range(access.units):
        if not is_mapped(mcu, (access.address + place * access.size) & 0xFFFF_FFFF, access.store):
            return Cause.UNMAPPED
    return None


def is_undefined(opcode: int, second: int) -> bool:
    """Whether there is no such instruction; what is unpredictable counts as defined where the core has a meaning."""
    high = opcode >> 8
    if high in _UNDEFINED:
        return True
    if high == _BRANCH_EXCHANGE:
        return bool(opcode & 7)
    if high == _CHANGE_STATE:
        return opcode not in _CPS
    if high == _REVERSALS:
        return opcode >> 6 & 3 == _NO_REVERSAL
    if high == _HINTS:
        return bool(opcode & 15)
    return is_wide(opcode) and not _is_known_wide(opcode, second)


def _is_known_wide(opcode: int, second: int) -> bool:
    if opcode >> 11 != 0b11110:
        return False
    if second >> 14 == 3 and second >> 12 & 1:
        return True
    if opcode == 0xF3BF:
        return second >> 8 == 0x8F and second >> 4 & 15 in (4, 5, 6)
    return (opcode == 0xF3EF and second >> 12 == 8) or (opcode >> 4 == 0xF38 and second >> 8 == 0x88)


def branch_target(mcu: RP2040, pc: int, opcode: int) -> int | None:
    """Where BX, BLX or a POP with PC is about to go, its lowest bit included; None for other instructions."""
    registers = mcu.core.registers
    if opcode >> 8 == _BRANCH_EXCHANGE:
        number = opcode >> 3 & 15
        return pc + 4 if number == _PC else int(registers[number])
    if opcode >> 8 == _POP_WITH_PC:
        place = (registers[_STACK] & ~3) + 4 * (opcode & 0xFF).bit_count()
        return int(mcu.read_uint32(place))
    return None


def returned_frame(core: Any, opcode: int, target: int | None) -> int | None:
    """The address of the frame from which an exception is about to return; None if it is not about to."""
    if target is None or core.current_mode != _HANDLER or target >> 28 != _EXC_RETURN:
        return None
    if target & 15 == _ON_PROCESS_STACK:
        return int(core.sp_process)
    popped = 4 * (opcode & 0x1FF).bit_count() if opcode >> 8 == _POP_WITH_PC else 0
    return int(core.sp_main) + popped
