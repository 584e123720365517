"""Serial numbers: a prefix, a running number, and a check digit that tells a slip of the finger from a serial.

The check digit is Damm's (H. M. Damm, Total anti-symmetrische Quasigruppen, dissertation, Marburg 2004): of whatever
stands in a serial, no digit can be mistaken for another one, and no two neighbours swapped, without its being noticed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from host_tools.inventory.errors import FieldError, SerialFormError

# The quasigroup, row by row: what comes of the state (row) and the next digit (column).
_TABLE: Final = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
MOST_CHARACTERS: Final = 20  # of a serial, on the token
DIGITS: Final = range(4, 10)  # of a running number
_PREFIX: Final = re.compile(r"[A-Z][A-Z0-9]{0,7}", re.ASCII)
_SERIAL: Final = re.compile(r"([A-Z][A-Z0-9]{0,7})-([0-9]{5,10})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Batch:
    """How the serials of one prefix are made: 1 to 8 of A-Z and 0-9, a letter first; 4 to 9 digits of a number."""

    prefix: str
    digits: int = 6

    def __post_init__(self) -> None:
        """Raises FieldError."""
        if not _PREFIX.fullmatch(self.prefix):
            raise FieldError("prefix", "a prefix has 1 to 8 of A-Z and 0-9, and begins with a letter")
        if self.digits not in DIGITS:
            raise FieldError(
                "digits", f"a running number has {DIGITS[0]} to {DIGITS[-1]} digits, not {self.digits}"
            )

    @property
    def numbers(self) -> range:
        """All the running numbers that there are."""
        return range(1, 10**self.digits)

    def serial(self, number: int) -> str:
        """The serial with this running number, as PREFIX-NUMBERCHECK. Raises FieldError for one that is too large."""
        if number not in self.numbers:
            raise FieldError(
                "number", f"serials {self.prefix} go from 1 to {self.numbers[-1]}, without {number}"
            )
        body = f"{self.prefix}-{number:0{self.digits}d}"
        return body + check_digit(body)

    def number(self, serial: str) -> int:
        """The running number of one of its serials.

        Raises SerialFormError for what has another prefix or length, or a check digit that is wrong.
        """
        found = _SERIAL.fullmatch(serial)
        if found is None or found[1] != self.prefix or len(found[2]) != self.digits + 1:
            example = self.serial(self.numbers[0])
            raise SerialFormError(serial, f"serials {self.prefix} look like {example}")
        if not is_consistent(serial):
            raise SerialFormError(serial, "a digit is mistyped, or two are swapped: its check digit is wrong")
        return int(found[2][:-1])


def check_digit(body: str) -> str:
    """The digit to put behind a serial's prefix and number; dashes do not count."""
    return str(_state(body))


def is_consistent(serial: str) -> bool:
    """Whether the last digit of a serial is its check digit."""
    return _state(serial) == 0


def _state(text: str) -> int:
    state = 0
    for character in text:
        # A letter counts as its place behind the digits: A is 10, Z is 35.
        for digit in "" if character == "-" else str(int(character, 36)):
            state = int(_TABLE[state][int(digit)])
    return state
