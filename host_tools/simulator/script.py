"""Headless use of a token: a small line language of key presses, virtual time and expectations."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from host_tools.display.frame import Frame
from host_tools.engines.base import Engine
from host_tools.engines.errors import PoweredOffError, UnknownKeyError
from host_tools.engines.keys import position
from host_tools.fonts.lookalikes import as_read
from host_tools.simulator.screen_reader import Screen, read_screen

TAP_MS: Final = 60  # a key is down this long, and up this long before the next
LONGEST_WAIT_MS: Final = 24 * 3600 * 1000
_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m)")
_UNITS_MS: Final = {"ms": 1, "s": 1000, "m": 60_000}
_PICTURE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ScriptError(Exception):
    """A line of a script is not of the language; `line` counts from 1."""

    def __init__(self, line: int, text: str, reason: str) -> None:
        super().__init__(f"line {line}: {text.strip()}: {reason}")
        self.line = line
        self.reason = reason


class StepError(Exception):
    """A step can't be done, as with a key that is pressed while the power is off; `line` counts from 1."""

    def __init__(self, line: int, text: str, reason: str) -> None:
        super().__init__(f"line {line}: {text.strip()}: {reason}")
        self.line = line
        self.reason = reason


class ExpectationError(Exception):
    """The screen does not show what the script expects; `screen` is what it shows."""

    def __init__(self, line: int, wanted: str, screen: Screen, frame: Frame) -> None:
        super().__init__(f"line {line}: the screen does not show {wanted}")
        self.line = line
        self.wanted = wanted
        self.screen = screen
        self.frame = frame


@dataclass(frozen=True)
class Step:
    """One parsed line."""

    line: int
    text: str
    verb: str
    arguments: tuple[str, ...]


def tap(engine: Engine, key: str) -> None:
    """Press a key for as long as a quick finger does, let it go, and wait for what it leads to."""
    engine.press(key)
    engine.run(TAP_MS)
    engine.release(key)
    engine.run(TAP_MS)
    engine.settle()


def shown_response(screen: Screen) -> str | None:
    """The digits of the response on screen, or None if it is not the response that is shown."""
    asks = any("PIN>" in line or "CHALLNG>" in line or line.endswith("#OK") for line in screen.lines)
    if screen.large.isdigit() and not screen.unread and not asks:
        return screen.large
    return None


def parse(text: str, with_frames: bool = True) -> list[Step]:
    """All steps of a script, checked before the first one runs. Raises ScriptError.

    `with_frames` is whether the player will have a folder for screenshots.
    """
    steps = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            verb, *arguments = shlex.split(line)
        except ValueError as error:
            raise ScriptError(number, line, f"{error}".lower()) from error
        check = _CHECKS.get(verb)
        if check is None:
            raise ScriptError(number, line, f"unknown word {verb!r}; allowed: {', '.join(sorted(_CHECKS))}")
        reason = check(arguments)
        if not reason and verb == "screenshot" and not with_frames:
            reason = "screenshot needs --frames DIR"
        if reason:
            raise ScriptError(number, line, reason)
        steps.append(Step(number, line, verb, tuple(arguments)))
    return steps


class Player:
    """Plays steps on an engine; `say` takes what the script prints, `frames` is where screenshots go."""

    def __init__(self, engine: Engine, say: Callable[[str], None], frames: Path | None = None) -> None:
        self._engine = engine
        self._say = say
        self._frames = frames

    def play(self, steps: Iterable[Step]) -> None:
        """Run all steps. Raises ExpectationError at the first that finds another screen, StepError, EngineError."""
        for step in steps:
            try:
                getattr(self, f"_{step.verb}")(step)
            except PoweredOffError as error:
                raise StepError(step.line, step.text, str(error)) from error
            except OSError as error:
                raise StepError(step.line, step.text, f"{error.filename}: {error.strerror}") from error

    def _press(self, step: Step) -> None:
        for key in step.arguments:
            tap(self._engine, key)

    def _hold(self, step: Step) -> None:
        key, duration = step.arguments
        self._engine.press(key)
        self._engine.run(_milliseconds(duration))
        self._engine.release(key)
        self._engine.run(TAP_MS)
        self._engine.settle()

    def _wait(self, step: Step) -> None:
        if self._engine.powered:  # a token that is off only waits
            self._engine.run(_milliseconds(step.arguments[0]))
            self._engine.settle()

    def _expect(self, step: Step) -> None:
        frame = self._engine.frame()
        screen = read_screen(frame)
        wanted = step.arguments[0]
        if wanted == "" and not any(frame.vlsb()):
            return
        if wanted == "" or (as_read(wanted) not in screen.text and wanted.replace(" ", "") != screen.large):
            raise ExpectationError(step.line, f'"{wanted}"' if wanted else "nothing", screen, frame)

    def _read(self, step: Step) -> None:
        frame = self._engine.frame()
        screen = read_screen(frame)
        response = shown_response(screen)
        if response is None:
            raise ExpectationError(step.line, "a response", screen, frame)
        self._say(response)

    def _screenshot(self, step: Step) -> None:
        if self._frames is None:
            return
        self._frames.mkdir(parents=True, exist_ok=True)
        self._engine.frame().to_png(self._frames / f"{step.arguments[0]}.png")

    def _release(self, step: Step) -> None:
        for key in step.arguments:
            self._engine.release(key)
        self._engine.run(TAP_MS)
        self._engine.settle()

    def _power(self, step: Step) -> None:
        if step.arguments[0] == "on":
            self._engine.power_on(step.arguments[1:])
        else:
            self._engine.power_off()


def _milliseconds(duration: str) -> int:
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise ValueError(duration)
    # The limit is for numbers with so many digits that they are infinite.
    return round(min(float(match[1]) * _UNITS_MS[match[2]], 2 * LONGEST_WAIT_MS))


def _bad_duration(duration: str) -> str | None:
    if _DURATION.fullmatch(duration) is None:
        return f"{duration!r} is no duration; write 500ms, 2s or 1.5m"
    if _milliseconds(duration) > LONGEST_WAIT_MS:
        return "longer than a day"
    return None


def _bad_key(name: str) -> str | None:
    try:
        position(name)
    except UnknownKeyError as error:
        return str(error)
    return None


def _check_press(arguments: list[str]) -> str | None:
    if not arguments:
        return "name at least one key"
    return next((reason for reason in map(_bad_key, arguments) if reason), None)


def _check_hold(arguments: list[str]) -> str | None:
    if len(arguments) != 2:
        return "write hold KEY DURATION"
    return _bad_key(arguments[0]) or _bad_duration(arguments[1])


def _check_wait(arguments: list[str]) -> str | None:
    return _bad_duration(arguments[0]) if len(arguments) == 1 else "write wait DURATION"


def _check_expect(arguments: list[str]) -> str | None:
    return None if len(arguments) == 1 else 'write expect "TEXT"; "" expects a dark screen'


def _check_read(arguments: list[str]) -> str | None:
    return None if arguments == ["RESPONSE"] else "write read RESPONSE"


def _check_screenshot(arguments: list[str]) -> str | None:
    if len(arguments) != 1 or _PICTURE_NAME.fullmatch(arguments[0]) is None:
        return "write screenshot NAME, of letters, digits, dots, dashes and underscores"
    return None


def _check_power(arguments: list[str]) -> str | None:
    if arguments[:1] == ["on"]:
        return next((reason for reason in map(_bad_key, arguments[1:]) if reason), None)
    return None if arguments == ["off"] else "write power off, or power on and the keys that are held down"


_CHECKS: Final[dict[str, Callable[[list[str]], str | None]]] = {
    "press": _check_press,
    "hold": _check_hold,
    "wait": _check_wait,
    "expect": _check_expect,
    "read": _check_read,
    "release": _check_press,
    "screenshot": _check_screenshot,
    "power": _check_power,
}
