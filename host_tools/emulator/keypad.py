"""A key matrix without diodes, wired to the chip's pins: contacts bounce, and current takes every path there is.

Sources: RP2040 data sheet, sections 2.19.4 (pads) and 5.5.3.4 (input levels, pull resistors).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from host_tools.emulator import noise
from host_tools.emulator.errors import EmulatorError

if TYPE_CHECKING:
    from rp2040py.gpio_pin import GPIOPin, GPIOPinState
    from rp2040py.rp2040 import RP2040

MILLISECOND: Final = 1e6  # in nanoseconds
_SHORTEST_BOUNCE, _LONGEST_BOUNCE = (
    0.03e6,
    0.6e6,
)  # how long a bouncing contact stays made or broken, in nanoseconds
# Parts of the supply above and below which a pad reads surely high and low: 2.0 V and 0.8 V of 3.3 V.
_HIGH, _LOW = 2.0 / 3.3, 0.8 / 3.3

Contact = tuple[int, int]  # row and column, counted from 0


class NoSuchKeyError(EmulatorError):
    """There is no contact at `row`, `column`; the matrix has `rows` by `columns` of them."""

    def __init__(self, row: int, column: int, rows: int, columns: int) -> None:
        super().__init__(
            f"no key at row {row}, column {column}: the matrix has {rows} rows and {columns} columns"
        )
        self.row = row
        self.column = column
        self.rows = rows
        self.columns = columns


@dataclass(frozen=True)
class ShortCircuit:
    """From `nanos` on, closed contacts joined GPIOs driven `high` with GPIOs driven `low`."""

    nanos: float
    high: tuple[int, ...]
    low: tuple[int, ...]


class Keypad:
    """Contacts between lines that end at GPIO pins `rows` and `columns`.

    All lines that closed contacts join, directly or over others, have one level, so three closed corners of a
    rectangle make the fourth seem closed. It is low if any pin drives low, else high if any drives high (both at
    once is noted in `shorts`, and low wins), else what the pads' pull resistors make of it, all being equal.
    Where these decide nothing (none, or as many up as down) the lines keep the level they had, and
    lines that had different ones become low.

    After a press and after a release the contact makes and breaks for `bounce_ms`; the same each time for the same
    `seed`, key and number of presses.
    """

    def __init__(
        self, mcu: RP2040, rows: Sequence[int], columns: Sequence[int], bounce_ms: float, seed: int
    ) -> None:
        self.rows = tuple(rows)
        self.columns = tuple(columns)
        self.bounce_ms = bounce_ms
        self.seed = seed
        self.shorts: list[ShortCircuit] = []
        self._clock = mcu.clock
        self._pins = [mcu.gpio[number] for number in (*rows, *columns)]
        self._levels = [False] * len(self._pins)
        self._pressed: set[Contact] = set()
        self._made: set[Contact] = set()  # contacts that conduct now
        self._bounces: dict[Contact, list[float]] = {}  # when a contact will change over, soonest last
        self._moves = 0
        self._shorted: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
        self._next_bounce = mcu.clock.create_alarm(self._bounce)
        self._changed = False  # whether a pin has changed since the levels were found
        self._updating = False
        for pin in self._pins:
            pin.add_listener(self._pin_changed)
        self.refresh()

    @property
    def pressed(self) -> frozenset[Contact]:
        """The keys held down now, as (row, column)."""
        return frozenset(self._pressed)

    @property
    def at_rest(self) -> bool:
        """Whether no key is held down and no contact bounces."""
        return not self._pressed and not self._bounces

    def press(self, row: int, column: int) -> None:
        """Push a key down, now; one that is down stays so. Raises NoSuchKeyError."""
        contact = self._contact(row, column)
        if contact not in self._pressed:
            self._pressed.add(contact)
            self._move(contact)

    def release(self, row: int, column: int) -> None:
        """Let a key go, now; one that is up stays so. Raises NoSuchKeyError."""
        contact = self._contact(row, column)
        if contact in self._pressed:
            self._pressed.discard(contact)
            self._move(contact)

    def release_all(self) -> None:
        """Let all keys go, now."""
        for row, column in sorted(self._pressed):
            self.release(row, column)

    def refresh(self) -> None:
        """Put all levels on the pins anew: after a chip reset, which changes pads without telling anyone."""
        self._settle()
        for pin, level in zip(self._pins, self._levels, strict=True):
            pin.set_input_value(level)

    def _contact(self, row: int, column: int) -> Contact:
        if not (0 <= row < len(self.rows) and 0 <= column < len(self.columns)):
            raise NoSuchKeyError(row, column, len(self.rows), len(self.columns))
        return row, column

    def _move(self, contact: Contact) -> None:
        """The key has begun to move: its contact changes over now, and until it rests."""
        self._moves += 1
        down = contact in self._pressed
        now = self._clock.nanos
        changes = [now + delay for delay in self._delays(contact)]
        # An odd number of changes in all ends in the other state; a bounce cut short may have left either.
        if ((contact in self._made) == down) == bool(len(changes) % 2):
            changes.pop()
        self._bounces[contact] = changes[::-1]
        self._bounce()

    def _delays(self, contact: Contact) -> Iterator[float]:
        delay, number = 0.0, 0
        yield delay
        while True:
            part = noise.fraction(self.seed, "bounce", *contact, self._moves, number)
            delay += _SHORTEST_BOUNCE + part * (_LONGEST_BOUNCE - _SHORTEST_BOUNCE)
            number += 1
            if delay >= self.bounce_ms * MILLISECOND:
                return
            yield delay

    def _bounce(self) -> None:
        now = self._clock.nanos
        for contact, changes in list(self._bounces.items()):
            while changes and changes[-1] <= now:
                changes.pop()
                self._made ^= {contact}
            if not changes:
                del self._bounces[contact]
        if self._bounces:
            self._next_bounce.schedule(min(changes[-1] for changes in self._bounces.values()) - now)
        else:
            self._next_bounce.cancel()
        self._update()

    def _pin_changed(self, _state: GPIOPinState, _before: GPIOPinState) -> None:
        self._changed = True
        if not self._updating:
            self._update()

    def _update(self) -> None:
        """Find all levels, and tell the pins whose level has changed; each telling may count as an edge there."""
        self._changed = self._updating = True
        while self._changed:  # an input may lead to an output, through PIO
            self._changed = False
            before = list(self._levels)
            self._settle()
            for pin, old, new in zip(self._pins, before, self._levels, strict=True):
                if old != new:
                    pin.set_input_value(new)
        self._updating = False

    def _settle(self) -> None:
        if not self._made:  # as nearly always: each line is on its own, and none is shorted to another
            for line, pin in enumerate(self._pins):
                if _drives(pin):
                    self._levels[line] = bool(pin.output_value)
                elif pin.pullup_enabled != pin.pulldown_enabled:  # both or none: it stays as it was
                    self._levels[line] = pin.pullup_enabled
            self._shorted = set()
            return
        shorted = set()
        for lines in self._joined():
            drives = {line: self._pins[line].output_value for line in lines if _drives(self._pins[line])}
            high = tuple(self._pins[line].index for line, level in drives.items() if level)
            low = tuple(self._pins[line].index for line, level in drives.items() if not level)
            if high and low:
                shorted.add((high, low))
            level = not low if drives else self._pulled(lines)
            for line in lines:
                self._levels[line] = level
        new = sorted(shorted - self._shorted)
        self.shorts += [ShortCircuit(self._clock.nanos, high, low) for high, low in new]
        self._shorted = shorted

    def _pulled(self, lines: list[int]) -> bool:
        """The level of lines that no pin drives. A pad with both resistors on is a bus keeper, which pulls nowhere."""
        pads = [self._pins[line] for line in lines]
        up = sum(pad.pullup_enabled and not pad.pulldown_enabled for pad in pads)
        down = sum(pad.pulldown_enabled and not pad.pullup_enabled for pad in pads)
        if up or down:
            part = up / (up + down)
            if part >= _HIGH:
                return True
            if part <= _LOW:
                return False
        return all(self._levels[line] for line in lines)

    def _joined(self) -> Iterator[list[int]]:
        """Groups of lines that conducting contacts join; a line is its index in `_pins`."""
        group = list(range(len(self._pins)))
        for row, column in self._made:
            here, there = group[row], group[len(self.rows) + column]
            if here != there:
                group = [here if number == there else number for number in group]
        for number in sorted(set(group)):
            yield [line for line, its in enumerate(group) if its == number]


def _drives(pin: GPIOPin) -> bool:
    return pin.output_enable and not pin.output_disable


def install(
    mcu: RP2040,
    rows: Sequence[int],
    columns: Sequence[int],
    bounce_ms: float = 4.0,
    seed: int = 0,
) -> Keypad:
    """Wire a key matrix to the GPIOs `rows` and `columns` of `mcu`; call its `refresh` after each chip reset.

    Raises ValueError if a GPIO is named twice, or is none of the chip's.
    """
    missing = [number for number in (*rows, *columns) if number not in range(len(mcu.gpio))]
    if missing:
        raise ValueError(f"the chip has no GPIO {missing[0]}; they are 0 to {len(mcu.gpio) - 1}")
    if len({*rows, *columns}) != len(rows) + len(columns):
        raise ValueError(f"every line needs a GPIO of its own: rows {list(rows)}, columns {list(columns)}")
    return Keypad(mcu, rows, columns, bounce_ms, seed)
