"""Business days and windows of them: weekends, holidays, half days, the turn of a year, summer time, far years."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.login.rules.calendar import BusinessCalendar
from host_tools.login.rules.errors import CalendarEndError, UnknownMarketError
from host_tools.policy import Policy

NEW_YORK = ZoneInfo("America/New_York")
DAY = timedelta(days=1)
NYSE = BusinessCalendar("NYSE", NEW_YORK, 5)
DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 1))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-27", True),  # a half day
        ("2026-11-26", False),  # Thanksgiving Day
        ("2026-11-28", False),  # a Saturday
        ("2026-07-03", False),  # Independence Day, observed
        ("2021-12-31", True),  # New Year's Day was a Saturday, and is not observed on a Friday
        ("2023-01-02", False),  # New Year's Day was a Sunday
        ("2027-12-24", False),  # Christmas Day, observed
        ("2025-01-09", False),  # a day of mourning
        ("2026-04-03", False),  # Good Friday
        ("2099-12-25", False),
    ],
)
def test_business_days_are_those_on_which_the_market_trades(day, expected):
    assert NYSE.is_business_day(date.fromisoformat(day)) is expected


@pytest.mark.parametrize(
    ("day", "start"),
    [
        ("2026-11-13", "2026-11-09"),  # Friday: from Monday
        ("2026-11-14", "2026-11-09"),  # Saturday and Sunday belong to Friday
        ("2026-11-15", "2026-11-09"),
        ("2026-11-16", "2026-11-10"),  # Monday: from Tuesday
        ("2026-11-26", "2026-11-19"),  # a holiday belongs to Wednesday
        ("2026-11-27", "2026-11-20"),
        ("2027-01-01", "2026-12-24"),  # Friday, a holiday; Christmas Day, a Friday, is another
        ("2027-01-04", "2026-12-28"),
    ],
)
def test_a_window_is_five_business_days_and_all_days_that_belong_to_them(day, start):
    assert NYSE.window_start(date.fromisoformat(day)) == date.fromisoformat(start)


@given(DAYS)
def test_a_window_begins_with_a_business_day_holds_five_and_moves_on_only(day):
    start = NYSE.window_start(day)
    inside = [start + n * DAY for n in range((day - start).days + 1)]
    assert NYSE.is_business_day(start)
    assert sum(map(NYSE.is_business_day, inside)) == 5
    assert NYSE.window_start(day + DAY) >= start


@given(DAYS)
def test_a_day_is_left_by_the_first_window_that_does_not_reach_it(day):
    left_by = NYSE.left_by(day)
    assert NYSE.window_start(left_by) > day >= NYSE.window_start(left_by - DAY)


def test_a_closing_that_the_library_does_not_know_can_be_added():
    friday = date(2026, 11, 13)
    closed = BusinessCalendar("NYSE", NEW_YORK, 5, [friday])
    assert not closed.is_business_day(friday)
    assert closed.window_start(friday) == date(2026, 11, 6)


def test_a_window_may_have_another_length_and_another_market():
    one = BusinessCalendar("NYSE", NEW_YORK, 1)
    assert one.window_start(date(2026, 11, 15)) == date(2026, 11, 13)
    assert BusinessCalendar("ECB", NEW_YORK, 5).is_business_day(date(2026, 11, 26))


def test_the_policy_names_the_calendar():
    calendar = BusinessCalendar.of(Policy.load().at(datetime(2026, 11, 30, tzinfo=UTC)))
    assert calendar.window_start(date(2026, 11, 27)) == date(2026, 11, 20)
    assert calendar.day(datetime(2026, 11, 30, 4, 59, tzinfo=UTC)) == date(2026, 11, 29)


def test_a_day_of_summer_time_has_23_or_25_hours():
    for day, hours in (("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-02", 24)):
        begin = NYSE.begin(date.fromisoformat(day))
        end = NYSE.begin(date.fromisoformat(day) + DAY)
        assert end - begin == timedelta(hours=hours)
        assert NYSE.day(begin) == NYSE.day(end - timedelta(microseconds=1)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("America/Sao_Paulo", "2018-11-04"), ("America/Havana", "2026-11-01"), ("Asia/Beirut", "2026-03-29")],
)
def test_a_day_without_a_midnight_or_with_two_begins_with_its_first_moment(zone, day):
    calendar = BusinessCalendar("NYSE", ZoneInfo(zone), 5)
    begin = calendar.begin(date.fromisoformat(day))
    assert calendar.day(begin) == date.fromisoformat(day)
    assert calendar.day(begin - timedelta(microseconds=1)) == date.fromisoformat(day) - DAY


@pytest.mark.parametrize("year", [1862, 2101, 9999])
def test_years_that_the_calendar_does_not_know_are_refused_not_guessed(year):
    with pytest.raises(CalendarEndError) as error:
        NYSE.window_start(date(year, 6, 1))
    assert (error.value.market, error.value.year) == ("NYSE", year)
    assert error.value.first <= 1970
    assert error.value.last >= 2100


def test_a_market_without_a_calendar_is_refused():
    with pytest.raises(UnknownMarketError, match="NYSX"):
        BusinessCalendar("NYSX", NEW_YORK, 5)
