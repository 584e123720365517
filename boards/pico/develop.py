"""The firmware from its sources on a stock MicroPython, for people who change it: with a REPL, and never sealed."""

# Before the rest: compiled on the board, later, it would leave no piece of memory large enough for a frame.
import dsc.app.factory  # noqa: F401
from dsc.app import main
from dsc.hal import FlashError
from pico.board import Board, Identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc import hal

SIZE = 64 * 1024
PAGE = 256
SECTOR = 4096
REASON = (
    "this is a development set-up: its REPL stays open and reads every key; flash the image to seal a token"
)


class MemoryFlash:
    """A region in RAM that behaves like NOR flash: stock MicroPython has its file system where the vault would be.

    Sectors are kept once they are programmed; the others read as erased.
    """

    size = SIZE

    def __init__(self) -> None:
        self._sectors: dict[int, bytearray] = {}

    def read(self, offset: int, length: int) -> bytes:
        if offset < 0 or length < 0 or offset + length > SIZE:
            raise FlashError("read", offset, "outside the region")
        data = bytearray(b"\xff" * length)
        for i in range(length):
            sector = self._sectors.get((offset + i) // SECTOR)
            if sector:
                data[i] = sector[(offset + i) % SECTOR]
        return bytes(data)

    def is_blank(self, offset: int, length: int) -> bool:
        return self.read(offset, length) == b"\xff" * length

    def program(self, offset: int, data: "hal.Buffer") -> None:
        if offset % PAGE or len(data) != PAGE or not 0 <= offset < SIZE:
            raise FlashError("program", offset, "takes one whole page of %d bytes in the region" % PAGE)
        sector = self._sectors.setdefault(offset // SECTOR, bytearray(b"\xff" * SECTOR))
        for i in range(PAGE):
            sector[offset % SECTOR + i] &= data[i]

    def erase(self, offset: int) -> None:
        if offset % SECTOR or not 0 <= offset < SIZE:
            raise FlashError("erase", offset, "takes one whole sector of %d bytes in the region" % SECTOR)
        self._sectors.pop(offset // SECTOR, None)


def run() -> None:
    """Show the factory screen and come back to the REPL, where `dsc.app.factory.serve()` serves a station."""
    board = Board(Identity("pico-dev", "", REASON), MemoryFlash())
    waiting = main.start(board)
    if waiting:
        board.lend_time(waiting.tick)
