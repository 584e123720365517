"""The 4x4 keypad: scanning in random order, debouncing, ghost rejection, long presses."""

from adafruit_matrixkeypad import Matrix_Keypad

from digitalio import Direction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.hal import Clock, Entropy, KeyMatrix

OK = "OK"
CLEAR = "CLR"
LAYOUT = (
    ("1", "2", "3", "A"),
    ("4", "5", "6", "B"),
    ("7", "8", "9", "C"),
    (CLEAR, "0", OK, "D"),
)

PRESS = "press"
HOLD = "hold"

SCAN_MS = 2  # between two scans
EQUAL_SCANS = 3  # at least, that make a state of the keys believable
STEADY_MS = 10  # for which they must agree: contacts may bounce for so long
HOLD_MS = 1000  # after which a key that is kept down counts as held
ABSORB_MS = 100
RELEASE_MS = 10_000


class Keypad:
    """Turns the lines of a key matrix into key events.

    The driver scans rows in list order; that order is drawn anew for each scan, so that what the lines
    radiate does not tell which row answered. A state of the keys counts once three scans in a row, and those of 10 ms,
    agree.
    A matrix without diodes shows a fourth key when three corners of a rectangle are down: such states are
    not believed.
    """

    def __init__(self, matrix: "KeyMatrix", clock: "Clock", entropy: "Entropy") -> None:
        self._rows = list(matrix.rows)
        self._columns = list(matrix.columns)
        self._clock = clock
        self._entropy = entropy
        self._driver = Matrix_Keypad(list(self._rows), self._columns, [list(row) for row in LAYOUT])
        self._pool = bytearray()
        self._pool_used = 0
        self._candidate: list[str] = []
        self._equal = 0
        self._agreed_since = 0
        self._down: list[str] = []
        self._since: dict[str, int] = {}
        self._events: list[tuple[str, str]] = []

    def poll(self) -> tuple[str, str] | None:
        """Scan once; the next event as (PRESS or HOLD, key), or None."""
        self._scan()
        for key, since in self._since.items():
            if self._clock.now() - since >= HOLD_MS:
                del self._since[key]  # one HOLD a press
                self._events.append((HOLD, key))
                break
        return self._events.pop(0) if self._events else None

    def forget(self) -> None:
        """Drop waiting events, and let keys that are down now never count as pressed or held."""
        self._events = []
        self._since = {}

    def any_down(self) -> bool:
        """Scan once; whether any contact was closed then. It proves nothing: contacts bounce."""
        self._scan()
        return bool(self._candidate)

    def are_down(self, keys: "tuple[str, ...]") -> bool:
        """Whether these keys and no others are down, as far as the scans so far can be believed."""
        return self._down == sorted(keys)

    def absorb(self) -> None:
        """Let the keys that are down now never count; returns once their state is believable (at most 0.1 s).

        The key that woke the board may still bounce, and read as open: only what is scanned from now on counts.
        """
        self._equal = 0  # what was seen before sleep proves nothing
        end = self._clock.now() + ABSORB_MS
        while True:
            self._scan()
            if self._is_believable() or self._clock.now() >= end:
                break
            self._clock.sleep(SCAN_MS)
        self.forget()

    def wait_released(self, feed: "Callable[[], None]") -> None:
        """Wait until no key is down, 10 s at most: a key that sticks must not keep the token awake.

        `feed` is called at each scan: a watchdog would not wait that long.
        """
        end = self._clock.now() + RELEASE_MS
        while self._clock.now() < end:
            feed()
            self._scan()
            if self._is_believable() and not self._down:
                break
            self._clock.sleep(SCAN_MS)
        self.forget()

    def arm_wake(self) -> "list":  # type: ignore[type-arg]
        """Drive all rows low, so that any key pulls its column low; returns the columns to watch.

        The driver leaves every line as an input after a scan, with which no key could wake the board.
        """
        for row in self._rows:
            row.direction = Direction.OUTPUT
            row.value = False
        return self._columns

    def _scan(self) -> None:
        self._shuffle()
        pressed: list[str] = self._driver.pressed_keys
        if len(pressed) > 1:
            pressed.sort()
        if pressed != self._candidate or not self._equal:
            self._candidate = pressed
            self._equal = 1
            self._agreed_since = self._clock.now()
            return
        self._equal += 1
        if self._is_believable() and pressed != self._down and not is_ghosted(pressed):
            self._accept(pressed)

    def _is_believable(self) -> bool:
        """Whether the last scans agree."""
        return self._equal >= EQUAL_SCANS and self._clock.now() - self._agreed_since >= STEADY_MS

    def _accept(self, pressed: list[str]) -> None:
        now = self._clock.now()
        for key in pressed:
            if key not in self._down:
                self._events.append((PRESS, key))
                self._since[key] = now
        for key in self._down:
            if key not in pressed and key in self._since:
                del self._since[key]
        self._down = pressed
        self._entropy.stir()  # when, and not which key: nothing of a PIN goes into the pool

    def _shuffle(self) -> None:
        """Put the driver's rows, and their keys, in a uniformly random order (Fisher-Yates, draws by rejection).

        In place: a scan that leaves no garbage behind brings no collection about.
        """
        rows, keys = self._driver.row_pins, self._driver.keys
        for last in (3, 2, 1):
            other = self._draw(last + 1)
            rows[last], rows[other] = rows[other], rows[last]
            keys[last], keys[other] = keys[other], keys[last]

    def _draw(self, bound: int) -> int:
        while True:
            if self._pool_used >= len(self._pool):
                # The order matters to somebody with an antenna, for 5 ms, and is no key. It must not wait for a health
                # test, nor lock a token's owner out when one fails: a broken oscillator makes it less random.
                self._pool = self._entropy.read_untested(32)
                self._pool_used = 0
            byte = self._pool[self._pool_used]
            self._pool_used += 1
            if byte < 256 - 256 % bound:
                return byte % bound


def is_ghosted(pressed: list[str]) -> bool:
    """Whether the keys include all four corners of a rectangle, one of which may not be down."""
    if len(pressed) < 4:
        return False
    columns = []
    for row in LAYOUT:
        columns.append({i for i in range(4) if row[i] in pressed})
    for upper in range(3):
        for lower in range(upper + 1, 4):
            if len(columns[upper] & columns[lower]) >= 2:
                return True
    return False
