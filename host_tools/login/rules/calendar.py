"""Business days, and the window of so many of them: a market's trading days, from the library `holidays`.

A day that is no business day belongs to the business day before it: what is withdrawn on a weekend counts with Friday.
So a window is the business days and all days between and after them, up to the day that is asked for; it never begins
anew over a weekend.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from holidays import HolidayBase, financial_holidays

from host_tools.login.rules.errors import CalendarEndError, UnknownMarketError
from host_tools.policy.rules import Rules

DAY = timedelta(days=1)


class BusinessCalendar:
    """The days of a market, as people in one time zone count them. It does not change, and may be shared by threads."""

    def __init__(
        self, market: str, zone: ZoneInfo, business_days: int, also_closed: Collection[date] = frozenset()
    ) -> None:
        """The window is of so many business days. Raises UnknownMarketError."""
        self._market = market
        self._zone = zone
        self._business_days = business_days
        self._also_closed = frozenset(also_closed)
        _years_known(market)

    @classmethod
    def of(cls, rules: Rules) -> BusinessCalendar:
        """The one that the policy names. Raises UnknownMarketError."""
        said = rules.withdrawals
        return cls(said.market, rules.time_zone, said.business_days, said.also_closed)

    def day(self, moment: datetime) -> date:
        """The calendar day that a moment is on."""
        return moment.astimezone(self._zone).date()

    def begin(self, day: date) -> datetime:
        """The first moment of a day (UTC)."""
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    def is_business_day(self, day: date) -> bool:
        """Whether the market trades on that day, be it for half of it. Raises CalendarEndError."""
        return day not in self._also_closed and _trades(self._market, day)

    def window_start(self, day: date) -> date:
        """The first day of the window that ends with that day. Raises CalendarEndError."""
        left = self._business_days
        while True:
            left -= self.is_business_day(day)
            if not left:
                return day
            day -= DAY

    def left_by(self, day: date) -> date:
        """The first day whose window does not reach back to that day. Raises CalendarEndError."""
        left = self._business_days
        while left:
            day += DAY
            left -= self.is_business_day(day)
        return day


@functools.lru_cache(maxsize=512)
def _days_of(market: str, year: int) -> HolidayBase:
    """The market's calendar of one year, with the years beside it: a holiday may be observed in another year.

    It is made whole here and never grows: the library fills years in while it is asked, which is no matter for threads.
    """
    first, last = _years_known(market)
    if not first <= year <= last:
        raise CalendarEndError(market, year, first, last)
    return financial_holidays(market, years=(year - 1, year, year + 1), expand=False)


def _trades(market: str, day: date) -> bool:
    return _days_of(market, day.year).is_working_day(day)


@functools.cache
def _years_known(market: str) -> tuple[int, int]:
    """Outside these years the library gives no holidays, and says nothing."""
    try:
        known = financial_holidays(market)
    except NotImplementedError as error:
        raise UnknownMarketError(market) from error
    return known.start_year, known.end_year
