"""What MicroPython's heap on the emulated Pico holds after one login and the next: read right after each cleaning."""

from fakes import heap, interpreter
from host_tools.emulator import glitches
from host_tools.emulator.chip import MILLISECOND
from sweep import faults
from sweep.sealed_token import PIN_SCREEN, SealedToken

LONGEST = 30_000 * MILLISECOND
AREA = "_mp_state_mem_area_t"


def used(token: SealedToken) -> int:
    """Bytes of the heap's blocks that are in use."""
    mcu = token.pico.chip.mcu
    area = interpreter.symbol(token.elf, interpreter.STATE) + interpreter.member(
        token.elf, heap.STATE, "mem.area"
    )
    table, length = (
        mcu.read_uint32(area + interpreter.member(token.elf, AREA, name))
        for name in ("gc_alloc_table_start", "gc_alloc_table_byte_len")
    )
    offset = table - interpreter.RAM
    return heap.BLOCK_BYTES * sum(bytes(mcu.sram[offset : offset + length]).translate(heap.USED_BLOCKS))


def after_logins(token: SealedToken, count: int) -> list[int]:
    """What is in use after the cleaning of each of `count` logins, in bytes. Raises LostError."""
    token.restore(token.at_pin)
    found = []
    for _ in range(count):
        faults.begin_login(token)
        chip = token.pico.chip
        assert glitches.run_to(chip, token.symbol("memory_clean"), LONGEST)
        assert glitches.run_to(chip, chip.mcu.core.registers[14] & ~1, LONGEST)
        found.append(used(token))
        token.pico.run(500)
        token.hold("C")
        token.pico.run(2000)
        token.stop_typing()
        token.type(["C"])
        token.run_until_shown(PIN_SCREEN)
        token.pico.run(500)
    return found
