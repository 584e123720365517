"""What the vault takes of a person's time on the emulated Pico, by the image's own code and in the chip's own time."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from figure import Figure

from host_tools.emulator.chip import MILLISECOND
from host_tools.emulator.nor_flash import ERASE, ERASE_NANOS, PROGRAM, PROGRAM_NANOS, SECTOR, FlashOperation
from host_tools.engines import images
from sweep import starts
from sweep.rig import Rig, State

CREDENTIALS = 64
CHIP = (
    f"the W25Q16JV's typical times: {PROGRAM_NANOS / MILLISECOND} ms for a page program, "
    f"{ERASE_NANOS[SECTOR] / MILLISECOND:.0f} ms for a sector erase"
)

# The board takes the time itself: the REPL's own way over USB is not in it.
STOPWATCH = """
import gc, time
def took(call):
    gc.collect()
    begun = time.ticks_us()
    call()
    return time.ticks_diff(time.ticks_us(), begun)
def read_all():
    for page in range(0, flash.size, 256):
        flash.read(page, 256)
page = bytearray(256)
"""
MOUNT = "vault = Vault.mount(flash)"
ADVANCE = f"lambda: vault.advance_counter({starts.identity(0)})"


class Board:
    """The rig at a REPL, whose calls are timed; `operations` are those of the last call."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.operations: list[FlashOperation] = []

    def put(self, cells: bytes) -> None:
        """Have this in the flash."""
        self._rig.put_at_repl(State(cells))
        self._rig.pico.flash.on_operation.append(lambda operation: self.operations.append(operation))
        self._rig.run(STOPWATCH)

    def run(self, code: str) -> None:
        """Run code that is not timed."""
        self._rig.run(code)

    def took(self, call: str) -> float:
        """How long it takes to call that, in milliseconds."""
        self.operations.clear()
        return self._rig.evaluate(f"took({call})") / 1000

    def flash_alone(self) -> tuple[str, float]:
        """What the operations of the last call were, and how long they take the chip, in milliseconds."""
        kinds = [operation.kind for operation in self.operations]
        words = f"its {kinds.count(PROGRAM)} programs and {kinds.count(ERASE)} erases alone"
        return words, sum(operation.nanos for operation in self.operations) / MILLISECOND


def _figures(board: Board) -> Iterator[Figure]:
    board.put(starts.blank())
    read = board.took("read_all")
    program = board.took("lambda: flash.program(0, page)")
    erase = board.took("lambda: flash.erase(0)")
    yield Figure("read the region, page by page", read, "ms")
    yield Figure("program a page", program, "ms", "the chip alone", PROGRAM_NANOS / MILLISECOND)
    yield Figure("erase a sector", erase, "ms", "the chip alone", ERASE_NANOS[SECTOR] / MILLISECOND)
    for credentials in (1, CREDENTIALS):
        board.put(starts.sealed(credentials))
        mount = board.took("lambda: Vault.mount(flash)")
        plural = "s" if credentials > 1 else ""
        yield Figure(
            f"open a vault of {credentials} credential{plural}", mount, "ms", "reading the region", read
        )
    board.run(MOUNT)
    yield Figure("commit a counter: a mark", board.took(ADVANCE), "ms", "programming a page", program)
    board.put(starts.marks_spent(CREDENTIALS))
    board.run(MOUNT)
    yield Figure("commit a counter: a new record", board.took(ADVANCE), "ms", "programming a page", program)
    board.put(starts.sealed(CREDENTIALS))
    board.run(MOUNT)
    compaction = board.took("vault.compact")
    yield Figure(f"compact {CREDENTIALS} credentials", compaction, "ms", *board.flash_alone())


def figures() -> list[Figure]:
    """All of them. Raises EngineMissingError if there is no image."""
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(images.find(), Path(folder))
        try:
            return list(_figures(Board(rig)))
        finally:
            rig.close()
