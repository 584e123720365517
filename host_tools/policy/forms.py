"""The forms that a policy's values have: how each is written in TOML, and what of it is allowed."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

UNLIMITED: Final = "unlimited"
_UNITS: Final = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_SPAN: Final = re.compile(r"(0|[1-9][0-9]{0,8}) (s|min|h|d)", re.ASCII)

T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E", bound=enum.StrEnum)


class FormError(Exception):
    """A value does not have the form."""


class Form(Protocol[T_co]):
    """How one value is read."""

    def read(self, value: object) -> T_co:
        """What the value of a TOML file means; raises FormError."""
        ...

    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number in these bounds, which are included."""

    least: int
    most: int

    def read(self, value: object) -> int:
        """The number; raises FormError."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise FormError
        return value

    def __str__(self) -> str:
        return f"a whole number from {self.least} to {self.most}"


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, as "3 min", in these bounds, which are included."""

    least: str
    most: str

    def read(self, value: object) -> timedelta:
        """The span; raises FormError."""
        span = _span(value)
        if not _span(self.least) <= span <= _span(self.most):
            raise FormError
        return span

    def __str__(self) -> str:
        return f'a span of time from "{self.least}" to "{self.most}", in s, min, h or d'


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole units of the currency, up to this many, or "unlimited"."""

    most: int = 10**12

    def read(self, value: object) -> int | None:
        """The amount in hundredths (cents), or None for unlimited; raises FormError."""
        if value == UNLIMITED:
            return None
        return 100 * Whole(0, self.most).read(value)

    def __str__(self) -> str:
        return f'a whole amount from 0 to {self.most:_}, or "{UNLIMITED}"'


@dataclass(frozen=True, slots=True)
class Text:
    """A text that fits a pattern wholly; `described` says it in words."""

    pattern: str
    described: str

    def read(self, value: object) -> str:
        """The text; raises FormError."""
        if not isinstance(value, str) or re.fullmatch(self.pattern, value) is None:
            raise FormError
        return value

    def __str__(self) -> str:
        return self.described


@dataclass(frozen=True, slots=True)
class OneOf(Generic[E]):
    """One of the words of an enumeration."""

    words: type[E]

    def read(self, value: object) -> E:
        """The word; raises FormError."""
        for word in self.words:
            if value == word:
                return word
        raise FormError

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}"


@dataclass(frozen=True, slots=True)
class Alphabet:
    """Upper-case letters and digits, each once, so many at least."""

    least: int

    def read(self, value: object) -> str:
        """The characters; raises FormError."""
        if not isinstance(value, str) or re.fullmatch("[0-9A-Z]*", value) is None:
            raise FormError
        if len(value) < self.least or len(set(value)) != len(value):
            raise FormError
        return value

    def __str__(self) -> str:
        return f"at least {self.least} different characters of 0-9 and A-Z, each once"


@dataclass(frozen=True, slots=True)
class Days:
    """A list of dates."""

    def read(self, value: object) -> frozenset[date]:
        """The dates; raises FormError."""
        if not isinstance(value, list):
            raise FormError
        return frozenset(as_date(one) for one in value)

    def __str__(self) -> str:
        return "a list of dates, such as [2027-03-01]"


def as_date(value: object) -> date:
    """A date without a time of day; raises FormError."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise FormError
    return value


def in_words(span: timedelta) -> str:
    """A span as messages say it, in the greatest of hours, minutes and seconds that it is a multiple of."""
    units = (("hour", _UNITS["h"]), ("minute", _UNITS["min"]), ("second", _UNITS["s"]))
    name, unit = next((one for one in units if not span % one[1]), units[-1])
    count = span // unit
    return f"{count} {name}{'' if count == 1 else 's'}"


def _span(value: object) -> timedelta:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise FormError
    try:
        return int(found[1]) * _UNITS[found[2]]
    except OverflowError as error:
        raise FormError from error
