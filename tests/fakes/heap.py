"""Looks at MicroPython's heap and stack in an emulated Pico from outside: how much of them is used at most."""

from pathlib import Path

from fakes import interpreter
from host_tools.emulator.chip import MILLISECOND
from host_tools.emulator.pico import Pico

BLOCK_BYTES = 16  # MICROPY_BYTES_PER_GC_BLOCK on a 32-bit machine
SLACK_BYTES = 2048  # of garbage, after which the interpreter is made to collect
STACK_PART = 0.75  # beyond this an interrupt, or a flow that grows, may meet the end of the stack
STATE = "_mp_state_ctx_t"
# Two bits a block in the allocation table; zeros are a free one.
USED_BLOCKS = bytes(sum(bool(byte >> shift & 3) for shift in (0, 2, 4, 6)) for byte in range(256))


class Probe:
    """Samples once a millisecond. `peak` is what was allocated at most, `stack` how deep the stack went, in bytes.

    The interpreter is told to collect after each SLACK_BYTES of allocation, so that garbage does not count for more.
    That takes time: of what is timed only the stack can be probed, with `collects` False, and `peak` means nothing.
    """

    def __init__(self, elf: Path, collects: bool = True) -> None:
        self._collects = collects
        self._area = interpreter.symbol(elf, interpreter.STATE) + interpreter.member(elf, STATE, "mem.area")
        self._threshold = interpreter.symbol(elf, interpreter.STATE) + interpreter.member(
            elf, STATE, "mem.gc_alloc_threshold"
        )
        self._members = {
            name: interpreter.member(elf, "_mp_state_mem_area_t", name)
            for name in ("gc_alloc_table_start", "gc_alloc_table_byte_len", "gc_pool_start", "gc_pool_end")
        }
        self._stack_bottom = interpreter.symbol(elf, "__StackBottom")
        self._stack_top = interpreter.symbol(elf, "__StackTop")
        self._at_power_on = b""
        self.size = 0
        self.peak = 0
        self.stack = 0

    @property
    def stack_size(self) -> int:
        """Bytes that the stack may take."""
        return self._stack_top - self._stack_bottom

    def watch(self, pico: Pico) -> None:
        """Begin, on a Pico that has no power yet."""
        pico.chip.at(0, lambda: self._begin(pico))

    def _begin(self, pico: Pico) -> None:
        self._at_power_on = self._stack_memory(pico)
        self._sample(pico)

    def _sample(self, pico: Pico) -> None:
        table, length, start, end = (
            self._word(pico, self._area + offset) for offset in self._members.values()
        )
        if interpreter.RAM <= table < start < end and length:
            if self._collects:
                pico.chip.mcu.write_uint32(self._threshold, SLACK_BYTES // BLOCK_BYTES)
            self.size = end - start
            blocks = self._memory(pico, table, length)
            self.peak = max(self.peak, BLOCK_BYTES * sum(blocks.translate(USED_BLOCKS)))
        changed = (
            place
            for place, (old, new) in enumerate(zip(self._at_power_on, self._stack_memory(pico), strict=True))
            if new and old != new  # a boot begins by zeroing all of it
        )
        self.stack = max(self.stack, self.stack_size - next(changed, self.stack_size))
        pico.chip.at(pico.chip.nanos + MILLISECOND, lambda: self._sample(pico))

    def _stack_memory(self, pico: Pico) -> bytes:
        return self._memory(pico, self._stack_bottom, self.stack_size)

    def _memory(self, pico: Pico, address: int, length: int) -> bytes:
        return bytes(pico.chip.mcu.sram[address - interpreter.RAM : address - interpreter.RAM + length])

    def _word(self, pico: Pico, address: int) -> int:
        return int(pico.chip.mcu.read_uint32(address))
