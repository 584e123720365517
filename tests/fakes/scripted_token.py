"""As much of a token as one screen needs, in the test's own process: keys from a list, and a panel of any height."""

from collections.abc import Callable, Iterable

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
        self.frames.append(Frame.from_vlsb(self.pixels, self.width, self.height))


class ScriptedToken:
    """Gives each screen the `keys`: single ones, HELD_C, or milliseconds without one; after them nobody presses any."""

    def __init__(self, keys: Iterable[str | int | tuple[str, str]] = (), height: int = 64) -> None:
        self.panel = Panel(height)
        self.canvas = Canvas(self.panel)
        self.patience_ms = 30_000
        self.is_low = False
        self._now = 0
        self._keys = list(keys)

    def now(self) -> int:
        return self._now

    def is_battery_low(self) -> bool:
        return self.is_low

    def next_event(self, deadline: int, tick: Callable[[], None] | None = None) -> tuple[str, str] | None:
        while self._keys:
            key = self._keys.pop(0)
            if not isinstance(key, int):
                return key if isinstance(key, tuple) else (PRESS, NAMED.get(key, key))
            end = self._now + key
            if end >= deadline:
                self._now = deadline
                self._keys.insert(0, end - deadline)
                return None
            self._now = end
        self._now = max(self._now, deadline)
        return None

    def next_key(self, deadline: int) -> tuple[str, str]:
        event = self.next_event(deadline)
        if event is None:
            raise TimedOut
        return event

    @property
    def screens(self) -> list[Screen]:
        """What was shown so far."""
        return [read_screen(frame) for frame in self.panel.frames]

    @property
    def screen(self) -> Screen:
        """What is shown."""
        return read_screen(self.panel.frames[-1])
