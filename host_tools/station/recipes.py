"""What an operator asks for before any unit is there: all of an order but the serial and PIN that it will get."""

from __future__ import annotations

import enum
import secrets
from dataclasses import dataclass, field, replace
from typing import Any, Final

from dsc.crypto.memory import wipe
from dsc.protocol.errors import WeakPinError
from dsc.protocol.pin import PIN_MAX_DIGITS, PIN_MIN_DIGITS, check_pin
from host_tools.inventory.errors import FieldError
from host_tools.inventory.serials import Batch
from host_tools.station.order_file import order_from_object
from host_tools.station.provision import Wanted

RANDOM_DIGITS: Final = 6
LONGEST_REFERENCE: Final = 64  # characters
STAND_IN_SERIAL: Final = "X"  # for the serial that the unit will get
STAND_IN_PIN: Final = b"72947294"  # as far as its length goes: for a PIN that is not there yet


class PinFrom(enum.StrEnum):
    """Where a token's first PIN comes from."""

    ASK = "ask"  # typed at the station
    RANDOM = "random"  # chosen here, told by letter only, and changed at first use
    ORDER = "order"  # in the order list


@dataclass(frozen=True)
class Recipe:
    """One token to be made. `line` is where an order list has it, 0 for none.

    `described` has the keys of an order file (`order_file`). A serial, or the prefix of the batch of which the next one
    is taken. `pin` is the ordered one, ASCII digits; `digits` is how many a random one has.
    """

    described: dict[str, Any] = field(default_factory=dict)
    pin_from: PinFrom = PinFrom.ASK
    pin: bytearray | None = field(default=None, repr=False)
    serial: str | None = None
    prefix: str | None = None
    user: str | None = None
    reference: str | None = None
    digits: int = RANDOM_DIGITS
    rounds: int = 0
    line: int = 0

    def wanted(self, pin: bytearray) -> Wanted:
        """The order with this PIN, which it takes over. Raises OrderFileError."""
        order = order_from_object(self.described, self.serial or STAND_IN_SERIAL, pin, self.rounds)
        by_letter = self.pin_from is PinFrom.RANDOM
        keep: dict[PinFrom, Any] = {PinFrom.RANDOM: "letter", PinFrom.ORDER: "sealed"}
        order = replace(
            order,
            must_change=order.must_change or by_letter,
            user=self.user,
            reference=self.reference,
            keep_pin=keep.get(self.pin_from),
        )
        return Wanted(order, self.serial, self.prefix)

    def check(self) -> None:
        """Find out now what could not be made later. Raises FieldError, OrderFileError, and as `Wanted.check`."""
        if self.reference is not None and not (
            1 <= len(self.reference) <= LONGEST_REFERENCE and self.reference.isprintable()
        ):
            raise FieldError("reference", f"a reference has 1 to {LONGEST_REFERENCE} printable characters")
        if self.prefix is not None:
            Batch(self.prefix)
        if (self.serial is None) == (self.prefix is None):
            raise FieldError("serial", "a token gets a serial, or the next one of a batch")
        if (self.pin_from is PinFrom.ORDER) != (self.pin is not None):
            raise FieldError("pin", "a PIN is ordered by its digits")
        if not PIN_MIN_DIGITS <= self.digits <= PIN_MAX_DIGITS:
            raise FieldError(
                "digits", f"a PIN has {PIN_MIN_DIGITS} to {PIN_MAX_DIGITS} digits, not {self.digits}"
            )
        pin = bytearray(STAND_IN_PIN[: self.digits]) if self.pin is None else bytearray(self.pin)
        try:
            self.wanted(pin).check()
        finally:
            wipe(pin)


def random_pin(digits: int) -> bytearray:
    """A PIN of so many ASCII digits, each possible one as likely; the easy ones are not possible."""
    while True:
        pin = bytearray(0x30 + secrets.randbelow(10) for _ in range(digits))
        try:
            check_pin(pin)
        except WeakPinError:
            wipe(pin)
            continue
        return pin
