"""Runs lines of Python on a board's REPL through mpremote's transport, with errors that have names."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Final

from mpremote.transport import TransportError, TransportExecError

from host_tools.device.errors import BoardLeftError, BoardScriptError

if TYPE_CHECKING:
    from mpremote.transport_serial import SerialTransport

SECONDS: Final = 5.0  # for the REPL to answer
PAUSE: Final = 0.1  # seconds; several of the token's looks at its link


class Repl:
    """The raw REPL behind `transport`; raises BoardLeftError from any method when the board has gone."""

    def __init__(self, transport: SerialTransport) -> None:
        self._transport = transport

    def interrupt(self) -> None:
        """Stop what runs, and take the raw REPL."""
        try:
            self._take()
        except BoardLeftError:  # a token whose station broke off within a frame needs 2 s of silence first
            self._take()

    def soft_reset(self) -> None:
        """Start the interpreter anew, without main.py."""
        with _named("restarting its interpreter"):
            self._transport.enter_raw_repl(soft_reset=True, timeout_overall=SECONDS)

    def run(self, code: str, doing: str, seconds: float = 30.0) -> str:
        """What `code` printed; `seconds` is how long it may be silent. Raises BoardScriptError."""
        with _named(doing):
            said, problem = self._transport.exec_raw(code, timeout=seconds)
        if problem:
            raise BoardScriptError(doing, problem.decode("utf-8", "replace").strip())
        return str(said.decode("utf-8", "replace"))

    def leave(self) -> None:
        """Give the friendly REPL to whoever comes next."""
        with _named("leaving its REPL"):
            self._transport.exit_raw_repl()

    def _take(self) -> None:
        with _named("taking its REPL"):
            # A token that serves a station drops what it reads together with the Ctrl-C that ends this.
            self._transport.serial.write(b"\r\x03")
            time.sleep(PAUSE)
            self._transport.enter_raw_repl(soft_reset=False, timeout_overall=SECONDS)


@contextmanager
def _named(doing: str) -> Iterator[None]:
    try:
        with redirect_stdout(None):  # where mpremote prints what it did not understand
            yield
    except TransportExecError as error:
        raise BoardScriptError(doing, error.error_output) from error
    except (TransportError, OSError, struct.error) as error:  # the last from an answer that is too short
        raise BoardLeftError(doing) from error
