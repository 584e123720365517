"""The ports that a board provides; all that the firmware knows of hardware."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from digitalio import DigitalInOut

    Buffer = bytes | bytearray | memoryview
else:
    Protocol = object


class HalError(Exception):
    """A part of the board failed."""


class DisplayMissingError(HalError):
    """No display answers on the bus.

    `address` is the 7-bit I²C address that was tried.
    """

    def __init__(self, address: int) -> None:
        super().__init__(f"no display answers at I2C address 0x{address:02x}")
        self.address = address


class FlashError(HalError):
    """A flash access outside the region, not on its grid, or one that the chip did not carry out.

    `operation` is "read", "program" or "erase", `offset` the byte offset in the region.
    """

    def __init__(self, operation: str, offset: int, reason: str) -> None:
        super().__init__(f"flash {operation} at 0x{offset:x}: {reason}")
        self.operation = operation
        self.offset = offset
        self.reason = reason


class EntropyError(HalError):
    """The source of random bits failed a health test; no secret can be made until the board restarts.

    `test` is "repetition", "proportion" or "period" (dsc.crypto.health), or "pool" if what conditions them is broken.
    """

    def __init__(self, test: str) -> None:
        super().__init__(f"the random source failed its {test} test; no key was made")
        self.test = test


class SecretMissingError(HalError):
    """The board has no secret that its owner could not read."""

    def __init__(self) -> None:
        super().__init__("this board keeps no device secret")


class Display(Protocol):
    """A monochrome frame buffer with a panel behind it; `show` sends it over the bus.

    `pixels` is the buffer: height // 8 pages of `width` bytes, each a column of eight pixels, the lowest bit on top.
    """

    width: int
    height: int
    pixels: memoryview

    def show(self) -> None:
        """Send to the panel what changed since the last time; OSError if it no longer answers."""

    def poweron(self) -> None:
        """Light the panel; it shows its own memory, which kept what it was sent."""

    def poweroff(self) -> None:
        """Darken the panel, memory kept."""

    def contrast(self, contrast: int) -> None:
        """Brightness, 0 to 255."""

    # The rest is MicroPython's framebuf: pixels, colour 0 or 1; what lies outside is cut.
    def fill(self, colour: int) -> None: ...
    def pixel(self, x: int, y: int, colour: int) -> None: ...
    def hline(self, x: int, y: int, width: int, colour: int) -> None: ...
    def rect(self, x: int, y: int, width: int, height: int, colour: int) -> None: ...
    def fill_rect(self, x: int, y: int, width: int, height: int, colour: int) -> None: ...


class KeyMatrix(Protocol):
    """The lines of a 4x4 keypad: rows are driven, columns are read with pull-ups."""

    rows: "list[DigitalInOut]"
    columns: "list[DigitalInOut]"


class Flash(Protocol):
    """A region of NOR flash: programming clears bits, only erasing a sector sets them.

    Offsets are bytes from the region's start. `program` takes one whole page of 256 bytes on a page
    boundary, `erase` one sector of 4096 bytes. All raise FlashError.
    """

    size: int

    def read(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, both any number within the region. Raises FlashError."""

    def is_blank(self, offset: int, length: int) -> bool:
        """Whether `length` bytes from `offset`, both any number within the region, are all 0xFF. Raises FlashError.

        For long ones, of which `read` would make garbage.
        """

    def program(self, offset: int, data: "Buffer") -> None:
        """Clear the bits of one page that are 0 in `data`, and leave all others. Raises FlashError.

        `offset` is a multiple of 256, `data` has 256 bytes. It is done when this returns.
        """

    def erase(self, offset: int) -> None:
        """Set all bits of the sector at `offset`, a multiple of 4096. Raises FlashError.

        It may take 0.4 s (W25Q16JV data sheet, section 9.6): a board with a watchdog feeds it here.
        """


class Clock(Protocol):
    """Milliseconds since power-on; they never run back and never wrap."""

    def now(self) -> int:
        """Milliseconds since power-on."""

    def sleep(self, milliseconds: int) -> None:
        """Wait, for at most 8 s where there is a watchdog."""


class WallClock(Protocol):
    """The time of day, in Unix seconds."""

    def read(self) -> int | None:
        """Unix seconds; None while they are not known: the token then makes no codes by time."""

    def set(self, seconds: int) -> None:
        """Take `seconds` for the present time. Only a station does that, which makes the token."""


class Entropy(Protocol):
    """Random bytes of the board, from raw bits that are health-tested and conditioned (dsc.entropy)."""

    @property
    def failed(self) -> str:
        """The health test that failed since power-on; empty while none has."""

    def read(self, length: int) -> bytearray:
        """`length` random bytes, fit for keys; the caller wipes them. Raises EntropyError once a test has failed."""

    def read_untested(self, length: int) -> bytearray:
        """`length` bytes for what is no secret for longer than a moment; they come from a broken source too."""

    def stir(self) -> None:
        """Mix in the moment of this call, at which something happened that nobody times exactly."""


class Identity(Protocol):
    """What the board is: its name, its unique id (bytes), and whether it keeps a real device secret.

    `build` names the image, by the first digits of the digest over all that went into it; it is empty where the
    firmware runs from its sources. `unsealable` says why this set-up must not hold a sealed token; empty if it may.
    """

    board: str
    build: str
    uid: bytes
    secure: bool
    unsealable: str


class Power(Protocol):
    """Sleeping, restarting, and memory that nobody uses any more."""

    def sleep_until_key(self, columns: "list[DigitalInOut]") -> None:
        """Sleep until one of the column lines is pulled low."""

    def clean_memory(self) -> None:
        """Collect garbage, and zero all free memory where the board can."""

    def reset(self) -> None:
        """Restart the board with its memory zeroed where it can be; does not return on hardware."""

    def failure(self) -> str:
        """What restarted the board, if nobody wanted that; empty otherwise.

        "fault": the processor met what it cannot execute. "escaped": an exception left the application. "hang": the
        watchdog was not fed. "door": USB was about to be started on a sealed token.
        """

    def battery(self) -> int | None:
        """Millivolts of the supply now; None where they cannot be measured. Takes less than a millisecond."""


class Buzzer(Protocol):
    """What makes a sound at a key. `present` is whether there may be one."""

    present: bool

    def tick(self) -> None:
        """One short tick; returns before it has sounded."""


class Kdf(Protocol):
    """The fastest PBKDF2-HMAC-SHA256 the board has (RFC 8018, section 5.2).

    `default_rounds` is what a new token gets unless the station asks for another number, which must be at
    least `least_rounds`.
    """

    @property
    def default_rounds(self) -> int:
        """A number that suits the board; measured there, perhaps, each time it is asked for."""

    least_rounds: int

    def pbkdf2_sha256(
        self,
        password: "Buffer",
        salt: "Buffer",
        rounds: int,
        length: int,
        progress: "Callable[[int], None] | None" = None,
    ) -> bytearray:
        """`length` bytes from `password` after `rounds`; the caller wipes them.

        `progress` is called with the rounds done, often enough to feed a watchdog.
        """


class Watchdog(Protocol):
    """Restarts a board that hangs: must be fed at least every 8 seconds where there is one."""

    def feed(self) -> None:
        """Say that the firmware is alive."""


class Link(Protocol):
    """The byte stream to the station; there only while the vault is not sealed."""

    def open(self) -> None:
        """Take the stream from whatever else uses it, such as a REPL."""

    def close(self) -> None:
        """Give it back."""

    def read(self) -> "bytes | bytearray":
        """What has arrived since the last call; empty if nothing has. The caller overwrites it if that is possible."""

    def write(self, data: "bytes | bytearray") -> None:
        """Send all of `data`; a copy that this makes of it is the board's to overwrite."""


class Board(Protocol):
    """All ports of one board."""

    keys: KeyMatrix
    flash: Flash
    clock: Clock
    wall: WallClock
    entropy: Entropy
    identity: Identity
    power: Power
    kdf: Kdf
    buzzer: Buzzer
    watchdog: Watchdog
    link: Link

    def open_display(self) -> Display:
        """Start the panel. Raises DisplayMissingError."""

    def secret(self) -> bytearray:
        """The 32-byte device secret of a board that keeps one, which the caller wipes. Raises SecretMissingError."""

    def report(self, error: BaseException) -> None:
        """Tell a developer of an unexpected error; production boards stay silent."""
