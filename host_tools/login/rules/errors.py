"""What the rules refuse to judge: errors that carry data and never a secret."""

from __future__ import annotations

from datetime import datetime, timedelta


class RuleError(Exception):
    """Base of what the rules refuse."""


class AmountError(RuleError):
    """An amount (cents) is not above zero, or larger than any."""

    def __init__(self, amount: int, largest: int) -> None:
        reason = "it must be more than 0" if amount < 1 else f"the largest is {largest}"
        super().__init__(f"{amount} is no amount to withdraw: {reason}")
        self.amount = amount
        self.largest = largest


class UnknownMarketError(RuleError):
    """There is no calendar of this market."""

    def __init__(self, market: str) -> None:
        super().__init__(f"there is no calendar of the market {market!r}")
        self.market = market


class CalendarEndError(RuleError):
    """The market's calendar is known from the first to the last of these years only."""

    def __init__(self, market: str, year: int, first: int, last: int) -> None:
        super().__init__(f"the calendar of {market} is known for {first} to {last}, not for {year}")
        self.market = market
        self.year = year
        self.first = first
        self.last = last


class ClockError(RuleError):
    """The clock has jumped, and the policy says that nothing goes on. `by` is below zero for a jump back."""

    def __init__(self, shows: datetime, by: timedelta) -> None:
        way = "back" if by < timedelta() else "ahead"
        super().__init__(f"the clock has jumped {way} by {abs(by)}, to {shows:%Y-%m-%d %H:%M:%S}")
        self.shows = shows
        self.by = by
