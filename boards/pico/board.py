"""A Raspberry Pi Pico with keypad and display: every port of the HAL over MicroPython's machine and rp2."""

import gc
import sys
import time

import machine

from digitalio import DigitalInOut
from dsc.hal import SecretMissingError
from dsc.ui import oled
from dsc.wall import WallClock
from pico import pins
from pico.entropy import Entropy
from pico.flash import Flash
from pico.kdf import Kdf
from pico.link import Link
from pico.oscillator import converter_off

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc import hal

try:
    import native
except ImportError:  # a stock MicroPython, on which nobody seals a token (develop.py)
    native = None  # type: ignore[assignment]

NAP_MS = 4000  # between two feedings of the watchdog while asleep, which bites after 8 s
LOW_LEVEL = 1  # a trigger that Pin has no name for: GPIO_IRQ_LEVEL_LOW of the Pico SDK, hardware_gpio

REFERENCE_MV = 3300  # of the converter: the board's own 3.3 V
SUPPLY_READINGS = 8


# What native.cause() says after a restart that nobody wanted.
FAILURES = (
    {native.FAULT: "fault", native.ESCAPED: "escaped", native.HANG: "hang", native.DOOR: "door"}
    if native
    else {}
)


class Identity:
    """What this unit is. The id is the flash chip's, which anybody can read."""

    secure = False  # the RP2040 has no secret that its owner could not read

    def __init__(self, board: str, build: str, unsealable: str = "") -> None:
        self.board = board
        self.build = build
        self.unsealable = unsealable
        self.uid = machine.unique_id()


class Clock:
    """The timer's milliseconds, carried on over the wrap of MicroPython's ticks every 12 days."""

    def __init__(self) -> None:
        self._ticks = time.ticks_ms()
        self._now = 0

    def now(self) -> int:
        ticks = time.ticks_ms()
        self._now += time.ticks_diff(ticks, self._ticks)
        self._ticks = ticks
        return self._now

    def sleep(self, milliseconds: int) -> None:
        time.sleep_ms(milliseconds)


class Watchdog:
    """The chip's watchdog, which runs since before Python did (native/restart.c)."""

    def feed(self) -> None:
        if native:
            native.feed()


class Power:
    """Light sleep until a column is pulled low, and restarts that wipe all memory."""

    def __init__(self, columns: "list[machine.Pin]", watchdog: Watchdog) -> None:
        self._columns = columns
        self._watchdog = watchdog

    def sleep_until_key(self, columns: "list[DigitalInOut]") -> None:
        # Masked, an interrupt still ends the sleep, even one that came before it (ARMv6-M manual, section B1.5.19).
        # Handled, it would be gone by then; and levels stay, however a key bounces between the look and the sleep.
        masked = machine.disable_irq()
        try:
            for pin in self._columns:
                # It ends a light sleep only if it has a handler and the sleep a time.
                pin.irq(handler=_wake, trigger=LOW_LEVEL)
            while all(column.value for column in columns):
                self._watchdog.feed()
                machine.lightsleep(NAP_MS)
        finally:
            for pin in self._columns:
                pin.irq(handler=None)
            machine.enable_irq(masked)

    def clean_memory(self) -> None:
        if native:
            native.clean()
        else:
            gc.collect()

    def reset(self) -> None:
        if native:
            native.restart(native.WANTED)
        machine.reset()

    def failure(self) -> str:
        return FAILURES.get(native.cause(), "") if native else ""

    def battery(self) -> int | None:
        """VSYS, which reaches GPIO29 through 200 and 100 kilohm (Pico data sheet, section 4.4; on a Pico W that pin
        serves the radio as well, and reads right only while GPIO25 is high).
        """
        supply = machine.ADC(machine.Pin(pins.SUPPLY))  # anew each time: it switches the converter on
        total = 0
        for _ in range(SUPPLY_READINGS):
            total += supply.read_u16()
        converter_off()
        return total * 3 * REFERENCE_MV // (0xFFFF * SUPPLY_READINGS)


class Buzzer:
    """A piezo disc: each change of the level is a click, so that nothing needs to be waited for."""

    present = True  # whether one is wired cannot be known; the user switches it on if so

    def __init__(self, pin: "machine.Pin") -> None:
        self._pin = pin

    def tick(self) -> None:
        self._pin.toggle()


def _wake(_pin: machine.Pin) -> None:
    """The interrupt itself is what wakes."""


class Keys:
    """The matrix's lines as the keypad's driver takes them."""

    def __init__(self, rows: "list[machine.Pin]", columns: "list[machine.Pin]") -> None:
        self.rows = [DigitalInOut(pin) for pin in rows]
        self.columns = [DigitalInOut(pin) for pin in columns]


class Board:
    """All ports of the board in `pins`; `flash` stands in for the chip's own region where there is one."""

    def __init__(self, identity: Identity, flash: "hal.Flash | None" = None) -> None:
        rows = [machine.Pin(number) for number in pins.ROWS]
        columns = [machine.Pin(number) for number in pins.COLUMNS]
        watchdog = Watchdog()
        self.watchdog: hal.Watchdog = watchdog
        self.identity: hal.Identity = identity
        self.keys: hal.KeyMatrix = Keys(rows, columns)
        self.flash: hal.Flash = flash or Flash(watchdog)
        clock = Clock()
        self.clock: hal.Clock = clock
        self.wall: hal.WallClock = WallClock(clock.now)  # no clock of its own runs on while power is off
        self.entropy: hal.Entropy = Entropy(identity.uid)
        self.power: hal.Power = Power(columns, watchdog)
        self.buzzer: hal.Buzzer = Buzzer(machine.Pin(pins.BUZZER, machine.Pin.OUT, value=0))
        self.kdf: hal.Kdf = Kdf()
        link = Link()
        self.link: hal.Link = link
        self.lend_time = link.lend

    def open_display(self) -> "hal.Display":
        bus = machine.I2C(pins.I2C_ID, sda=machine.Pin(pins.SDA), scl=machine.Pin(pins.SCL), freq=pins.I2C_HZ)
        return oled.open_display(bus, height=pins.HEIGHT)

    def secret(self) -> bytearray:
        raise SecretMissingError

    def report(self, error: BaseException) -> None:
        """Only where people develop: a production image says on its display what it may say."""
        if self.identity.unsealable:
            sys.print_exception(error)
