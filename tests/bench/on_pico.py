"""What a person waits for on the emulated Pico, in the chip's own time, and what the image takes of its memories."""

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from figure import Figure

from fakes import heap, interpreter, units
from host_tools.emulator import glitches
from host_tools.emulator.chip import MILLISECOND
from host_tools.emulator.ssd1306 import SSD1306
from host_tools.engines import images
from host_tools.engines.open import open_engine
from host_tools.engines.rp2040 import PicoEngine
from host_tools.image import size
from host_tools.simulator.screen_reader import read_screen
from host_tools.simulator.script import Player, parse

ROUNDS = 10_000
DOWN_MS = 80
CODE_DIGITS = 8
REST_MS = 60_000
PATIENCE_MS = 5000
FRAME_BYTES = 1025
LOGIN = "press 4 7 1 1 OK\npress 1 2 3 4 5 7 OK\nread RESPONSE\npress OK"


# Measured with nothing but MicroPython 1.25 and a display in an emulated Pico, before there was a token:
# docs/decisions/0010-the-image.md.
BARE_FIRST_FRAME_MS = 63
BARE_PBKDF2_MS = 407  # per 1,000 rounds, over hashlib
BARE_HEAP_BYTES = 242_000
BARE_TEXT_BYTES = 330_000
SRAM_BYTES = 264 * 1024
FULL_FRAME_MS = (
    24.5  # 1,025 bytes and the address, nine bits each, at 400 kHz and the controller's own timing
)


COMMAND_BYTES = 7  # of the longest write that is none of pixels: two windows and the control byte


class Watched(SSD1306):
    """A display that notes when each write to it was complete, and what it showed then."""

    def __init__(self, engine: PicoEngine) -> None:
        super().__init__()
        self._engine = engine
        self.seen: list[tuple[float, int, str, str]] = []

    def write(self, data: bytes) -> None:
        super().write(data)
        screen = read_screen(self.frame()) if len(data) > COMMAND_BYTES else None
        now = self._engine.pico.chip.nanos / MILLISECOND
        self.seen.append((now, len(data), screen.text if screen else "", screen.large if screen else ""))

    def first(self, accepted, since: float = 0.0) -> float:
        """The time of the first frame that `accepted` takes, in milliseconds after `since`."""
        return next(
            now - since
            for now, length, text, large in self.seen
            if length > COMMAND_BYTES and accepted(text, large)
        )


@contextmanager
def watched(folder: Path, rounds: int = ROUNDS) -> Iterator[PicoEngine]:
    """A sealed token on the emulated Pico, with a display that notes times; not yet switched on."""
    with open_engine("rp2040", units.sealed_unit(folder, rounds=rounds)) as engine:
        engine.display = Watched(engine)
        yield engine


def press(engine: PicoEngine, key: str, wait_ms: int = 200) -> float:
    """Press a key and let time pass; the moment at which it went down, in milliseconds. What was seen is forgotten."""
    engine.display.seen.clear()
    begun = engine.pico.chip.nanos / MILLISECOND
    engine.press(key)
    engine.run(DOWN_MS)
    engine.release(key)
    engine.run(wait_ms)
    return begun


def times(folder: Path) -> list[Figure]:
    """One login, timed."""
    with watched(folder) as engine:
        engine.power_on()
        display = engine.display
        power_on = display.first(lambda text, large: "PIN>" in text)
        first_frame = display.first(lambda text, large: True)
        frame = min(
            end - begin
            for (begin, *_), (end, length, *_) in itertools.pairwise(display.seen)
            if length == FRAME_BYTES
        )
        engine.run(2000)
        echoes = []
        for number, key in enumerate("4711" + "7" * 3):
            engine.run(7 * number)  # keys come at any moment of the firmware's rhythm
            if number >= 4:
                press(engine, "C")
            echoes.append(display.first(lambda text, large: True, press(engine, key)))
        press(engine, "C")
        press(engine, "1")
        begun = press(engine, "OK", 7000)
        stretched = display.first(lambda text, large: "CHALLNG>" in text, begun)
        for key in "123457":
            press(engine, key)
        begun = press(engine, "OK", 1000)
        response = display.first(lambda text, large: len(large) == CODE_DIGITS, begun)
        cleaning = _cleaning(engine)
        engine.run(1000)
        awake = engine.pico.chip.busy_nanos
        engine.run(REST_MS)
        awake = (engine.pico.chip.busy_nanos - awake) / MILLISECOND
    return [
        Figure("power-on to first frame", first_frame, "ms", "bare MicroPython", BARE_FIRST_FRAME_MS),
        Figure("power-on to PIN>, self-test included", power_on, "ms", "a frame on the wire", frame),
        Figure("key press to echo, median", median(echoes), "ms", "a frame on the wire", frame),
        Figure("key press to echo, longest", max(echoes), "ms", "a frame on the wire", frame),
        Figure("OK on the challenge to code on display", response, "ms", "a frame on the wire", frame),
        Figure("overwriting all free memory", cleaning, "ms"),
        Figure(f"awake in {REST_MS / 1000:.0f} s of rest", awake, "ms", "a hundredth of it", REST_MS / 100),
        Figure("a frame on the wire", frame, "ms", "1,026 bytes at 400 kHz", FULL_FRAME_MS),
        Figure(
            f"OK on the PIN to CHALLNG>, a thousand of {ROUNDS:,} rounds",
            stretched * 1000 / ROUNDS,
            "ms",
            "bare MicroPython",
            BARE_PBKDF2_MS,
        ),
    ]


def _cleaning(engine: PicoEngine) -> float:
    """How long the token takes to overwrite what is free, once it is told to sleep, in milliseconds."""
    chip = engine.pico.chip
    engine.press("OK")
    address = interpreter.symbol(images.find().with_suffix(".elf"), "memory_clean") & ~1
    assert glitches.run_to(chip, address, PATIENCE_MS * MILLISECOND)
    begun, back = chip.nanos, chip.mcu.core.registers[14] & ~1
    assert glitches.run_to(chip, back, PATIENCE_MS * MILLISECOND)
    engine.release("OK")
    return (chip.nanos - begun) / MILLISECOND


def memory(folder: Path) -> list[Figure]:
    """What a login takes of RAM, and the image of flash."""
    image = images.find()
    elf = image.with_suffix(".elf")
    used = size.use(elf)
    with watched(folder, rounds=1000) as engine:
        probe = heap.Probe(elf)
        engine.on_wired.append(probe.watch)
        engine.power_on()
        Player(engine, lambda said: None).play(parse(LOGIN))
    return [
        Figure("flash", used.flash, "bytes", "bare MicroPython", BARE_TEXT_BYTES),
        Figure("RAM before the heap", used.ram, "bytes"),
        Figure("heap", probe.size, "bytes", "bare MicroPython", BARE_HEAP_BYTES),
        Figure(
            f"heap in use during a login, most (within {heap.SLACK_BYTES:,})",
            probe.peak,
            "bytes",
            "the heap",
            probe.size,
        ),
        Figure("stack, deepest", probe.stack, "bytes", "the stack", probe.stack_size),
        Figure(
            "RAM peak: the three together", used.ram + probe.peak + probe.stack, "bytes", "SRAM", SRAM_BYTES
        ),
    ]


def figures() -> list[Figure]:
    """All of them. Raises EngineMissingError if there is no image."""
    with tempfile.TemporaryDirectory() as folder:
        return times(Path(folder) / "times") + memory(Path(folder) / "memory")
