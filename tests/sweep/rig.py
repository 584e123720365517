"""One emulated Pico with the real image, taken back for each flash that it boots from, to a moment before it reads it.

That moment is found by booting from a region of zeros and from one of ones: until the board differs in anything, time,
registers or memory, nothing that the region holds has had any effect, and every boot is the same. That is the longer
part of a boot: the interpreter's own start, and the self-test.
"""

from ast import literal_eval
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from fakes import units
from host_tools.emulator.pico import Pico
from host_tools.emulator.power_cuts import Tear, torn
from host_tools.emulator.serial_port import EmulatedSerial, open_transport
from host_tools.emulator.snapshot import Snapshot
from host_tools.engines.rp2040 import PLUG_MS, PicoEngine
from host_tools.engines.unit import FLASH_SIZE
from host_tools.simulator.screen_reader import Screen, read_screen

# What the REPL of a blank token is given, so that code can be run on the image's own port to its own flash, and so that
# the factory screen's timer takes no more of its time.
PREPARE = """
from dsc.app import factory
factory._waiting._token.board.link._timer.deinit()
from dsc.protocol import records
from dsc.vault.store import Vault
from pico.board import Watchdog
from pico.flash import Flash
flash = Flash(Watchdog())
"""


PATIENCE_S = 60  # with the REPL
STEP_MS = 1
LONGEST_BOOT_MS = 500  # until the region is read


@dataclass(frozen=True)
class Torn:
    """An operation at `offset` of the region that was to lead from `before` to `after`, and how it was torn."""

    offset: int
    before: bytes
    after: bytes
    how: Tear


@dataclass(frozen=True)
class State:
    """What a region of flash holds: the cells before an operation, and that operation, if it was torn."""

    cells: bytes
    torn: Torn | None = None

    def image(self) -> bytes:
        """The region as it reads, but for bits in doubt."""
        if self.torn is None:
            return self.cells
        begin, length = self.torn.offset, len(self.torn.before)
        left = torn(self.torn.before, self.torn.after, self.torn.how.seed, self.torn.how.changed)
        return self.cells[:begin] + left + self.cells[begin + length :]

    @property
    def certain(self) -> bool:
        """Whether no bit is in doubt."""
        return self.torn is None or not self.torn.how.doubtful


@dataclass(frozen=True)
class Boot:
    """How a boot ended: what is shown, what the region holds, bits in doubt by their offset, operations since then."""

    text: str
    cells: bytes
    doubtful: tuple[tuple[int, int], ...]
    operations: int


class ReplError(Exception):
    """Code on the board's REPL has raised something; the text is its traceback."""


class Rig:
    """The board, with or without power; runs are told apart by who calls what."""

    def __init__(self, image: Path, folder: Path) -> None:
        self._engine = PicoEngine(units.blank_unit(folder), image)
        self._engine.on_wired.append(self._keep_power_on)
        self._power_on: Snapshot | None = None
        self._repl: Snapshot | None = None
        self._engine.power_on()
        self.boots = 0
        self._first_read = self._before_the_first_read()

    @property
    def engine(self) -> PicoEngine:
        """The engine, to press keys with."""
        return self._engine

    def new_link(self) -> PicoEngine:
        """The engine, with nothing at the other end of the cable yet."""
        self._engine._link = None
        return self._engine

    @property
    def pico(self) -> Pico:
        """The board itself, always the same one."""
        pico = self._engine.pico
        assert pico is not None
        return pico

    @property
    def region(self) -> int:
        """Where in the chip the vault's region begins."""
        return self.pico.flash.size - FLASH_SIZE

    def put(self, state: State, *, whole: bool = False) -> None:
        """Be at the last moment at which all boots are the same, with this in the flash; if `whole`, at power-on."""
        kept = self._power_on if whole else self._first_read
        assert kept is not None
        self.pico.restore(kept)
        self._load(state)

    def boot(self, state: State, *, whole: bool = False) -> Boot:
        """Boot with this in the flash, until keys are waited for."""
        self.put(state, whole=whole)
        return self.wait()

    def boot_again(self) -> Boot:
        """Take the power away, if it is there, and bring it back: the flash is as it was left."""
        self.pico.power_off()
        self._engine.display.reset()
        self.pico.power_on()
        return self.wait()

    def wait(self) -> Boot:
        """Run from a power-on until keys are waited for."""
        self.boots += 1
        before = self.pico.flash.operations
        self._engine.settle()
        assert not self._engine.faults, "the firmware writes outside its region"
        doubtful = tuple((offset - self.region, bits) for offset, bits in self.pico.flash.doubtful.items())
        return Boot(self.screen().text, self.cells(), doubtful, self.pico.flash.operations - before)

    def screen(self) -> Screen:
        """What is shown."""
        return read_screen(self._engine.frame())

    def cells(self) -> bytes:
        """What the region holds."""
        return bytes(self.pico.flash.data[self.region :])

    def run(self, code: str) -> str:
        """Run code on the board's REPL, after `put_at_repl`; what it prints. Raises ReplError if it raises."""
        said, error = self._transport.exec_raw(code, timeout=PATIENCE_S)
        if error:
            raise ReplError(error.decode())
        return str(said.decode())

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, a literal, on that REPL."""
        return literal_eval(self.run(f"print(repr({expression}))"))

    def put_at_repl(self, state: State) -> None:
        """Be at the REPL of a blank board, with this in the flash that was blank at power-on."""
        if self._repl is None:
            self.boot(State(b"\xff" * FLASH_SIZE))
            self.pico.plug_usb()
            assert self.pico.chip.run_until(lambda: self.pico.usb.connected, PLUG_MS * 1e6)
            self._transport = open_transport(EmulatedSerial(self.pico.usb, self.pico.run))
            self._transport.enter_raw_repl(soft_reset=False)
            self.run(PREPARE)
            self._repl = self.pico.snapshot()
        self.pico.restore(self._repl)
        self._load(state)

    def close(self) -> None:
        """Release the file of the engine."""
        self._engine.close()

    def _keep_power_on(self, pico: Pico) -> None:
        pico.power_on()
        self._power_on = pico.snapshot()

    def _before_the_first_read(self) -> Snapshot:
        moments = [list(self._moments(bytes([value]) * FLASH_SIZE)) for value in (0x00, 0xFF)]
        steps = next(step for step, (zeros, ones) in enumerate(zip(*moments, strict=True)) if zeros != ones)
        self.put(State(bytes(FLASH_SIZE)), whole=True)
        for _ in range(steps):
            self.pico.run(STEP_MS)
        return self.pico.snapshot()

    def _moments(self, cells: bytes) -> Iterator[tuple[int, tuple[int, ...], int]]:
        """All that can have changed on the board after each STEP_MS of a boot: cycles, registers, memory."""
        self.put(State(cells), whole=True)
        core, memory = self.pico.chip.mcu.core, self.pico.chip.mcu.sram
        for _ in range(LONGEST_BOOT_MS // STEP_MS):
            self.pico.run(STEP_MS)
            yield self.pico.chip.cycles, tuple(core.registers), crc32(memory)

    def _load(self, state: State) -> None:
        flash = self.pico.flash
        flash.write(self.region, state.cells)
        if state.torn:
            flash.tear(self.region + state.torn.offset, state.torn.before, state.torn.after, state.torn.how)
        flash.power_on()
