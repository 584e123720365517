"""An engine without firmware: draws a dot for each key pressed, and keeps a log of who touched it when."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from host_tools.display.frame import Frame
from host_tools.engines.errors import FirmwareStoppedError, PoweredOffError


class ScratchPad:
    """`log` holds (key, down, token time in ms); `runs` the granted milliseconds; `threads` who called.

    Set `stop_next` to make the firmware stop in its next `run`, `slow_next` (seconds) to make that one slow,
    `crash_next` to have it fail as no engine should.
    """

    name = "scratch"
    flash_image = Path("flash.bin")

    def __init__(self) -> None:
        self.powered = False
        self.closed = False
        self.faults: list[str] = []
        self.log: list[tuple[str, bool, int]] = []
        self.runs: list[int] = []
        self.threads: set[int] = set()
        self.starts = 0
        self.stop_next = False
        self.slow_next = 0.0
        self.crash_next = False
        self._now = 0
        self._dots = 0

    @property
    def typed(self) -> list[str]:
        """The keys in the order in which they went down."""
        return [key for key, down, _ in self.log if down]

    def power_on(self) -> None:
        self._touched()
        self.starts += not self.powered
        self.powered = True
        self._now = self._dots = 0

    def power_off(self) -> None:
        self._touched()
        self.powered = False

    def press(self, key: str) -> None:
        self._move(key, True)
        self._dots += 1

    def release(self, key: str) -> None:
        self._move(key, False)

    def run(self, milliseconds: int) -> None:
        self._touched()
        self._need_power()
        if self.crash_next:
            raise RuntimeError("not an engine's error")
        if self.stop_next:
            self.stop_next = self.powered = False
            raise FirmwareStoppedError(self.name, "Traceback (most recent call last):\nMemoryError: no heap")
        time.sleep(self.slow_next)
        self.slow_next = 0.0
        self.runs.append(milliseconds)
        self._now += milliseconds

    def frame(self) -> Frame:
        self._touched()
        lit = self._dots if self.powered else -1
        return Frame(
            128,
            64,
            [[x == y or ((y == 0 and x <= 2 * lit) and lit >= 0) for x in range(128)] for y in range(64)],
        )

    def link_send(self, data: bytes) -> None:
        self._need_power()

    def link_receive(self) -> bytes:
        return b""

    def close(self) -> None:
        self._touched()
        self.powered = False
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _move(self, key: str, down: bool) -> None:
        self._touched()
        self._need_power()
        self.log.append((key, down, self._now))

    def _touched(self) -> None:
        self.threads.add(threading.get_ident())

    def _need_power(self) -> None:
        if not self.powered:
            raise PoweredOffError
