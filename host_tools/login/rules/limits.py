"""Withdrawals: what may still be withdrawn today and in the window of business days (SECURE_LOGIN.md section 3)."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from host_tools.login.rules.calendar import DAY, BusinessCalendar
from host_tools.login.rules.errors import AmountError
from host_tools.policy.forms import Money
from host_tools.policy.rules import Limit

LARGEST: Final = 100 * Money().most  # cents: the policy can name no larger limit


@dataclass(frozen=True, slots=True)
class Made:
    """What was withdrawn and counts: when, and how much it was (cents). Of one day one moment stands for all."""

    at: datetime
    amount: int


class Reason(enum.StrEnum):
    """Why a withdrawal is refused: the limit that it is beyond; if both, the one that lasts longer."""

    DAY = "day"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of a withdrawal. Amounts are in cents, None is unlimited; times are UTC.

    `possible_at` is when the amount will be possible, if nothing else is withdrawn until then; None if it is now, or
    never is. `more_at` is when more than now will be possible; None if the limits are untouched.
    """

    reason: Reason | None
    left_today: int | None
    left_in_window: int | None
    possible_at: datetime | None
    more_at: datetime | None

    @property
    def allowed(self) -> bool:
        """Whether the amount may be withdrawn now."""
        return self.reason is None

    @property
    def left(self) -> int | None:
        """The most that may be withdrawn now."""
        return _least(self.left_today, self.left_in_window)


def judge(
    amount: int, made: Sequence[Made], now: datetime, limit: Limit, calendar: BusinessCalendar
) -> Judged:
    """Whether so many cents may be withdrawn now, after what was made, by whichever device.

    A day is a calendar day. The window is what `BusinessCalendar` says. What was made on a later day than today, since
    the clock was set back then, counts as if it were of today: no window of any day comes to hold more than the limit.
    Raises AmountError for an amount that is not from 1 to LARGEST, CalendarEndError.
    """
    if not 1 <= amount <= LARGEST:
        raise AmountError(amount, LARGEST)
    if limit.is_none:
        return Judged(None, None, None, None, None)
    today = calendar.day(now)
    start = calendar.window_start(today)
    by_day: Counter[date] = Counter()
    for one in made:
        if (day := calendar.day(one.at)) >= start:
            by_day[day] += one.amount
    left_today, left_in_window = _left(by_day, today, limit, calendar)
    left = _least(left_today, left_in_window)
    reason = None
    if left_in_window is not None and amount > left_in_window:
        reason = Reason.WINDOW
    elif left_today is not None and amount > left_today:
        reason = Reason.DAY
    possible_at = more_at = None
    for day in _turns(by_day, today, calendar):
        then = _least(*_left(by_day, day, limit, calendar))
        if then is None or left is None:
            break
        if more_at is None and then > left:
            more_at = calendar.begin(day)
        if reason is not None and amount <= then:
            possible_at = calendar.begin(day)
            break
    return Judged(reason, left_today, left_in_window, possible_at, more_at)


def day_begins(now: datetime, calendar: BusinessCalendar) -> list[datetime]:
    """The first moments (UTC) of the window's days, in order, and of the day after them, which is tomorrow.

    What was made before the first counts no more. Raises CalendarEndError.
    """
    today = calendar.day(now)
    start = calendar.window_start(today)
    return [calendar.begin(start + n * DAY) for n in range((today - start).days + 2)]


def _left(
    by_day: Counter[date], day: date, limit: Limit, calendar: BusinessCalendar
) -> tuple[int | None, int | None]:
    start = calendar.window_start(day)
    of_day = sum(amount for one, amount in by_day.items() if one >= day)
    in_window = sum(amount for one, amount in by_day.items() if one >= start)
    return (
        None if limit.day is None else max(0, limit.day - of_day),
        None if limit.window is None else max(0, limit.window - in_window),
    )


def _turns(by_day: Counter[date], today: date, calendar: BusinessCalendar) -> list[date]:
    """The days after today, in order, on which something stops counting."""
    days = {turn for one in by_day for turn in (one + DAY, calendar.left_by(one))}
    return sorted(day for day in days if day > today)


def _least(*amounts: int | None) -> int | None:
    return min((one for one in amounts if one is not None), default=None)
