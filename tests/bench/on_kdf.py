"""How fast the image on the emulated Pico stretches a PIN, each way that it could: rounds a second, cycles a block."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from figure import Figure

from fakes import interpreter, thumb
from host_tools.emulator.chip import HERTZ, MILLISECOND
from host_tools.emulator.pico import Pico
from host_tools.engines import images
from sweep import starts
from sweep.rig import Rig, State

BLOCKS = 2  # that a round hashes
PYTHON_ROUNDS, NATIVE_ROUNDS = 500, 5000
# The board takes the time itself: the REPL's own way over USB is not in it.
STOPWATCH = """
import native, time
from dsc.crypto import kdf
state = bytearray(native.PBKDF2_STATE)
native.pbkdf2_begin(state, b'4711', bytes(16), 1)
def took(call, *arguments):
    begun = time.ticks_us()
    call(*arguments)
    return time.ticks_diff(time.ticks_us(), begun)
"""
MEASURED = "__import__('pico.kdf').kdf.Kdf().default_rounds"
BY_PYTHON = f"took(kdf.pbkdf2_sha256, b'4711', bytes(16), {PYTHON_ROUNDS}, 32)"
COMPRESS = "mbedtls_internal_sha256_process"
BOOT_MS = 50  # after which what runs from RAM is there
CODE, CONTEXT, BLOCK, STACK = (thumb.SRAM + offset for offset in (0x2_0000, 0x2_1000, 0x2_2000, 0x2_8000))
CALL_LIMIT_MS = 10


def _by_native(board: Rig, core: str) -> float:
    """Rounds a second."""
    return NATIVE_ROUNDS * 1e6 / float(board.evaluate(f"took(native.{core}, state, {NATIVE_ROUNDS})"))


def _mbed_tls(image: Path) -> int:
    """Cycles of one call of Mbed TLS's compression function as the image has it, called with no interrupts about."""
    pico = Pico()
    pico.load_uf2(image)
    pico.power_on()
    pico.run(BOOT_MS)
    chip, core = pico.chip, pico.chip.mcu.core
    thumb.place(chip, CODE, 0x4790, thumb.WFI)  # blx r2; then no cycle is counted any more
    core.enabled_interrupts = 0
    registers = core.registers
    registers[0], registers[1], registers[2] = (
        CONTEXT,
        BLOCK,
        interpreter.symbol(image.with_suffix(".elf"), COMPRESS),
    )
    registers[13], registers[15] = STACK, CODE
    core.waiting = False
    before = chip.cycles
    if not chip.run_until(lambda: bool(core.waiting), CALL_LIMIT_MS * MILLISECOND):
        raise RuntimeError(f"{COMPRESS} did not come back")
    return chip.cycles - before - 4  # the blx and the wfi


def _figures(board: Rig, image: Path) -> Iterator[Figure]:
    board.put_at_repl(State(starts.blank()))
    board.run(STOPWATCH)
    python = PYTHON_ROUNDS * 1e6 / float(board.evaluate(BY_PYTHON))
    plain = _by_native(board, "pbkdf2_rounds_plain")
    ours = _by_native(board, "pbkdf2_rounds")
    mbed_tls = _mbed_tls(image)
    yield Figure("Python over hashlib", python, "rounds/s")
    derived = HERTZ / BLOCKS / mbed_tls
    for what, rate in (
        ("Mbed TLS's compression alone (derived from its cycles)", derived),
        ("C, in RAM", plain),
        ("assembly, in RAM", ours),
    ):
        yield Figure(what, rate, "rounds/s", "Python over hashlib", python)
    yield Figure("Mbed TLS's compression alone", mbed_tls, "cycles/block")
    for what, rate in (("C, in RAM", plain), ("assembly, in RAM", ours)):
        yield Figure(what, HERTZ / BLOCKS / rate, "cycles/block", "Mbed TLS", mbed_tls)
    yield Figure("what a new token gets", int(board.evaluate(MEASURED)), "rounds", "a second's", ours)


def figures() -> list[Figure]:
    """All of them. Raises EngineMissingError if there is no image."""
    image = images.find()
    with tempfile.TemporaryDirectory() as folder:
        board = Rig(image, Path(folder))
        try:
            return list(_figures(board, image))
        finally:
            board.close()
