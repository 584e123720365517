"""OCRA, HOTP and TOTP computed by the firmware's code on an interpreter of choice."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from host_tools.engines import interpreters
from host_tools.engines.errors import FirmwareStoppedError
from host_tools.engines.requests import RequestError, form, normalised


class Calculator:
    """A child process that answers requests (their form: boards/simulated/calculator.py)."""

    def __init__(self, engine: str, kind: str = "ocra") -> None:
        """Start the interpreter; `kind` is what a request that does not say asks for."""
        interpreter = interpreters.find(engine)
        self._engine = engine
        self._process = subprocess.Popen(
            [*interpreter.run(interpreters.BOARDS / "simulated" / "calculator.py"), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=interpreter.environment,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is for us: we end the child, and it prints nothing
        )

    def answer_line(self, line: str | bytes) -> str:
        """One JSON line in, one out. Raises FirmwareStoppedError if the child ended."""
        try:
            request = normalised(line)
        except RequestError as error:
            return json.dumps(_refusal(error))
        return json.dumps(self._ask(request))

    def answer(self, request: dict[str, Any]) -> dict[str, str]:
        """The reply to one request: {"response": …} or {"error": …}. Raises FirmwareStoppedError."""
        try:
            line = form(request)
        except RequestError as error:
            return _refusal(error)
        return self._ask(line)

    def answer_lines(self, lines: Iterable[str] | Iterable[bytes]) -> Iterator[str]:
        """Replies in the order of the requests, each before the next is asked for; blank lines are passed over."""
        for line in lines:
            if line.strip():
                yield self.answer_line(line)

    def close(self) -> None:
        """End the child."""
        self._process.communicate()

    def _ask(self, line: str) -> dict[str, str]:
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101 - types
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise FirmwareStoppedError(self._engine, "the calculator ended") from error
        answered = self._process.stdout.readline()
        if not answered:
            raise FirmwareStoppedError(self._engine, "the calculator ended")
        reply: dict[str, str] = json.loads(answered)
        # Where a message shows what it was given, MicroPython escapes what is not ASCII, and CPython does not.
        return {name: _ascii(text) for name, text in reply.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _refusal(error: RequestError) -> dict[str, str]:
    return {"error": _ascii(f"{type(error).__name__}: {error}")}


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")
