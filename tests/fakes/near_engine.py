"""The firmware on a thread of the test's own process, where its calls can be witnessed, and which starts at once."""

import queue
import runpy
import threading
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from adafruit_matrixkeypad import Matrix_Keypad

from dsc.crypto import ocra, otp
from host_tools.engines.child import ChildEngine
from host_tools.engines.open import PROGRAM
from host_tools.engines.unit import Unit
from simulated import board, flash, host, main

END_SECONDS = 10
# What the faulty programs of tests/fakes/programs put something else in the place of.
REPLACED = (
    (otp, "hotp"),
    (ocra, "respond"),
    (flash.Flash, "program"),
    (board.Entropy, "failed"),
    (board.Power, "failure"),
)


class NearEngine(ChildEngine):
    """As an engine of CPython, but for the process. One at a time: modules are the same for all."""

    def __init__(self, unit: Unit, program: Path = PROGRAM) -> None:
        super().__init__("near", [], {}, unit)
        self._program = program

    def _spawn(self):
        return _Process(self._program)


class _Lines:
    """One direction of the pipe, by whole lines; None is its end."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def write(self, line: str) -> None:
        self._lines.put(line)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self._lines.put(None)

    def readline(self) -> str:
        return self._lines.get() or ""

    def __iter__(self):
        return iter(self._lines.get, None)


class _Process:
    """What of subprocess.Popen an engine uses."""

    def __init__(self, program: Path) -> None:
        self.stdin, self.stdout = _Lines(), _Lines()
        self._program = program
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait(self, seconds: float = END_SECONDS) -> None:
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "the firmware does not end"

    def kill(self) -> None:
        self.stdin.close()

    def _run(self) -> None:
        pipes = SimpleNamespace(stdin=self.stdin, stdout=self.stdout, exit=lambda code: None)
        opened: list[flash.Flash] = []
        matrices: list[board.Matrix] = []
        scan = Matrix_Keypad.pressed_keys.fget
        make_matrix = board.Matrix

        def open_flash(path: str) -> flash.Flash:
            opened.append(flash.Flash(path))
            return opened[-1]

        def make(*arguments) -> board.Matrix:
            matrices.append(make_matrix(*arguments))
            return matrices[-1]

        def pressed_keys(keypad) -> list[str]:
            return [] if matrices[-1].at_rest else scan(keypad)  # a scan takes long, and there are thousands

        kept = [mock.patch.object(owner, name, getattr(owner, name)) for owner, name in REPLACED]
        patches = [
            *kept,
            mock.patch.object(host, "sys", pipes),
            mock.patch.object(main, "sys", pipes),
            mock.patch.object(board, "Flash", open_flash),
            mock.patch.object(board, "Matrix", make),
            mock.patch.object(Matrix_Keypad, "pressed_keys", property(pressed_keys)),
            mock.patch.object(board.Power, "clean_memory"),  # collecting takes half of the time
        ]
        try:
            for patch in patches:
                patch.start()
            if self._program == PROGRAM:
                main.run()
            else:
                runpy.run_path(str(self._program))
        finally:
            for patch in patches:
                patch.stop()
            for one in opened:
                one.close()
            self.stdout.close()
