"""Where blank units come from: USB ports on which one is plugged in, or simulated ones made in a folder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from host_tools.engines import images
from host_tools.simulator.folder import TokenFolder
from host_tools.station.errors import NoUnitError
from host_tools.station.units import BlankUnit, on_port, simulated

LOOK_SECONDS: Final = 0.3


class Desk(Protocol):
    """Gives units, one after another."""

    def one(self) -> BlankUnit:
        """The unit that is there now. Raises NoUnitError, PortError, LinkError, EngineError, TokenFolderError."""

    def wait(self) -> BlankUnit:
        """The next one, as soon as it is there; one that was had before must leave first. Raises as `one`."""

    def named(self, serial: str) -> None:
        """The unit that was given last has this serial now."""


class UsbDesk:
    """Units on this computer's USB: on a port that was named, or on any."""

    def __init__(
        self, port: str | None, connected: Callable[[], list[str]], prepare: Callable[[], None] = lambda: None
    ) -> None:
        """`connected` lists the ports of boards; `prepare` is called while none is there, and may bring one about."""
        self._port = port
        self._connected = connected
        self._prepare = prepare
        self._had: set[str] = set()

    def one(self) -> BlankUnit:
        if self._port is not None:
            return on_port(self._port)
        self._prepare()
        found = self._connected()
        if len(found) != 1:
            raise NoUnitError(found)
        return on_port(found[0])

    def wait(self) -> BlankUnit:
        while True:
            present = set(self._connected()) if self._port is None else self._named_port()
            self._had &= present
            new = sorted(present - self._had)
            if new:
                self._had.add(new[0])
                return on_port(new[0])
            self._prepare()
            time.sleep(LOOK_SECONDS)

    def named(self, serial: str) -> None:
        pass

    def _named_port(self) -> set[str]:
        assert self._port is not None  # noqa: S101 - for the type checker
        return {self._port} if Path(self._port).exists() or self._port in self._connected() else set()


@dataclass
class SimulatedDesk:
    """New simulated units in folders of their own; `into` is the folder of the first, or has all of them in it."""

    into: Path
    engine: str
    several: bool = False
    _last: TokenFolder | None = None

    def one(self) -> BlankUnit:
        folder = self.into / os.urandom(4).hex() if self.several else self.into
        self._last = TokenFolder.new_blank(folder, self._board)
        return simulated(folder, self.engine)

    def wait(self) -> BlankUnit:
        return self.one()

    def named(self, serial: str) -> None:
        if self._last is not None:
            replace(self._last, serial=serial).describe(self._board)

    @property
    def _board(self) -> str:
        return "pico" if self.engine == images.RP2040 else "simulated"


@dataclass
class FolderDesk:
    """One simulated unit that is there already, plugged in."""

    folder: Path
    engine: str

    def one(self) -> BlankUnit:
        return simulated(self.folder, self.engine)

    def wait(self) -> BlankUnit:
        return self.one()

    def named(self, serial: str) -> None:
        found = TokenFolder.load(self.folder)
        board = "pico" if self.engine == images.RP2040 else "simulated"
        replace(found, serial=serial).describe(board)


@contextmanager
def taken(unit: BlankUnit) -> Iterator[BlankUnit]:
    """The unit, which is let go at the end."""
    try:
        yield unit
    finally:
        unit.close()
