"""A whole board in the test's own process, driven by whoever is asked each time the firmware waits.

Time is virtual, and passes in leaps while nothing happens. Thousands of walks through the application take seconds
each hundred, where a process for each would take minutes.
"""

import random
from collections.abc import Callable

from digitalio import DigitalInOut
from dsc.app import main
from dsc.crypto import kdf
from dsc.hal import EntropyError
from dsc.ui import oled, texts
from fakes.nor_flash import NorFlash, PowerCut
from host_tools.emulator.ssd1306 import SSD1306
from host_tools.engines.keys import position
from simulated.matrix import Matrix

LEAP_MS = 400  # while no key moves
STRIDE_MS = 5  # between two scans while one does
TAP_MS = 20  # a key is down, and up, for so long: as little as counts as a press
SEEN_MS = 16  # after which it has been seen that a key is down, or up
HOLD_MS = 1100
STEPS_PER_MOMENT = 10_000  # of the firmware, without a wait among them


class BoardReset(BaseException):
    """The board restarts: nothing of the firmware may catch this."""


class PowerOff(BaseException):
    """The power is switched off, and on again."""


class WalkEnded(BaseException):
    """The walk is over: the power is switched off."""


class NeverWaitsError(AssertionError):
    """The firmware did not come to a wait within a bounded number of steps."""


class _Clock:
    def __init__(self, board: "WalkedBoard") -> None:
        self._board = board
        self._now = 0

    def now(self) -> int:
        return self._now

    def sleep(self, milliseconds: int) -> None:
        board = self._board
        end = self._now + milliseconds
        while board.next_at <= end:
            self._now = max(self._now, board.next_at)
            board.act()
        seen = self._now >= board.moved_at + SEEN_MS
        self._now = max(end, self._now, min(board.next_at - 1, self._now + (LEAP_MS if seen else STRIDE_MS)))


class _Bus:
    def __init__(self, panel: SSD1306) -> None:
        self._panel = panel

    def writeto(self, address, data):
        if address != oled.ADDRESS:
            raise OSError(5)
        self._panel.write(bytes(data))

    def readfrom_into(self, address, buffer):
        raise OSError(5)


class _Entropy:
    failed = ""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def read(self, length):
        if self.failed:
            raise EntropyError(self.failed)
        return bytearray(self._random.randbytes(length))

    def read_untested(self, length):
        return bytearray(self._random.randbytes(length))

    def stir(self):
        pass


class _Identity:
    board = "simulated"
    build = ""
    unsealable = ""

    def __init__(self, uid: bytes, secure: bool) -> None:
        self.uid = uid
        self.secure = secure


class _Kdf:
    default_rounds = 1
    least_rounds = 1

    def __init__(self) -> None:
        self.witness: Callable[[bytes, bytes], None] = lambda password, salt: None

    def pbkdf2_sha256(self, password, salt, rounds, length, progress=None):
        self.witness(bytes(password), bytes(salt))
        return kdf.pbkdf2_sha256(password, salt, rounds, length, progress)


class _Power:
    def __init__(self, board: "WalkedBoard") -> None:
        self._board = board

    def sleep_until_key(self, columns):
        board = self._board
        board.asleep = True
        board.naps += 1
        try:
            while all(column.value for column in columns):
                board.clock.sleep(1)
        finally:
            board.asleep = False

    def clean_memory(self):
        pass

    def reset(self):
        raise BoardReset

    def failure(self):
        return ""

    def battery(self):
        return self._board.millivolts


class _Nothing:
    """A watchdog, a link, a buzzer that nobody looks at."""

    present = True

    def feed(self):
        pass

    def tick(self):
        pass

    def open(self):
        pass

    def close(self):
        pass

    def read(self):
        return b""

    def write(self, data):
        pass


class _Wall:
    def __init__(self, seconds: int | None) -> None:
        self._seconds = seconds

    def read(self):
        return self._seconds

    def set(self, seconds):
        self._seconds = seconds


class _Keys:
    def __init__(self, matrix: Matrix) -> None:
        self.rows = [DigitalInOut(pin) for pin in matrix.rows]
        self.columns = [DigitalInOut(pin) for pin in matrix.columns]


class WalkedBoard:
    """All ports over `flash`; `hand` is called at each moment that it asked for last, and returns the ms to the next.

    It presses and releases keys by `press` and `release`, and ends the walk by raising WalkEnded.
    """

    def __init__(
        self,
        flash: NorFlash,
        uid: bytes,
        hand: "Callable[[WalkedBoard], int]",
        secret: bytes | None = None,
        wall: int | None = None,
        height: int = 64,
    ) -> None:
        self.flash = flash
        self._hand = hand
        self._secret = secret
        self._height = height
        self.next_at = 1
        self.moved_at = 0  # when a key moved last
        self.naps = 0
        self.asleep = False
        self.millivolts = 5000
        self.errors: list[BaseException] = []
        self.panel = SSD1306()
        self.clock = _Clock(self)
        self.matrix = Matrix(self.clock, 0)
        self.keys = _Keys(self.matrix)
        self.entropy = _Entropy(flash.operations)
        self.identity = _Identity(uid, secret is not None)
        self.power = _Power(self)
        self.kdf = _Kdf()
        self.watchdog = self.link = self.buzzer = _Nothing()
        self.wall = _Wall(wall)

    def act(self) -> None:
        """Ask the hand what to do, and when again."""
        self.next_at = self.clock.now() + max(1, self._hand(self))

    def press(self, key: str) -> None:
        self.matrix.press(*position(key))
        self.moved_at = self.clock.now()

    def release(self, key: str) -> None:
        self.matrix.release(*position(key))
        self.moved_at = self.clock.now()

    def open_display(self):
        return oled.open_display(_Bus(self.panel), height=self._height)

    def secret(self) -> bytearray:
        assert self._secret is not None
        return bytearray(self._secret)

    def report(self, error):
        self.errors.append(error)


def live(board: WalkedBoard) -> str:
    """Switch the board on, and let the firmware run until the board goes off; returns why it did."""
    texts.use(texts.ENGLISH)  # what a module remembers goes with the power
    try:
        main.run(board)
    except BoardReset:
        return "reset"
    except PowerCut:
        return "cut"
    except PowerOff:
        return "off"
    except WalkEnded:
        return "ended"
    raise AssertionError("the firmware left its application")
