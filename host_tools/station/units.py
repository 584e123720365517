"""A blank unit before the station: on a USB port, real or emulated, or an engine of the firmware."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from host_tools.engines.base import Engine
from host_tools.engines.errors import LinkError
from host_tools.engines.repl_link import ReplLink

if TYPE_CHECKING:
    from pathlib import Path

    from mpremote.transport_serial import SerialTransport

    from host_tools.engines.rp2040 import PicoEngine

LOOK_MS: Final = 50
GONE_MS: Final = 500  # between two looks whether the unit is still there
LEAVE_MS: Final = 5000  # until a token that restarts has left its port
AWAY_MS: Final = 3000  # that a sealed one stays away; a blank one is back after about one second


class Link(Protocol):
    """Bytes to and from a token's factory, and time that passes for it."""

    def link_send(self, data: bytes) -> None:
        """Send all of it. Raises LinkError."""

    def link_receive(self) -> bytes:
        """What has arrived since the last call."""

    def run(self, milliseconds: int) -> None:
        """Let time pass."""


class BlankUnit(Link, Protocol):
    """One unit that the station has taken: a link to its factory, and whether it is still to be seen."""

    name: str  # for people: the port

    def left(self) -> bool:
        """Whether it went off USB after its restart, and stays off. Takes seconds."""

    def close(self) -> None:
        """Let it go; it is left with power, where it has its own."""


class UsbUnit:
    """A unit on a port, by mpremote's transport. For a real port and for the emulated one it is the same."""

    def __init__(
        self,
        name: str,
        transport: SerialTransport,
        pause: Callable[[float], object],
        is_there: Callable[[], bool],
        end: Callable[[], None] = lambda: None,
    ) -> None:
        """Begin to talk. `pause` lets seconds pass for the unit, `is_there` looks at USB, `end` is called at the end.

        Raises LinkError, and has closed the port then.
        """
        self.name = name
        self._pause = pause
        self._is_there = is_there
        self._end = end
        self._unseen = 0
        try:
            self._link = ReplLink(transport, pause)
        except BaseException:
            from host_tools.device import ports

            ports.close(transport)
            end()
            raise

    def link_send(self, data: bytes) -> None:
        self._link.send(data)

    def link_receive(self) -> bytes:
        return self._link.receive()

    def run(self, milliseconds: int) -> None:
        """Let time pass. Raises LinkError once the unit is no longer on USB."""
        self._pause(milliseconds / 1000)
        self._unseen += milliseconds
        if self._unseen >= GONE_MS:
            self._unseen = 0
            if not self._is_there():
                raise LinkError("the unit is no longer on USB")

    def left(self) -> bool:
        for _ in range(LEAVE_MS // LOOK_MS):
            if not self._is_there():
                break
            self._pause(LOOK_MS / 1000)
        for _ in range(AWAY_MS // LOOK_MS):
            if self._is_there():
                return False
            self._pause(LOOK_MS / 1000)
        return True

    def close(self) -> None:
        try:
            self._link.close()
        finally:
            self._end()


class EngineUnit:
    """A unit of which the firmware runs without USB; it is switched on at once, and off by `close`."""

    def __init__(self, engine: Engine) -> None:
        self.name = engine.name
        self._engine = engine
        engine.power_on()

    def link_send(self, data: bytes) -> None:
        self._engine.link_send(data)

    def link_receive(self) -> bytes:
        return self._engine.link_receive()

    def run(self, milliseconds: int) -> None:
        self._engine.run(milliseconds)

    def left(self) -> bool:
        return True

    def close(self) -> None:
        self._engine.close()


def on_port(port: str) -> UsbUnit:
    """The unit on a serial port of this computer. Raises PortError, LinkError."""
    from host_tools.device import ports

    return UsbUnit(port, ports.open_transport(port), time.sleep, lambda: port in ports.connected())


def emulated(engine: PicoEngine) -> UsbUnit:
    """The unit that this engine emulates, switched on with its USB plugged in; `close` pulls the cable.

    Raises LinkError, EngineError.
    """
    engine.power_on()
    transport = engine.plugged_transport()
    pico = engine.pico
    assert pico is not None  # noqa: S101 - for the type checker: it was switched on above
    return UsbUnit(
        "emulator",
        transport,
        lambda seconds: pico.run(seconds * 1000),
        lambda: pico.usb.connected,
        engine.close,
    )


def simulated(folder: Path, engine: str) -> BlankUnit:
    """The unit in a token's folder, blank or not, switched on. Raises TokenFolderError, EngineError, LinkError."""
    from host_tools.engines import images
    from host_tools.engines.open import open_engine
    from host_tools.simulator.folder import TokenFolder

    opened = open_engine(engine, TokenFolder.load(folder).unit())
    if engine != images.RP2040:
        return EngineUnit(opened)
    from host_tools.engines.rp2040 import PicoEngine

    assert isinstance(opened, PicoEngine)  # noqa: S101 - for the type checker
    return emulated(opened)
