"""OCRA, HOTP and TOTP computed by the firmware's code on an interpreter of choice."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from host_tools.engines import interpreters
from host_tools.engines.errors import FirmwareStoppedError


class Calculator:
    """A child process that answers requests (their form: boards/simulated/calculator.py)."""

    def __init__(self, engine: str, kind: str = "ocra") -> None:
        """Start the interpreter; `kind` is what a request that does not say asks for."""
        interpreter = interpreters.find(engine)
        self._engine = engine
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own script
            [*interpreter.run(interpreters.BOARDS / "simulated" / "calculator.py"), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=interpreter.environment,
            text=True,
            encoding="utf-8",
        )

    def answer_line(self, line: str) -> str:
        """One JSON line in, one out. Raises FirmwareStoppedError if the child ended."""
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101 - types
        try:
            self._process.stdin.write(line.strip() + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise FirmwareStoppedError(self._engine, "the calculator ended") from error
        reply = self._process.stdout.readline()
        if not reply:
            raise FirmwareStoppedError(self._engine, "the calculator ended")
        return reply.rstrip("\n")

    def answer(self, request: dict[str, Any]) -> dict[str, str]:
        """The reply to one request: {"response": …} or {"error": …}."""
        reply: dict[str, str] = json.loads(self.answer_line(json.dumps(request)))
        return reply

    def answer_lines(self, lines: Iterable[str]) -> Iterator[str]:
        """Replies in the order of the requests; blank lines are passed over."""
        for line in lines:
            if line.strip():
                yield self.answer_line(line)

    def close(self) -> None:
        """End the child."""
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
