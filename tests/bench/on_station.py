"""What a token takes at the station, made of a blank emulated Pico: each step in the chip's time and in ours."""

import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from figure import Figure

from host_tools.emulator.chip import MILLISECOND
from host_tools.engines import images
from host_tools.engines.open import open_engine
from host_tools.engines.rp2040 import PicoEngine
from host_tools.inventory import Inventory, Location
from host_tools.inventory.issuing import begin_batch
from host_tools.inventory.serials import Batch
from host_tools.simulator.folder import TokenFolder
from host_tools.station.desk import taken
from host_tools.station.ordering import Order
from host_tools.station.provision import Wanted, provision
from host_tools.station.receipt import Receipt
from host_tools.station.sealing import Step
from host_tools.station.units import emulated

BATCH = Batch("DS")
PLUG = "plug in, until it can be talked to"
WHOLE = "a unit, all in all"
HOST = "this machine"
OWN = (Step.ALLOT.value, Step.RECORD.value, Step.SETTLE.value)  # the station's work in the inventory


class Watch:
    """Notes both times at which each step began."""

    def __init__(self, engine: PicoEngine) -> None:
        self._engine = engine
        self.begun: list[tuple[str, float, float]] = []

    def begin(self, name: str) -> None:
        """Note it; milliseconds since the unit was switched on, and on this machine."""
        pico = self._engine.pico
        emulated_ms = 0.0 if pico is None else pico.chip.nanos / MILLISECOND
        self.begun.append((name, emulated_ms, time.perf_counter() * 1000))


def make(folder: Path, rounds: int) -> tuple[Receipt, Watch]:
    """Make one token by the code that serves a real port; `rounds` 0 for as many as the board itself chooses."""
    unit = TokenFolder.new_blank(folder / "unit", "pico")
    engine = open_engine(images.RP2040, unit.unit(seed=1))
    assert isinstance(engine, PicoEngine)
    watch = Watch(engine)
    order = Order("X", bytearray(b"472947"), rounds=rounds, must_change=True, keep_pin="letter")
    with Inventory.open(Location.inside(folder / "home")) as inventory:
        begin_batch(inventory, BATCH)
        watch.begin(PLUG)
        with taken(emulated(engine)) as plugged:
            receipt = provision(inventory, plugged, Wanted(order, prefix=BATCH.prefix), watch.begin)
            watch.begin("")
    return receipt, watch


def figures(rounds: int = 0) -> Iterator[Figure]:
    """Each step, and all of them. Raises EngineMissingError if there is no image."""
    images.find()
    with tempfile.TemporaryDirectory() as folder:
        receipt, watch = make(Path(folder), rounds)
    assert receipt.left_usb
    own = 0.0
    for (name, *begun), (_, *ended) in itertools.pairwise(watch.begun):
        emulated_ms, host_ms = (end - begin for begin, end in zip(begun, ended, strict=True))
        own += host_ms if name in OWN else 0
        yield Figure(name, emulated_ms, "ms", HOST, host_ms)
    (_, *begun), (_, *ended) = watch.begun[0], watch.begun[-1]
    whole_ms, host_ms = (end - begin for begin, end in zip(begun, ended, strict=True))
    yield Figure(WHOLE, whole_ms, "ms", HOST, host_ms)
    yield Figure(f"of it the inventory's: {', '.join(OWN)}", own, "ms here", WHOLE, whole_ms)
