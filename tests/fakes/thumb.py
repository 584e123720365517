"""Small programs for the emulated chip, as Thumb instructions in 16-bit words, started where the boot ROM would."""

import hashlib
import struct

from host_tools.emulator.chip import Chip

FLASH, SRAM = 0x1000_0000, 0x2000_0000
BRANCH_TO_ITSELF, NOP, WFI, WFE = 0xE7FE, 0xBF00, 0xBF30, 0xBF20
INCREMENT_R0 = 0x3001  # adds r0, #1
BACK_TWO = 0xE7FD  # b to the instruction before


def loaded(*words, loop=None, seed=0) -> Chip:
    """A chip that has just begun to execute `words` from the start of its flash."""
    chip = Chip(loop=loop, seed=seed)
    place(chip, FLASH, *words)
    chip.power_cycle()
    return chip


def place(chip, address, *words):
    """Put instructions somewhere else; into the flash, or into SRAM."""
    code = struct.pack(f"<{len(words)}H", *words)
    memory = chip.mcu.flash if address < SRAM else chip.mcu.sram
    offset = address & 0x00FF_FFFF
    memory[offset : offset + len(code)] = code


def counting(**options) -> Chip:
    """A chip that counts in r0 for ever, three cycles a turn."""
    return loaded(0x2000, INCREMENT_R0, BACK_TWO, **options)


def state(chip: Chip) -> tuple:
    """Everything that an instruction can change."""
    core = chip.mcu.core
    return (
        [hex(value) for value in core.registers],
        (core.n, core.z, core.c, core.v),
        core.cycles,
        chip.nanos,
        core.waiting,
        list(chip.mcu.sio.words),
        hashlib.sha256(bytes(chip.mcu.sram)).hexdigest(),
    )
