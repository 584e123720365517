"""A station's desk with one simulated unit that runs in a child process, and breaks off where a test says so."""

from collections.abc import Callable
from pathlib import Path

from fakes.desk import Desk
from host_tools.engines.errors import LinkError
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory
from host_tools.simulator.folder import TokenFolder
from host_tools.station.ordering import Order
from host_tools.station.provision import Wanted, provision
from host_tools.station.receipt import Receipt
from host_tools.station.sealing import Step
from host_tools.station.units import simulated

PIN = "7294"


class BrokenOffError(BaseException):
    """The station was killed, as far as a test can do that to itself."""


def wanted(serial=None, prefix=None, pin=PIN, **options) -> Wanted:
    """An order with few rounds."""
    order = Order(serial or "X", bytearray(pin.encode()), **{"rounds": 16, **options})
    return Wanted(order, serial, prefix)


class StationBench:
    """The same unit, on the desk again and again."""

    def __init__(self, folder: Path, inventory: Inventory, engine: str = "cpython") -> None:
        self.token = TokenFolder.new_blank(folder, "simulated")
        self.inventory = inventory
        self.engine = engine

    def provision(self, order: Wanted, stopped_at: Step | None = None, **options: object) -> Receipt:
        """Provision the unit; the station is killed, and the unit loses its power, as that step begins."""

        def look(step: Step) -> None:
            if step is stopped_at:
                raise BrokenOffError(step)

        unit = simulated(self.token.path, self.engine)
        try:
            return provision(self.inventory, unit, order, look, **options)
        finally:
            unit.close()

    def with_unit(self, do: Callable[..., object]) -> object:
        """Do something with the unit's link."""
        unit = simulated(self.token.path, self.engine)
        try:
            return do(unit)
        finally:
            unit.close()

    def at_desk(self, do: Callable[[Desk], object]) -> object:
        """Do something with the unit in hand."""
        desk = Desk(open_engine(self.engine, self.token.unit()))
        try:
            return do(desk)
        finally:
            desk.engine.close()

    def login(self, challenge: str, pin: str = PIN) -> str:
        """What it answers."""
        return self.at_desk(lambda desk: desk.login(pin, challenge))

    def factory_reset(self) -> None:
        """As its user does it: C and D held at power-on, then the four digits that are shown."""

        def reset(desk: Desk) -> None:
            desk.do("power off\npower on C FD\nwait 4s\nrelease C FD")
            desk.type("".join(character for character in desk.screen.text if character.isdigit())[-4:])

        self.at_desk(reset)


class DumbUnit:
    """A unit that takes everything, and answers nothing; or is not there any more."""

    name = "dumb"

    def __init__(self, gone: bool = False) -> None:
        self.gone = gone
        self.closed = False

    def link_send(self, data: bytes) -> None:
        if self.gone:
            raise LinkError("the unit is no longer on USB")

    def link_receive(self) -> bytes:
        return b""

    def run(self, milliseconds: int) -> None:
        pass

    def left(self) -> bool:
        return not self.gone

    def close(self) -> None:
        self.closed = True
