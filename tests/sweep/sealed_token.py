"""A sealed token on the emulated Pico, to be attacked: taken back to the same moment for each attack, and watched."""

from collections.abc import Sequence
from pathlib import Path

from fakes import interpreter, units
from host_tools.emulator.chip import MILLISECOND
from host_tools.emulator.keypad import Keypad
from host_tools.emulator.pico import Pico
from host_tools.emulator.snapshot import Snapshot
from host_tools.engines.keys import position
from host_tools.engines.rp2040 import PicoEngine
from host_tools.simulator.screen_reader import Screen, read_screen

PIN = b"90210763"
CHALLENGE = "123457"
PIN_SCREEN, CHALLENGE_SCREEN = "PIN>", "CHALLNG>"
HALT_LEGEND = "restarts"  # on every halt screen
TAP_MS = 60
STEP_MS = 40
PATIENCE_MS = 160_000  # longer than any screen waits, a watchdog's bite and a back-off among it
UNSURE_MS = 3000  # after which the user holds C, on any other screen and in the dark
HELD_MS = 1500
ANSWER_MS = 1000  # within which a key shows


class EscapeError(AssertionError):
    """The token has opened a way out: USB, or a byte on a UART."""


class LostError(AssertionError):
    """The token has not come back to its PIN screen or a halt screen."""


class SealedToken:
    """The board, with USB plugged into a computer that waits for it; `at_power_on` and `at_pin` are its moments."""

    def __init__(self, image: Path, folder: Path, rounds: int = units.LOW_ROUNDS) -> None:
        self.elf = image.with_suffix(".elf")
        self.engine = PicoEngine(units.sealed_unit(folder, pin=PIN, rounds=rounds), image)
        self.engine.on_wired.append(self._begin)
        self.resets = 0
        self._typing = 0
        self.engine.power_on()
        self.at_pin = self.pico.snapshot()

    @property
    def pico(self) -> Pico:
        """The board, always the same one."""
        assert self.engine.pico is not None
        return self.engine.pico

    def symbol(self, name: str) -> int:
        """The address of a function or variable of the firmware, without the bit that says Thumb. Raises KeyError."""
        return interpreter.symbol(self.elf, name) & ~1

    def restore(self, moment: Snapshot) -> None:
        """Be at that moment; keys that were still to come are forgotten."""
        self.pico.restore(moment)
        self.resets = 0
        self._typing += 1

    @property
    def turn(self) -> int:
        """Changes when keys that are still to come are forgotten."""
        return self._typing

    def type(self, keys: Sequence[str], every_ms: float = 2 * TAP_MS) -> float:
        """Schedule keys from now on, one after the other; returns when the last one is up, in nanoseconds."""
        turn, chip = self._typing, self.pico.chip
        for number, key in enumerate(keys):
            begin = chip.nanos + (number * every_ms + 1) * MILLISECOND
            chip.at(begin, lambda key=key: self._move(turn, key, down=True))
            chip.at(begin + TAP_MS * MILLISECOND, lambda key=key: self._move(turn, key, down=False))
        return chip.nanos + len(keys) * every_ms * MILLISECOND

    def hold(self, key: str) -> None:
        """Hold a key down from now on, for as long as a cancel takes."""
        turn, chip = self._typing, self.pico.chip
        chip.at(chip.nanos, lambda: self._move(turn, key, down=True))
        chip.at(chip.nanos + HELD_MS * MILLISECOND, lambda: self._move(turn, key, down=False))

    def stop_typing(self) -> None:
        """Let go of all keys, and press no more of those that were scheduled."""
        self._typing += 1
        for row, column in list(self.keypad.pressed):
            self.keypad.release(row, column)

    def screen(self) -> Screen:
        """What is on the glass."""
        return read_screen(self.engine.frame())

    def run_until_shown(self, text: str, limit_ms: float = PATIENCE_MS) -> None:
        """Let time pass until the screen shows `text`. Raises LostError."""
        if not self.pico.chip.run_until(
            lambda: text in self.screen().text, limit_ms * MILLISECOND, STEP_MS * MILLISECOND
        ):
            raise LostError(f"it shows {self.screen().text!r}, not {text!r}, after {limit_ms:.0f} ms")

    def check_closed(self) -> None:
        """Raise EscapeError if the token has ever opened a way out."""
        if self.pico.usb.pull_ups:
            raise EscapeError("the pull-up of USB was switched on")
        for number, uart in enumerate(self.pico.uarts):
            if uart.sent:
                raise EscapeError(f"UART {number} has sent {len(uart.sent)} bytes")

    def come_back(self, limit_ms: float = PATIENCE_MS) -> str:
        """Wait for the PIN screen, or for a halt screen, which is confirmed; on others the user holds C.

        The token must answer to a key then. Returns what was shown first. Raises LostError, EscapeError.
        """
        first = self._wait_for_a_screen(limit_ms)
        if HALT_LEGEND in first:
            self.engine.press("OK")
            self.engine.run(TAP_MS)
            self.engine.release("OK")
            self.run_until_shown(PIN_SCREEN, limit_ms)
        self._check_answer()
        self.check_closed()
        return first

    def close(self) -> None:
        """Release the engine's file."""
        self.engine.close()

    def _begin(self, pico: Pico) -> None:
        pico.plug_usb()
        pico.chip.on_reset.append(self._count_reset)
        pico.power_on()
        self.at_power_on = pico.snapshot()

    def _count_reset(self) -> None:
        self.resets += 1

    def _wait_for_a_screen(self, limit_ms: float) -> str:
        chip, unsure, last, text = self.pico.chip, 0.0, b"", ""
        begun = chip.nanos
        end = begun + limit_ms * MILLISECOND
        while chip.nanos < end:
            frame = self.engine.frame()
            if frame.vlsb() != last:
                last, text = frame.vlsb(), read_screen(frame).text
            is_awake = chip.last_idle_nanos > begun  # it waits for keys, and is not a picture of before
            if is_awake and (PIN_SCREEN in text or HALT_LEGEND in text):
                return text
            unsure = unsure + STEP_MS if is_awake else 0.0
            if unsure > UNSURE_MS:
                unsure = 0.0
                self.hold("C")
            self.check_closed()
            chip.run_for(STEP_MS * MILLISECOND)
        raise LostError(f"it shows {text!r} after {limit_ms / 1000:.0f} s")

    def _check_answer(self) -> None:
        before = self.engine.frame().vlsb()
        self.type(["5"])
        if not self.pico.chip.run_until(
            lambda: self.engine.frame().vlsb() != before, ANSWER_MS * MILLISECOND, STEP_MS * MILLISECOND
        ):
            raise LostError("it does not answer to keys")

    @property
    def keypad(self) -> Keypad:
        return self.pico.keypads[0]

    def _move(self, turn: int, key: str, *, down: bool) -> None:
        if turn == self._typing:
            (self.keypad.press if down else self.keypad.release)(*position(key))
