"""NOR flash that enforces its rules, counts operations, and loses power at any of them, in any way."""

import random
from collections.abc import Callable

PAGE = 256
SECTOR = 4096

# How an interrupted operation leaves the bits that it was to change: given the length of the page or sector in
# bytes, two masks of that length: the bits that did change, and those that read differently each time.
Tear = Callable[[int], tuple[bytes, bytes]]

# How a boot reads bits in doubt.
SET, CLEAR, RANDOM = "set", "clear", "random"


class PowerCut(BaseException):
    """Power failed: no code of the firmware may catch this."""


class NorRuleError(AssertionError):
    """The firmware asked for what NOR flash cannot do."""


class NorFlash:
    """A Flash port. `power_on` is a boot; `cut` plans the end of the present one."""

    def __init__(self, size: int = 16 * SECTOR, image: bytes | None = None, seed: int = 0) -> None:
        self.size = size
        self.cells = bytearray(image if image is not None else b"\xff" * size)
        self.operations = 0
        self.reads = 0
        self.wear = [0] * (size // SECTOR)
        self.broken: set[int] = set()  # sectors that keep nothing any more
        self.doubt = RANDOM
        self._doubtful = bytearray(size)
        self._random = random.Random(seed)
        self._dead = False
        self._cut_at = 0
        self._tear: Tear | None = None
        self._after = False

    def copy(self) -> "NorFlash":
        """An equal flash, powered on, with no cut planned; its noise will be the same."""
        other = NorFlash(self.size, bytes(self.cells))
        other._random.setstate(self._random.getstate())
        other._doubtful[:] = self._doubtful
        other.broken = set(self.broken)
        other.doubt = self.doubt
        return other

    def cut(self, operation: int, tear: Tear | None = None, after: bool = False) -> None:
        """Lose power before the n-th operation from now, or while it tears, or right after it."""
        self._cut_at, self._tear, self._after = self.operations + operation, tear, after

    def power_on(self, doubt: str = RANDOM) -> None:
        """Boot; bits in doubt read as told until they are written again."""
        self._dead = False
        self._cut_at = 0
        self.doubt = doubt

    def read(self, offset: int, length: int) -> bytes:
        self._alive()
        self._in_region(offset, length)
        self.reads += 1
        data = bytearray(self.cells[offset : offset + length])
        doubtful = self._doubtful[offset : offset + length]
        if any(doubtful):
            noise = {SET: b"\xff" * length, CLEAR: bytes(length)}.get(self.doubt) or self._random.randbytes(
                length
            )
            for index, mask in enumerate(doubtful):
                data[index] = data[index] & ~mask | noise[index] & mask
        return bytes(data)

    def program(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        self._alive()
        self._in_region(offset, PAGE)
        if offset % PAGE or len(data) != PAGE:
            raise NorRuleError("program takes one whole page")
        old, doubtful, new = (
            self._number(self.cells, offset, PAGE),
            self._number(self._doubtful, offset, PAGE),
            0,
        )
        new = int.from_bytes(data, "big")
        if new & ~old & ~doubtful:
            raise NorRuleError(f"program would set a bit at 0x{offset:x}")
        self._change(offset, PAGE, (old | doubtful) & ~new, 0)

    def erase(self, offset: int) -> None:
        self._alive()
        self._in_region(offset, SECTOR)
        if offset % SECTOR:
            raise NorRuleError("erase takes one whole sector")
        self.wear[offset // SECTOR] += 1
        ones = (1 << 8 * SECTOR) - 1
        cells, doubtful = (
            self._number(self.cells, offset, SECTOR),
            self._number(self._doubtful, offset, SECTOR),
        )
        self._change(offset, SECTOR, (ones ^ cells) | doubtful, ones)

    def _change(self, offset: int, length: int, targets: int, value: int) -> None:
        """Bring the target bits to a value (all zeros or all ones), or only some of them."""
        self.operations += 1
        doubted = 0
        cut = self.operations == self._cut_at
        if cut and not self._after:
            changed, shaky = self._tear(length) if self._tear else (bytes(length), bytes(length))
            doubted = targets & int.from_bytes(shaky, "big")
            targets &= int.from_bytes(changed, "big") | doubted
        if offset // SECTOR in self.broken:
            targets = 0
        cells = self._number(self.cells, offset, length) & ~targets | value & targets
        doubtful = self._number(self._doubtful, offset, length) & ~targets | doubted
        self.cells[offset : offset + length] = cells.to_bytes(length, "big")
        self._doubtful[offset : offset + length] = doubtful.to_bytes(length, "big")
        if cut:
            self._dead = True
            raise PowerCut

    def _number(self, data: bytearray, offset: int, length: int) -> int:
        return int.from_bytes(data[offset : offset + length], "big")

    def _alive(self) -> None:
        if self._dead:
            raise PowerCut

    def _in_region(self, offset: int, length: int) -> None:
        if not 0 <= offset <= offset + length <= self.size:
            raise NorRuleError(f"0x{offset:x} is outside the region")


def part(start: float, end: float) -> Tear:
    """The bits of this part of the page or sector changed, the others did not."""

    def tear(length: int) -> tuple[bytes, bytes]:
        first, last = int(length * start), int(length * end)
        return bytes(first) + b"\xff" * (last - first) + bytes(length - last), bytes(length)

    return tear


def stripes(mask: int) -> Tear:
    """The bits of this mask changed in every byte."""
    return lambda length: (bytes([mask]) * length, bytes(length))


def doubtful(mask: int = 0xFF) -> Tear:
    """The bits of this mask are in doubt in every byte, the others changed."""
    return lambda length: (bytes([~mask & 0xFF]) * length, bytes([mask]) * length)


def noise(seed: int, doubt: bool) -> Tear:
    """A random subset changed; a random subset is in doubt if wanted."""

    def tear(length: int) -> tuple[bytes, bytes]:
        source = random.Random(seed)
        return source.randbytes(length), source.randbytes(length) if doubt else bytes(length)

    return tear


TEARS: dict[str, Tear] = {
    "front": part(0, 0.5),
    "back": part(0.5, 1),
    "first-bytes": part(0, 0.02),
    "all-but-the-first-bytes": part(0.02, 1),
    "odd-bits": stripes(0x55),
    "high-bits": stripes(0xF0),
    "all-in-doubt": doubtful(),
    "low-bits-in-doubt": doubtful(0x0F),
    "one-bit-in-doubt": doubtful(0x10),
    "noise": noise(1, False),
    "noise-in-doubt": noise(2, True),
}
