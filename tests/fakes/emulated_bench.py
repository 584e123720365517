"""A station's desk with one emulated Pico, whose cable can be pulled: the board has its power from there too."""

from collections.abc import Callable
from pathlib import Path

from fakes.desk import Desk
from host_tools.emulator.errors import EmulatorError
from host_tools.emulator.power_cuts import Cut
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory
from host_tools.simulator.folder import TokenFolder
from host_tools.station.errors import InDoubtError
from host_tools.station.provision import Wanted, provision
from host_tools.station.sealing import Step
from host_tools.station.units import UsbUnit, emulated


class EmulatedBench:
    """The same board, plugged in again and again; its flash is all that it keeps."""

    def __init__(self, folder: Path, inventory: Inventory) -> None:
        self.token = TokenFolder.new_blank(folder, "pico")
        self.inventory = inventory
        self.steps: list[Step] = []

    @property
    def uid(self) -> bytes:
        return self.token.uid

    def plug_in(self) -> tuple[object, UsbUnit]:
        """The engine, and the unit that the station sees. Raises LinkError if it sees none."""
        engine = open_engine("rp2040", self.token.unit())
        try:
            return engine, emulated(engine)
        except BaseException:
            engine.close()
            raise

    def provision(self, wanted: Wanted, *, pulled_before: Step | None = None):
        """Provision the unit; the cable is pulled as that step begins. Returns the receipt."""
        engine, unit = self.plug_in()

        def look(step: Step) -> None:
            self.steps.append(step)
            if step is pulled_before:
                pull(engine)

        try:
            return provision(self.inventory, unit, wanted, look)
        finally:
            unit.close()

    def provision_with_cut(self, wanted: Wanted, operation: int, cut: Cut) -> bool:
        """The same with the power gone at a flash operation of the sealing; whether it came to that."""
        engine, unit = self.plug_in()
        flash = engine.pico.flash
        flash.cut_power_at(flash.operations + operation, cut)
        try:
            provision(self.inventory, unit, wanted)
        except (EmulatorError, InDoubtError) as error:
            return isinstance(error.__cause__ or error, EmulatorError)
        finally:
            unit.close()
        return False

    def desk(self) -> Desk:
        """Somebody with the unit in hand, without a cable to the station."""
        return Desk(open_engine("rp2040", self.token.unit()))


def pull(engine) -> None:
    """The cable is pulled."""
    engine.pico.unplug_usb()
    engine.pico.power_off()


def each_with(desk: Desk, do: Callable[[Desk], object]) -> object:
    """Do something at the desk, and switch the token off."""
    try:
        return do(desk)
    finally:
        desk.engine.close()
