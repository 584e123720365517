"""Executes what the run loops leave alone, with what rp2040py's core lacks: hard faults, lock-up, and hooks.

A hard fault is exception 3, at priority -1: the frame is pushed, and the handler begins. A fault at that priority or a
higher one, or with nowhere to push a frame, locks the processor up: it does nothing until the chip is reset.

Source: ARMv6-M architecture reference manual, sections B1.5.4 (priorities), B1.5.6 (entry), B1.5.15 (lock-up), B1.5.19
(waiting for an interrupt).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from host_tools.emulator import faults
from host_tools.emulator.faults import Access, Cause

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

NMI, HARD_FAULT = 2, 3
PC, STACK, LINK = 15, 13, 14
_HANDLER: Final = 1
_LOWEST: Final = 4  # below every priority that can be set
_SUPERVISOR_CALL: Final = 0xDF
_RETURN_TO_PROCESS_STACK: Final = 0xFFFF_FFFD
_XPSR: Final = 28  # where in a frame
_SCRATCH_BYTES: Final = 64
WAIT_FOR_INTERRUPT: Final = 0xBF30
HOOK: Final = 0xBE5A  # a breakpoint in the place of an instruction: the fast loop does not execute it
FLASH, FLASH_MASK = 0x10, 0x00FF_FFFF


class HardFault(NamedTuple):
    """What was wrong, at which address."""

    cause: Cause
    address: int


class Hook(NamedTuple):
    """Whom to call before an instruction, and its first half as it was."""

    call: Callable[[], object]
    opcode: int


class Processor:
    """Steps the core of `mcu`. `locked_up` until a reset; `last_fault` is the latest since then, or None."""

    def __init__(self, mcu: RP2040) -> None:
        self._mcu = mcu
        self.locked_up = False
        self.last_fault: HardFault | None = None
        self._hooks: dict[int, Hook] = {}

    def reset(self) -> None:
        """The chip has been reset: the processor begins anew, with the same hooks."""
        self.locked_up = False
        self.last_fault = None

    def step(self) -> int:
        """Take an exception that is due, then execute one instruction; returns the cycles that it took."""
        core = self._mcu.core
        if core.interrupts_updated:
            self.take_exceptions()
            if self.locked_up:
                return 0
        pc = core.registers[PC] & ~1
        if not faults.is_executable(pc):
            return self._refuse(Cause.NOT_EXECUTABLE)
        opcode = int(self._mcu.read_uint16(pc))
        if opcode == HOOK and pc in self._hooks:
            return self._call_hook(pc)
        return self._execute(pc, opcode)

    def take_exceptions(self) -> None:
        """Enter the exceptions that are due, each within the one before."""
        core = self._mcu.core
        while not self.locked_up and self._enter_next():
            core.waiting = False
            self.entered()

    def entered(self) -> None:
        """An exception has just been entered: its handler must be Thumb code, and its frame where memory is."""
        core = self._mcu.core
        if not faults.in_sram(core.registers[STACK], 1) and core.current_mode == _HANDLER:
            self._lock_up(Cause.STACK, core.registers[PC] & ~1)
        elif not core.registers[PC] & 1:
            self._fault(Cause.NOT_THUMB, thumb=False)
        else:
            core.registers[PC] &= ~1 & 0xFFFF_FFFF

    def hook(self, address: int, call: Callable[[], object]) -> None:
        """`call` each time before the instruction at `address`, in flash or SRAM, is executed.

        `call` may change registers; if it changes the program counter, the instruction is not executed. In the chip's
        memory a breakpoint stands at the address meanwhile. Raises ValueError for an address elsewhere.
        """
        self.unhook(address)
        self._hooks[address] = Hook(call, int(self._mcu.read_uint16(address)))
        self._put(address, HOOK)

    def unhook(self, address: int) -> None:
        """Call no more from there; nothing happens if nothing is called."""
        if address & 1 or not (address >> 24 == FLASH or faults.in_sram(address, 2)):
            raise ValueError(f"{address:#x} is no address of an instruction in flash or SRAM")
        hook = self._hooks.pop(address, None)
        if hook is not None and self._mcu.read_uint16(address) == HOOK:
            self._put(address, hook.opcode)

    def instruction_at(self, address: int) -> int:
        """The first half of an instruction, as it is without hooks."""
        hook = self._hooks.get(address)
        opcode = int(self._mcu.read_uint16(address))
        return hook.opcode if hook and opcode == HOOK else opcode

    def _enter_next(self) -> bool:
        """Have the core enter the exception that is due, if there is one; with nowhere to push a frame, lock up."""
        core = self._mcu.core
        stack = core.registers[STACK]
        if self._has_room(stack):
            return bool(core.check_for_interrupts())
        # The core would push into whatever is there: it is lent a piece of SRAM to find out whether it wants to.
        kept = bytes(self._mcu.sram[:_SCRATCH_BYTES])
        core.registers[STACK] = faults.SRAM + _SCRATCH_BYTES
        taken = bool(core.check_for_interrupts())
        self._mcu.sram[:_SCRATCH_BYTES] = kept
        core.registers[STACK] = stack
        if taken:
            self._lock_up(Cause.STACK, core.registers[PC] & ~1)
        return False

    def _call_hook(self, pc: int) -> int:
        core = self._mcu.core
        hook = self._hooks[pc]
        hook.call()
        if core.registers[PC] & ~1 != pc:
            core.cycles += 1
            return 1
        self._put(pc, hook.opcode)
        try:
            return self._execute(pc, hook.opcode)
        finally:
            if pc in self._hooks and self._mcu.read_uint16(pc) == hook.opcode:
                self._put(pc, HOOK)

    def _put(self, address: int, opcode: int) -> None:
        memory = self._mcu.flash if address >> 24 == FLASH else self._mcu.sram
        offset = address & FLASH_MASK
        memory[offset : offset + 2] = opcode.to_bytes(2, "little")

    def _execute(self, pc: int, opcode: int) -> int:
        if opcode == WAIT_FOR_INTERRUPT:
            return self._wait_for_interrupt()
        if not faults.CAN_FAULT[opcode >> 8]:
            return int(self._mcu.core.execute_instruction())
        core = self._mcu.core
        access = faults.access_of(core.registers, pc, opcode)
        cause = faults.objection(self._mcu, access) if access else self._refusal(pc, opcode)
        if cause:
            return self._refuse(cause)
        if access and faults.is_passed_over(access):
            return self._pass_over(access)
        target = faults.branch_target(self._mcu, pc, opcode)
        return int(core.execute_instruction()) if target is None else self._branch(opcode, target)

    def _wait_for_interrupt(self) -> int:
        """Wait, unless an interrupt is pending that would end it; PRIMASK does not hold that back, only its handler."""
        core = self._mcu.core
        current = min(core.exception_priority(core.ipsr), _LOWEST)
        pending = core.pending_interrupts & core.enabled_interrupts
        cycles = int(core.execute_instruction())
        core.waiting = not (
            any(pending & core.interrupt_priorities[priority] for priority in range(current))
            or (core.pending_systick and core.systick_priority < current)
            or (core.pending_pend_sv and core.pend_sv_priority < current)
        )
        return cycles

    def _refusal(self, pc: int, opcode: int) -> Cause | None:
        """Why an instruction that is no load or store is a fault, or None."""
        if opcode >> 8 == faults.BREAKPOINT:
            return Cause.BREAKPOINT
        if opcode >> 8 == _SUPERVISOR_CALL:
            core = self._mcu.core
            current = min(core.exception_priority(core.ipsr), 0 if core.pm else _LOWEST)
            return None if core.sv_call_priority < current else Cause.SUPERVISOR_CALL
        second = 0
        if faults.is_wide(opcode):
            if not faults.is_executable(pc + 2):
                return Cause.NOT_EXECUTABLE
            second = int(self._mcu.read_uint16(pc + 2))
        return Cause.UNDEFINED if faults.is_undefined(opcode, second) else None

    def _branch(self, opcode: int, target: int) -> int:
        """Execute a branch that may ask for another state than Thumb, or return from an exception."""
        core = self._mcu.core
        frame = faults.returned_frame(core, opcode, target)
        if frame is None:
            cycles = int(core.execute_instruction())
            if not target & 1:
                self._fault(Cause.NOT_THUMB, thumb=False)
            return cycles
        for address in (frame, frame + faults.FRAME_BYTES - 4):
            if not faults.is_mapped(self._mcu, address & 0xFFFF_FFFF, False):
                return self._refuse(Cause.STACK)
        is_thumb = self._mcu.read_uint32(frame + _XPSR) & faults.THUMB
        cycles = int(core.execute_instruction())
        if not is_thumb:
            self._fault(Cause.NOT_THUMB, thumb=False)
        return cycles

    def _pass_over(self, access: Access) -> int:
        """Execute a store that has no effect; rp2040py's core would change the memory."""
        start, end = access.address & FLASH_MASK, (access.address & FLASH_MASK) + access.size * access.units
        memory = self._mcu.flash if access.address >> 24 == FLASH else self._rom()
        kept = bytes(memory[start:end])
        cycles = int(self._mcu.core.execute_instruction())
        memory[start:end] = kept
        return cycles

    def _rom(self) -> memoryview:
        bootrom: Any = self._mcu.bootrom
        return memoryview(bootrom).cast("B")

    def _refuse(self, cause: Cause) -> int:
        """Fault instead of executing the instruction; returns the cycles that it took to find out."""
        self._mcu.core.cycles += 1
        self._fault(cause)
        return 1

    def _fault(self, cause: Cause, *, thumb: bool = True) -> None:
        """Enter the handler of hard faults, or lock up."""
        core = self._mcu.core
        address = core.registers[PC] & ~1
        if core.ipsr in (NMI, HARD_FAULT) or not self._has_room(core.registers[STACK]):
            self._lock_up(cause, address)
            return
        self.last_fault = HardFault(cause, address)
        core.waiting = False
        core.exception_entry(HARD_FAULT)
        if not thumb:
            on_process = core.registers[LINK] == _RETURN_TO_PROCESS_STACK
            place = (core.sp_process if on_process else core.sp_main) + _XPSR
            self._mcu.write_uint32(place, self._mcu.read_uint32(place) & ~faults.THUMB)
        if not core.registers[PC] & 1:
            self._lock_up(Cause.NOT_THUMB, core.registers[PC])
        core.registers[PC] &= ~1 & 0xFFFF_FFFF

    def _lock_up(self, cause: Cause, address: int) -> None:
        """Wait for ever, at the priority of a hard fault, which no interrupt ends."""
        core: Any = self._mcu.core
        self.locked_up = True
        self.last_fault = HardFault(cause, address)
        core.current_mode, core.ipsr, core.pm, core.waiting = _HANDLER, HARD_FAULT, True, True

    def _has_room(self, stack: int) -> bool:
        """Whether a frame can be pushed."""
        return faults.in_sram((stack - faults.FRAME_BYTES) & ~4 & 0xFFFF_FFFF, faults.FRAME_BYTES)
