"""As much of a token as one screen needs, in the test's own process: keys from a list, and a panel of any height."""

from collections.abc import Iterable

import framebuf
from dsc.app.errors import TimedOut
from dsc.ui.canvas import Canvas
from dsc.ui.keypad import CLEAR, HOLD, OK, PRESS
from host_tools.display.frame import Frame
from host_tools.simulator.screen_reader import Screen, read_screen

HELD_C = (HOLD, CLEAR)
NAMED = {"C": CLEAR, "OK": OK}


class Panel(framebuf.FrameBuffer):
    """A display that keeps what it was shown."""

    def __init__(self, height: int) -> None:
        self.width, self.height = 128, height
        self._buffer = bytearray(self.width * height // 8)
        self.pixels = memoryview(self._buffer)
        self.frames: list[Frame] = []
        super().__init__(self._buffer, self.width, height, framebuf.MONO_VLSB)

    def show(self) -> None:
        rows = [[self.pixel(x, y) for x in range(self.width)] for y in range(self.height)]
        self.frames.append(Frame(self.width, self.height, rows))


class ScriptedToken:
    """Gives each screen the `keys`, single ones or HELD_C; after the last one nobody presses any."""

    def __init__(self, keys: Iterable[str | tuple[str, str]] = (), height: int = 64) -> None:
        self.panel = Panel(height)
        self.canvas = Canvas(self.panel)
        self.patience_ms = 30_000
        self._keys = list(keys)

    def now(self) -> int:
        return 0

    def next_key(self, deadline: int) -> tuple[str, str]:
        if not self._keys:
            raise TimedOut
        key = self._keys.pop(0)
        return key if isinstance(key, tuple) else (PRESS, NAMED.get(key, key))

    @property
    def screens(self) -> list[Screen]:
        """What was shown so far."""
        return [read_screen(frame) for frame in self.panel.frames]

    @property
    def screen(self) -> Screen:
        """What is shown."""
        return self.screens[-1]
