"""The way to a blank token's factory: over the REPL of its USB port, by mpremote, then frames."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from typing import TYPE_CHECKING, Final

from mpremote.transport import TransportError, TransportExecError

from dsc.protocol.frames import READY
from host_tools.engines.errors import LinkError

if TYPE_CHECKING:
    from mpremote.transport_serial import SerialTransport

# Not one word of this is secret: what the REPL is given as source stays in the device's memory.
SERVE: Final = "from dsc.app import factory\nfactory.serve()\n"
ATTEMPTS: Final = 3  # a device whose last station broke off within a frame needs 2 s of silence first
SECONDS: Final = 3.0  # for each
PAUSE: Final = 0.1  # seconds; several of the token's looks at its link


class ReplLink:
    """Bytes to and from `factory.serve()` on a device's REPL."""

    def __init__(self, transport: SerialTransport, pause: Callable[[float], object] = time.sleep) -> None:
        """Start serving on the device behind `transport`; `pause` lets seconds of the device's time pass.

        Raises LinkError if its REPL does not answer.
        """
        self._transport = transport
        problem: Exception | None = None
        for _ in range(ATTEMPTS):
            try:
                # A token that still serves a station drops what it reads together with the Ctrl-C that ends this.
                transport.serial.write(b"\r\x03")
                pause(PAUSE)
                with redirect_stdout(None):  # where mpremote prints what it did not understand
                    transport.enter_raw_repl(soft_reset=False, timeout_overall=SECONDS)
                    transport.exec_raw_no_follow(SERVE)
                    said = transport.read_until(1, READY, timeout_overall=SECONDS)
                if said.endswith(READY):
                    return
                problem = TransportError(said.decode("ascii", "replace"))
            except (TransportError, TransportExecError, OSError) as error:
                problem = error
        # What a device says is anybody's words: none of it may steer the terminal that shows it.
        said_safely = str(problem).encode("unicode_escape").decode("ascii")
        raise LinkError(f"the token's REPL does not answer: {said_safely}")

    def send(self, data: bytes) -> None:
        """Send all of `data`. Raises LinkError if the device is gone."""
        try:
            self._transport.serial.write(data)
        except OSError as error:
            raise LinkError(f"the token left while it was sent to: {error}") from error

    def receive(self) -> bytes:
        """What has arrived; empty also once the device has gone, as it does when it restarts."""
        try:
            waiting = self._transport.serial.in_waiting
            return bytes(self._transport.serial.read(waiting)) if waiting else b""
        except OSError:
            return b""

    def close(self) -> None:
        """Let the port go, also where the device went first."""
        with suppress(OSError):
            self._transport.close()
        with suppress(OSError):
            self._transport.serial.close()  # mpremote's own does not get here if the device refuses its last words
