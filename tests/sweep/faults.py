"""What can go wrong within the firmware at any instruction: each is done to a token while it is in use.

None may open a way out of the application; after each the token is back at its PIN screen or on a halt screen.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from fakes import interpreter
from host_tools.emulator import glitches
from host_tools.emulator.chip import MILLISECOND
from host_tools.simulator.script import shown_response
from sweep.sealed_token import CHALLENGE, CHALLENGE_SCREEN, PIN, SealedToken

NOWHERE = 0x3000_0000
SRAM_BYTES = 264 << 10
PARKED = interpreter.RAM  # the first word of the vector table, which only a reset reads
UNDEFINED, BRANCH_TO_ITSELF, BREAKPOINT = 0xDE00, 0xE7FE, 0xBE00
STACK = 13
LONGEST_LOGIN_MS = 30_000
CORRUPTED_WORDS = 8
EXCEPTIONS = ("KeyboardInterrupt", "SystemExit", "MemoryError", "RuntimeError")

Fault = Callable[[SealedToken, random.Random], None]


def _goes_to(token: SealedToken, instruction: int) -> None:
    token.pico.chip.mcu.write_uint16(PARKED, instruction)
    glitches.redirect(token.pico.chip, PARKED)


def unmapped(token: SealedToken, source: random.Random) -> None:
    """Go where nothing is."""
    glitches.redirect(token.pico.chip, NOWHERE + 4 * source.getrandbits(20))


def undefined(token: SealedToken, source: random.Random) -> None:
    """Execute what is no instruction, or a breakpoint."""
    _goes_to(token, source.choice((UNDEFINED, BREAKPOINT)))


def hang(token: SealedToken, source: random.Random) -> None:
    """Loop for ever, with interrupts or without."""
    _goes_to(token, BRANCH_TO_ITSELF)
    token.pico.chip.mcu.core.pm = source.random() < 0.5


def out_of_memory(token: SealedToken, source: random.Random) -> None:
    """Have one of the next allocations fail, and sometimes all that follow."""
    left, for_ever = source.randrange(200), source.random() < 0.3
    address, core = token.symbol("gc_alloc"), token.pico.chip.mcu.core

    def fail() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            core.registers[0] = 0
            core.registers[15] = core.registers[14] & ~1
            if not for_ever:
                token.pico.chip.processor.unhook(address)

    token.pico.chip.processor.hook(address, fail)
    token.pico.chip.on_reset.append(lambda: token.pico.chip.processor.unhook(address))


def exception(token: SealedToken, source: random.Random) -> None:
    """Have the interpreter raise something at its next branch."""
    interpreter.raise_soon(token.pico.chip.mcu, token.elf, source.choice(EXCEPTIONS))


def recursion(token: SealedToken, source: random.Random) -> None:
    """Have the interpreter believe that its stack is used up."""
    state = interpreter.symbol(token.elf, interpreter.STATE)
    place = state + interpreter.member(token.elf, "_mp_state_ctx_t", "thread.stack_limit")
    token.pico.chip.mcu.write_uint32(place, source.choice((0, 256, 1024)))


def stack_overflow(token: SealedToken, source: random.Random) -> None:
    """Put the stack where it does not belong: at the beginning of memory, or where nothing is."""
    places = (interpreter.RAM + 4 * source.randrange(16), NOWHERE)
    token.pico.chip.mcu.core.registers[STACK] = source.choice(places)


def corrupted_heap(token: SealedToken, source: random.Random) -> None:
    """Overwrite words of the heap."""
    _corrupt(token, source, token.symbol("__GcHeapStart"), token.symbol("__GcHeapEnd"))


def corrupted_stack(token: SealedToken, source: random.Random) -> None:
    """Overwrite words of the stack that is in use."""
    _corrupt(token, source, token.pico.chip.mcu.core.registers[STACK] & ~3, token.symbol("__StackTop"))


def corrupted_registers(token: SealedToken, source: random.Random) -> None:
    """Flip a bit in each of some registers."""
    for number in source.sample(range(13), 3):
        token.pico.chip.mcu.core.registers[number] ^= 1 << source.randrange(32)


def _corrupt(token: SealedToken, source: random.Random, start: int, end: int) -> None:
    for _ in range(CORRUPTED_WORDS):
        address = source.randrange(start, end) & ~3
        token.pico.chip.mcu.write_uint32(address, source.getrandbits(32))


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        *(unmapped, undefined, hang, out_of_memory, exception, recursion, stack_overflow, corrupted_heap),
        *(corrupted_stack, corrupted_registers),
    )
}


@dataclass(frozen=True)
class Login:
    """How many cycles a login takes, from the first key on the PIN screen until its response is shown."""

    cycles: int


def measure(token: SealedToken) -> Login:
    """Log in once, undisturbed."""
    token.restore(token.at_pin)
    before = token.pico.chip.cycles
    begin_login(token)
    chip = token.pico.chip
    assert chip.run_until(lambda: shown_response(token.screen()) is not None, LONGEST_LOGIN_MS * MILLISECOND)
    return Login(chip.cycles - before)


def begin_login(token: SealedToken) -> None:
    """Have the keys of a login pressed, the challenge as soon as it is asked for."""
    token.type([*PIN.decode(), "OK"])
    turn = token.turn
    chip = token.pico.chip

    def look() -> None:
        if token.turn != turn:
            return
        if CHALLENGE_SCREEN in token.screen().text:
            token.type([*CHALLENGE, "OK"])
        else:
            chip.at(chip.nanos + 50 * MILLISECOND, look)

    chip.at(chip.nanos + 1000 * MILLISECOND, look)


def play(
    token: SealedToken, login: Login, seed: int, case: int, kinds: tuple[str, ...] = tuple(FAULTS)
) -> str:
    """The case with that number: a fault somewhere in a login. Returns its kind, and what was shown then.

    Raises EscapeError, LostError.
    """
    source = random.Random(f"{seed} {case}")
    kind = kinds[case % len(kinds)]
    token.restore(token.at_pin)
    begin_login(token)
    glitches.run_cycles(token.pico.chip, source.randrange(login.cycles))
    FAULTS[kind](token, source)
    # The user goes on for a moment, then looks what is the matter.
    token.pico.chip.run_for(source.uniform(0, 2000) * MILLISECOND)
    token.stop_typing()
    return f"{kind}: {token.come_back()!r}"
