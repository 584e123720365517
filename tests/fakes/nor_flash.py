"""NOR flash that behaves as the real chip does, loses power at any operation, in any way, and wears out.

Runs under CPython and under MicroPython. `NorChip` is the chip of the W25Q family: it does what it is told. `NorFlash`
is the port that the firmware sees: it refuses what would make no sense on such a chip.
"""

from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    # How an interrupted operation leaves the bits that it was to change: given these bits as a mask of the page or
    # sector, two masks of the same length: the bits that did change, and those that are in doubt from now on.
    Tear = Callable[[bytes], tuple[bytes, bytes]]

PAGE = 256
SECTOR = 4096

_ZEROS = bytes(PAGE)
_ONES = b"\xff" * PAGE
_ALL = {length: (1 << 8 * length) - 1 for length in (PAGE, SECTOR)}

# How a boot reads bits in doubt: all alike; by chance, each time anew; by chance, but the same until the next boot;
# or set once on each page and clear ever after, as a sector does that was not erased for long enough.
SET, CLEAR, RANDOM, STEADY, FADING = "set", "clear", "random", "steady", "fading"
DOUBTS = (SET, CLEAR, RANDOM, STEADY, FADING)


class PowerCut(BaseException):
    """Power failed: no code of the firmware may catch this."""


class NorRuleError(AssertionError):
    """The firmware asked for what NOR flash cannot do, or what it would do in another way."""


def random_bytes(seed: object, length: int) -> bytes:
    """Return bytes that look random, and are the same for the same seed on every interpreter."""
    blocks = [sha256(f"{seed} {number}".encode()).digest() for number in range((length + 31) // 32)]
    return b"".join(blocks)[:length]


class NorChip:
    """The chip. `power_on` is a boot; `cut` plans the end of the present one."""

    def __init__(
        self, size: int = 16 * SECTOR, image: "bytes | None" = None, seed: int = 0, endurance: int = 0
    ) -> None:
        self.size = size
        self.cells = bytearray(image if image is not None else b"\xff" * size)
        self.doubtful: dict[int, bytes] = {}  # by page: the bits in doubt, as far as there are any
        self.doubt = RANDOM
        self.operations = 0
        self.reads = 0
        self.wear = [0] * (size // SECTOR)  # erases by sector
        self.endurance = endurance  # erases that a sector stands; 0: any number
        self.broken: set[int] = set()  # sectors that keep nothing any more
        self.seed = seed
        self._noises = 0
        self._boots = 0
        self._seen: set[int] = set()
        self._dead = False
        self._cut_at = 0
        self._tear: Tear | None = None
        self._after = False

    def copy(self) -> "NorChip":
        """Return an equal flash, powered on, with no cut planned; its noise will be the same."""
        other = type(self)(self.size, bytes(self.cells), self.seed, self.endurance)
        other.doubtful = dict(self.doubtful)
        other.doubt = self.doubt
        other.wear = list(self.wear)
        other.broken = set(self.broken)
        other._noises = self._noises
        other._boots = self._boots
        other._seen = set(self._seen)
        return other

    def cut(self, operation: int, tear: "Tear | None" = None, after: bool = False) -> None:
        """Lose power before the n-th operation from now, or while it tears, or right after it."""
        self._cut_at, self._tear, self._after = self.operations + operation, tear, after

    def power_on(self, doubt: str = RANDOM) -> None:
        """Boot; bits in doubt read as told until they are programmed again or erased."""
        self._dead = False
        self._cut_at = 0
        self._boots += 1
        self._seen = set()
        self.doubt = doubt

    def read(self, offset: int, length: int) -> bytes:
        self._alive()
        self._in_region(offset, length)
        self.reads += 1
        data = self.cells[offset : offset + length]
        if self.doubtful:
            for page in range(offset // PAGE, (offset + length + PAGE - 1) // PAGE):
                if page in self.doubtful:
                    self._disturb(data, page, offset)
        return bytes(data)

    def is_blank(self, offset: int, length: int) -> bool:
        return self.read(offset, length) == b"\xff" * length

    def page_program(self, address: int, data: "bytes | bytearray | memoryview") -> None:
        """Clear the bits that are clear in `data`; what goes beyond the page wraps to its start.

        Of more than 256 bytes the last 256 count. A bit that is clear already stays so, whatever the data say.
        """
        self._alive()
        self._in_region(address, 1)
        start = address % PAGE
        if start or len(data) != PAGE:
            image = bytearray(_ONES)
            for index, value in enumerate(data):
                image[(start + index) % PAGE] = value
            data = image
        offset = address - start
        wanted = int.from_bytes(data, "big") ^ _ALL[PAGE]
        cells = int.from_bytes(self.cells[offset : offset + PAGE], "big")
        # Bits that are solid zeros already do not change, and no cut can hurt them.
        self._change(offset, PAGE, wanted & (cells | self._doubt(offset, PAGE)), False)

    def sector_erase(self, address: int) -> None:
        """Set all bits of the sector in which the address is."""
        self._alive()
        self._in_region(address, 1)
        offset = address - address % SECTOR
        sector = offset // SECTOR
        self.wear[sector] += 1
        if self.endurance and self.wear[sector] > self.endurance:
            self.broken.add(sector)
        cells = int.from_bytes(self.cells[offset : offset + SECTOR], "big")
        self._change(offset, SECTOR, (cells ^ _ALL[SECTOR]) | self._doubt(offset, SECTOR), True)

    def _change(self, offset: int, length: int, targets: int, value: bool) -> None:
        """Bring the target bits to a value, or only some of them if power fails."""
        self.operations += 1
        doubted = 0
        cut = self.operations == self._cut_at
        if cut and not self._after:
            masks = self._tear(targets.to_bytes(length, "big")) if self._tear else (b"\x00", b"\x00")
            doubted = targets & int.from_bytes(masks[1], "big")
            targets &= int.from_bytes(masks[0], "big") | doubted
        if offset // SECTOR in self.broken:
            targets = doubted = 0
        if targets:
            self._set(offset, length, targets, value, doubted)
        if cut:
            self._dead = True
            raise PowerCut

    def _set(self, offset: int, length: int, targets: int, value: bool, doubted: int) -> None:
        cells = int.from_bytes(self.cells[offset : offset + length], "big") | targets
        if not value:
            cells ^= targets
        self.cells[offset : offset + length] = cells.to_bytes(length, "big")
        doubtful = self._doubt(offset, length)
        if doubtful or doubted:
            masks = ((doubtful | targets) ^ targets | doubted).to_bytes(length, "big")
            for start in range(0, length, PAGE):
                mask = masks[start : start + PAGE]
                page = (offset + start) // PAGE
                if mask != _ZEROS:
                    self.doubtful[page] = mask
                elif page in self.doubtful:
                    del self.doubtful[page]

    def _doubt(self, offset: int, length: int) -> int:
        """Return the bits in doubt of a page or sector."""
        if not self.doubtful:
            return 0
        pages = range(offset // PAGE, (offset + length) // PAGE)
        return int.from_bytes(b"".join([self.doubtful.get(page, _ZEROS) for page in pages]), "big")

    def _disturb(self, data: bytearray, page: int, offset: int) -> None:
        """Replace the bits in doubt of a page in what was read from `offset` on."""
        if self.doubt == RANDOM:
            self._noises += 1
            noise = random_bytes((self.seed, self._noises), PAGE)
        elif self.doubt == STEADY:
            noise = random_bytes((self.seed, "boot", self._boots, page), PAGE)
        elif self.doubt == SET or (self.doubt == FADING and page not in self._seen):
            noise = _ONES
        else:
            noise = _ZEROS
        self._seen.add(page)
        start = page * PAGE
        cells = int.from_bytes(self.cells[start : start + PAGE], "big")
        mask = int.from_bytes(self.doubtful[page], "big")
        mixed = (cells | mask) ^ mask | int.from_bytes(noise, "big") & mask
        first, last = max(start, offset), min(start + PAGE, offset + len(data))
        data[first - offset : last - offset] = mixed.to_bytes(PAGE, "big")[first - start : last - start]

    def _alive(self) -> None:
        if self._dead:
            raise PowerCut

    def _in_region(self, offset: int, length: int) -> None:
        if not 0 <= offset <= offset + length <= self.size:
            raise NorRuleError(f"0x{offset:x} is outside the region")


class NorFlash(NorChip):
    """A Flash port on such a chip: whole pages, whole sectors, and no hope of setting a bit by programming."""

    def program(self, offset: int, data: "bytes | bytearray | memoryview") -> None:
        self._alive()
        self._in_region(offset, PAGE)
        if offset % PAGE or len(data) != PAGE:
            raise NorRuleError("program takes one whole page: anything else wraps around in it")
        zeros = int.from_bytes(self.cells[offset : offset + PAGE], "big") | self._doubt(offset, PAGE)
        if int.from_bytes(data, "big") & (zeros ^ _ALL[PAGE]):
            raise NorRuleError(f"program would set a bit at 0x{offset:x}")
        self.page_program(offset, data)

    def erase(self, offset: int) -> None:
        self._alive()
        self._in_region(offset, SECTOR)
        if offset % SECTOR:
            raise NorRuleError("erase takes one whole sector")
        self.sector_erase(offset)


def part(start: float, end: float, doubt: bool = False) -> "Tear":
    """Of the bytes to be changed, those from one share to the other changed; the others did not, or are in doubt."""

    def tear(targets: bytes) -> "tuple[bytes, bytes]":
        length = len(targets)
        lead = length - len(targets.lstrip(b"\x00"))
        span = len(targets.strip(b"\x00"))
        first, last = lead + int(span * start), lead + int(span * end)
        changed = bytes(first) + b"\xff" * (last - first) + bytes(length - last)
        doubtful = b"\xff" * first + bytes(last - first) + b"\xff" * (length - last)
        return changed, doubtful if doubt else bytes(length)

    return tear


def weak_part(start: float, end: float) -> "Tear":
    """Of the bytes to be changed, those from one share to the other are in doubt; the others did not change."""
    whole = part(start, end)
    return lambda targets: (bytes(len(targets)), whole(targets)[0])


def stripes(mask: int) -> "Tear":
    """The bits of this mask changed in every byte."""
    return lambda targets: (bytes([mask]) * len(targets), bytes(len(targets)))


def doubtful(mask: int = 0xFF) -> "Tear":
    """The bits of this mask are in doubt in every byte, the others changed."""
    return lambda targets: (bytes([~mask & 0xFF]) * len(targets), bytes([mask]) * len(targets))


def one_bit(last: bool, doubt: bool) -> "Tear":
    """All but the first bit to be changed did change, or all but the last one; that one is in doubt, or as it was."""

    def tear(targets: bytes) -> "tuple[bytes, bytes]":
        length = len(targets)
        place = len(targets.rstrip(b"\x00")) - 1 if last else length - len(targets.lstrip(b"\x00"))
        if not 0 <= place < length:
            return bytes(length), bytes(length)
        bit = targets[place] & -targets[place] if last else 1 << len(bin(targets[place])) - 3
        alone = bytes(place) + bytes([bit]) + bytes(length - place - 1)
        others = b"\xff" * place + bytes([bit ^ 0xFF]) + b"\xff" * (length - place - 1)
        return others, alone if doubt else bytes(length)

    return tear


def noise(seed: int, doubt: bool, shares: int = 1) -> "Tear":
    """A random half of the bits changed, or a half of a half …; a random half is in doubt if wanted."""
    made: dict[int, tuple[bytes, bytes]] = {}

    def tear(targets: bytes) -> "tuple[bytes, bytes]":
        length = len(targets)
        if length not in made:
            changed = _ALL.get(length) or (1 << 8 * length) - 1
            for share in range(shares):
                changed &= int.from_bytes(random_bytes((seed, share), length), "big")
            shaky = random_bytes((seed, "doubt"), length) if doubt else bytes(length)
            made[length] = changed.to_bytes(length, "big"), shaky
        return made[length]

    return tear


TEARS: "dict[str, Tear]" = {
    "front": part(0, 0.5),
    "back": part(0.5, 1),
    "first-bytes": part(0, 0.02),
    "all-but-the-first-bytes": part(0.02, 1),
    "all-but-one-bit": one_bit(last=True, doubt=False),
    "odd-bits": stripes(0x55),
    "high-bits": stripes(0xF0),
    "noise": noise(1, False),
    "sparse-noise": noise(2, False, shares=4),
    "all-in-doubt": doubtful(),
    "low-bits-in-doubt": doubtful(0x0F),
    "one-bit-in-doubt": doubtful(0x10),
    "first-bit-in-doubt": one_bit(last=False, doubt=True),
    "last-bit-in-doubt": one_bit(last=True, doubt=True),
    "back-in-doubt": part(0, 0.5, doubt=True),
    "all-but-the-first-bytes-in-doubt": weak_part(0.02, 1),
    "noise-in-doubt": noise(3, True),
}
