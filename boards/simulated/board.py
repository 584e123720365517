"""The simulated board: every port of the HAL over the pipe to the host."""

import gc
import os
import sys

from digitalio import DigitalInOut
from dsc import entropy
from dsc.crypto import kdf
from dsc.hal import SecretMissingError
from dsc.ui import oled
from dsc.wall import WallClock
from simulated.clock import Clock
from simulated.flash import Flash
from simulated.host import Host, Quit
from simulated.matrix import Matrix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc import hal

ROUNDS = 10_000  # fixed, where a real board measures; frames stay the same everywhere


class Bus:
    """The I²C bus, with the interface of machine.I2C; what is written to the panel goes to the host."""

    def __init__(self, host: Host, display: bool) -> None:
        self._host = host
        self._display = display

    def writeto(self, address: int, data: bytes | bytearray | memoryview) -> None:
        if address != oled.ADDRESS or not self._display:
            raise OSError(5)  # EIO, as machine.I2C raises when nothing acknowledges
        # MicroPython 1.25 makes bytes, not text, of nothing.
        self._host.event("i2c", str(address), bytes(data).hex() or "")

    def readfrom_into(self, address: int, buffer: bytearray | memoryview) -> None:
        raise OSError(5)  # the panel's I²C interface is used for writing only


class Entropy(entropy.Entropy):
    """The operating system's generator for raw bits, or a fixed sequence for tests that compare whole runs."""

    def __init__(self, seed: int | None, uid: bytes, clock: Clock) -> None:
        super().__init__(self._fill_raw, uid, clock.now, bytearray)
        self._state = seed

    def _fill_raw(self, buffer: bytearray) -> None:
        if self._state is None:
            buffer[:] = os.urandom(len(buffer))
            return
        for i in range(len(buffer)):
            self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
            buffer[i] = self._state >> 16 & 0xFF


class Identity:
    """A name, and the unique id that the token's folder gives it."""

    board = "simulated"
    build = ""
    unsealable = ""

    def __init__(self, uid: bytes, secure: bool) -> None:
        self.uid = uid
        self.secure = secure


class Power:
    """Sleep in virtual time; a reset ends this process, and the host starts the next."""

    def __init__(self, clock: Clock, matrix: Matrix, host: Host, supply_mv: int) -> None:
        self._clock = clock
        self._supply_mv = supply_mv
        self._matrix = matrix
        self._host = host

    def sleep_until_key(self, columns: list[DigitalInOut]) -> None:
        while all(column.value for column in columns):
            if self._matrix.at_rest:
                self._clock.skip()  # a night of sleep is one step
            self._clock.sleep(1)

    def clean_memory(self) -> None:
        gc.collect()  # what lies in this process's free memory is the operating system's affair

    def reset(self) -> None:
        self._host.event("reset", str(self._clock.now()))
        raise Quit

    def failure(self) -> str:
        return ""  # what goes wrong ends this process, and the engine says so

    def battery(self) -> int | None:
        return self._supply_mv


class Buzzer:
    """Ticks are counted by the host."""

    def __init__(self, host: Host, present: bool) -> None:
        self._host = host
        self.present = present

    def tick(self) -> None:
        if self.present:
            self._host.event("tick")


class Kdf:
    """PBKDF2 as the core has it."""

    default_rounds = ROUNDS
    least_rounds = 1  # tests make many tokens; the screen says DEV below 10,000

    def pbkdf2_sha256(
        self,
        password: "hal.Buffer",
        salt: "hal.Buffer",
        rounds: int,
        length: int,
        progress: "Callable[[int], None] | None" = None,
    ) -> bytearray:
        return kdf.pbkdf2_sha256(password, salt, rounds, length, progress)


class Watchdog:
    """There is none in virtual time."""

    def feed(self) -> None:
        pass


class Link:
    """The provisioning stream, tunnelled through the pipe."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._received = b""

    def open(self) -> None:
        pass  # the pipe has no other use

    def close(self) -> None:
        pass

    def read(self) -> bytes:
        data = self._received
        self._received = b""
        return data

    def write(self, data: bytes | bytearray) -> None:
        if data:
            self._host.event("link", bytes(data).hex())

    def receive(self, data: bytes) -> None:
        self._received += data


class Keys:
    """The matrix's lines as the keypad's driver takes them."""

    def __init__(self, matrix: Matrix) -> None:
        self.rows = [DigitalInOut(pin) for pin in matrix.rows]
        self.columns = [DigitalInOut(pin) for pin in matrix.columns]


class Board:
    """All ports, made from a configuration.

    Keys: `flash` path, `uid` hex, `display` whether a panel is wired, `height` its rows, `seed` for a fixed entropy
    sequence or None, `bounce` of the contacts in ms, `held` keys as [row, column] that are down from before, `wall`
    Unix seconds at power-on or None, `secret` hex of a board that keeps a device secret or None, `supply` millivolts,
    `buzzer` whether there is one.
    """

    def __init__(self, configuration) -> None:  # type: ignore[no-untyped-def]
        self._host = Host(self._command)
        clock = Clock(self._host)
        self._matrix = Matrix(clock, configuration["bounce"], configuration["held"])
        self._link = Link(self._host)
        self._bus = Bus(self._host, configuration["display"])
        self.clock: hal.Clock = clock
        self.wall: hal.WallClock = WallClock(clock.now, configuration["wall"])
        self.keys: hal.KeyMatrix = Keys(self._matrix)
        self.flash: hal.Flash = Flash(configuration["flash"])
        uid = bytes.fromhex(configuration["uid"])
        self.entropy: hal.Entropy = Entropy(configuration["seed"], uid, clock)
        self.identity: hal.Identity = Identity(uid, configuration["secret"] is not None)
        self._secret = configuration["secret"]
        self.power: hal.Power = Power(clock, self._matrix, self._host, configuration["supply"])
        self.buzzer: hal.Buzzer = Buzzer(self._host, configuration["buzzer"])
        self._height = configuration["height"]
        self.kdf: hal.Kdf = Kdf()
        self.watchdog: hal.Watchdog = Watchdog()
        self.link: hal.Link = self._link

    def open_display(self) -> "hal.Display":
        return oled.open_display(self._bus, height=self._height)

    def secret(self) -> bytearray:
        if self._secret is None:
            raise SecretMissingError
        return bytearray(bytes.fromhex(self._secret))

    def report(self, error: BaseException) -> None:
        self._host.event("fault", type(error).__name__)
        print_traceback(error)

    def _command(self, words: list[str]) -> None:
        if words[0] == "press":
            self._matrix.press(int(words[1]), int(words[2]))
        elif words[0] == "release":
            self._matrix.release(int(words[1]), int(words[2]))
        elif words[0] == "link":
            self._link.receive(bytes.fromhex(words[1]))
        else:
            raise ValueError(f"unknown command {words[0]!r}")


def print_traceback(error: BaseException) -> None:
    """Show where an error comes from on the error stream, away from the events."""
    show = getattr(sys, "print_exception", None)
    if show:
        show(error, sys.stderr)
    else:
        import traceback  # type: ignore[import-not-found]  # MicroPython has none

        traceback.print_exception(error)
