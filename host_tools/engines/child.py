"""The firmware in a child process on the simulated board, driven over a pipe (boards/simulated/host.py)."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, NoReturn, Self

from host_tools.display.frame import Frame
from host_tools.emulator.ssd1306 import SSD1306
from host_tools.engines.errors import EngineError, FirmwareStoppedError, PoweredOffError
from host_tools.engines.image_lock import ImageLock
from host_tools.engines.keys import position
from host_tools.engines.unit import Unit

END_SECONDS = 10
MOST_RESETS = 20  # in a row, without any time between them


class ChildEngine:
    """An engine whose firmware runs as `command` in a process of its own.

    While it is on, resets included, no other engine can be switched on with the same flash image.
    """

    def __init__(self, name: str, command: list[str], environment: dict[str, str], unit: Unit) -> None:
        self.name = name
        self.display = SSD1306(height=unit.height)
        self._command = command
        self._environment = environment
        self._unit = unit
        self._lock = ImageLock(unit.flash)
        self._process: subprocess.Popen[str] | None = None
        self._errors: IO[str] | None = None
        self._faults: list[str] = []
        self.ticks = 0  # that the buzzer has made
        self._received = bytearray()
        self._reset_at: int | None = None
        self._now = 0
        self._down: set[tuple[int, int]] = set()  # keys, as (row, column); a reset does not release them

    @property
    def powered(self) -> bool:
        return self._process is not None

    @property
    def flash_image(self) -> Path:
        return self._unit.flash

    @property
    def faults(self) -> list[str]:
        return self._faults

    def power_on(self, holding: Iterable[str] = ()) -> None:
        """Start the firmware; raises TokenInUseError if the flash image is in use, UnknownKeyError."""
        if self._process is not None:
            return
        down = {position(key) for key in holding}
        self._lock.take()
        self._down = down
        self._received.clear()
        self._start()

    def power_off(self) -> None:
        try:
            self._stop()
        finally:
            self._lock.release()

    def press(self, key: str) -> None:
        row, column = position(key)
        self._send(f"press {row} {column}")
        self._down.add((row, column))

    def release(self, key: str) -> None:
        row, column = position(key)
        self._send(f"release {row} {column}")
        self._down.discard((row, column))

    def run(self, milliseconds: int) -> None:
        if milliseconds <= 0:
            return
        end = self._now + milliseconds
        self._send(f"run {milliseconds}")
        self._listen()
        while self._reset_at is not None:
            left = end - self._reset_at
            self._end()
            self._start()
            if left <= 0:
                return
            end = left
            self._send(f"run {left}")
            self._listen()

    def settle(self) -> None:
        if self._process is None:
            raise PoweredOffError

    def frame(self) -> Frame:
        return self.display.frame()

    def link_send(self, data: bytes) -> None:
        if data:
            self._send(f"link {data.hex()}")

    def link_receive(self) -> bytes:
        data = bytes(self._received)
        self._received[:] = bytes(len(self._received))  # keys travel here while a token is made
        self._received.clear()
        return data

    def close(self) -> None:
        self.power_off()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        """Run the firmware up to its first wait, over the resets that it makes before."""
        try:
            for _ in range(MOST_RESETS):
                self._boot()
                if self._reset_at is None:
                    return
                self._end()
            raise FirmwareStoppedError(self.name, f"it reset {MOST_RESETS} times in a row while it started")
        finally:
            if self._process is None:
                self._lock.release()

    def _boot(self) -> None:
        if not self._unit.flash.is_file():
            raise EngineError(f"there is no flash image {self._unit.flash}")
        self.display.reset()
        self._now = 0
        self._reset_at = None
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - open while the child runs
        self._process = self._spawn()
        configuration = {
            "flash": str(self._unit.flash.resolve()),
            "uid": self._unit.uid.hex(),
            "seed": self._unit.seed,
            "bounce": self._unit.bounce_ms,
            "display": self._unit.display,
            "height": self._unit.height,
            "supply": self._unit.supply_mv,
            "buzzer": self._unit.buzzer,
            "held": sorted(self._down),
            "secret": None if self._unit.secret is None else self._unit.secret.hex(),
            "wall": None if self._unit.wall is None else self._unit.wall(),
        }
        self._send(json.dumps(configuration))
        self._listen()

    def _spawn(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=self._environment,
            pass_fds=self._lock.descriptors,
            text=True,
            encoding="ascii",
        )

    def _stop(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        # The firmware waits for a command, and every flash operation it began is in the file: ending the
        # process here leaves what cutting the power would.
        assert process.stdin is not None  # noqa: S101 - for the type checker
        try:
            process.stdin.write("quit\n")
            process.stdin.close()
            process.wait(END_SECONDS)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
        self._clean_up(process)
        self.display.reset()

    def _end(self) -> None:
        """The firmware reset the board, and its process ends by itself."""
        assert self._process is not None  # noqa: S101 - for the type checker
        process, self._process = self._process, None
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._clean_up(process)

    def _send(self, line: str) -> None:
        if self._process is None:
            raise PoweredOffError
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            self._fail()

    def _listen(self) -> None:
        """Take events until the firmware waits for commands, or resets."""
        assert self._process is not None and self._process.stdout is not None  # noqa: S101 - for the type checker
        for line in self._process.stdout:
            if line.startswith("Traceback "):
                # MicroPython prints what nothing caught among the events, and then ends.
                self._fail(line + self._process.stdout.read())
            event, *words = line.split()
            if event == "i2c":
                self.display.write(bytes.fromhex(words[1]) if len(words) > 1 else b"")  # a probe has no data
            elif event == "idle":
                self._now = int(words[0])
                return
            elif event == "link":
                self._received += bytes.fromhex(words[0])
            elif event == "reset":
                self._reset_at = int(words[0])
                return
            elif event == "tick":
                self.ticks += 1
            elif event == "fault":
                self._faults.append(words[0])
            else:
                raise EngineError(f"the simulated board said something unknown: {event}")
        self._fail()

    def _fail(self, said: str = "") -> NoReturn:
        assert self._process is not None and self._errors is not None  # noqa: S101 - for the type checker
        process, self._process = self._process, None
        process.kill()
        process.wait()
        self._errors.seek(0)
        detail = (said + self._errors.read()).strip()
        self._clean_up(process)
        self._lock.release()
        raise FirmwareStoppedError(self.name, detail)

    def _clean_up(self, process: subprocess.Popen[str]) -> None:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # What was to be sent to a process that has ended is lost with it.
                with suppress(BrokenPipeError):
                    pipe.close()
        if self._errors is not None:
            self._errors.close()
            self._errors = None
