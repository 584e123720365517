"""Withdrawals against limits: what is left, why one is refused, when more is possible, and what always holds."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host_tools.login.rules.calendar import BusinessCalendar
from host_tools.login.rules.errors import AmountError, CalendarEndError
from host_tools.login.rules.limits import Made, Reason, day_begins, judge
from host_tools.policy.rules import Limit

NEW_YORK = ZoneInfo("America/New_York")
NYSE = BusinessCalendar("NYSE", NEW_YORK, 5)
DAY = timedelta(days=1)
CARD = Limit(200, 600)


def at(text):
    """A time of day in New York."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def made(*withdrawals):
    return [Made(at(text), amount) for text, amount in withdrawals]


def judged(amount, before, now, limit=CARD):
    return judge(amount, before, at(now), limit, NYSE)


def test_what_is_within_both_limits_is_allowed_and_what_is_left_is_told():
    found = judged(50, made(("2026-11-12T09:00", 120), ("2026-11-13T09:00", 100)), "2026-11-13T10:00")
    assert (found.allowed, found.reason, found.possible_at) == (True, None, None)
    assert (found.left_today, found.left_in_window, found.left) == (100, 380, 100)
    assert found.more_at == at("2026-11-14T00:00")


def test_the_limit_itself_is_within_it():
    assert judged(200, [], "2026-11-13T10:00").allowed
    assert not judged(201, [], "2026-11-13T10:00").allowed


def test_a_days_limit_is_whole_again_at_midnight():
    before = made(("2026-11-13T00:00", 150))
    found = judged(100, before, "2026-11-13T23:59:59")
    assert (found.reason, found.possible_at) == (Reason.DAY, at("2026-11-14T00:00"))
    assert judged(100, before, "2026-11-14T00:00").allowed


def test_a_windows_limit_comes_back_with_the_business_days_that_leave_it():
    before = made(*[(f"2026-11-{day:02}T12:00", 150) for day in (9, 10, 11, 12)])
    found = judged(100, before, "2026-11-13T12:00")
    assert (found.reason, found.left_today, found.left_in_window) == (Reason.WINDOW, 200, 0)
    assert found.possible_at == found.more_at == at("2026-11-16T00:00")
    assert judged(160, before, "2026-11-13T12:00").possible_at == at("2026-11-17T00:00")
    assert not judged(100, before, "2026-11-15T23:59:59").allowed
    assert judged(100, before, "2026-11-16T00:00").allowed


def test_what_is_withdrawn_on_a_weekend_counts_with_friday():
    weekend = made(("2026-11-14T12:00", 200), ("2026-11-15T12:00", 200))
    assert judged(1, weekend, "2026-11-16T12:00").left_in_window == 200
    assert judged(1, weekend, "2026-11-19T12:00").left_in_window == 200
    assert judged(1, weekend, "2026-11-20T00:00").left_in_window == 600
    assert judged(1, weekend, "2026-11-15T12:00").left == 0


def test_a_holiday_makes_the_window_longer():
    before = made(("2026-11-20T12:00", 200))
    assert judged(1, before, "2026-11-27T12:00").left_in_window == 400
    assert judged(1, before, "2026-11-30T12:00").left_in_window == 600
    assert judged(401, before, "2026-11-27T12:00", Limit(None, 600)).possible_at == at("2026-11-30T00:00")


def test_the_window_goes_over_the_turn_of_the_year():
    before = made(("2026-12-28T12:00", 200), ("2026-12-31T23:59", 200))
    assert judged(1, before, "2027-01-01T00:00").left_today == 200
    assert judged(1, before, "2027-01-04T12:00").left_in_window == 200
    assert judged(1, before, "2027-01-05T12:00").left_in_window == 400


def test_days_are_those_of_the_policys_zone_in_summer_and_winter():
    utc = Made(datetime(2026, 11, 1, 3, 59, tzinfo=UTC), 200)  # still October 31, summer time
    assert judge(1, [utc], at("2026-11-01T00:00"), CARD, NYSE).left_today == 200
    assert judge(1, [utc], at("2026-10-31T23:59:59"), CARD, NYSE).left_today == 0
    twice = at("2026-11-01T01:30")  # comes twice on that day
    before = [Made(twice, 100), Made(twice.replace(fold=1), 100)]
    assert judge(1, before, at("2026-11-01T23:59"), CARD, NYSE).possible_at == at("2026-11-02T00:00")
    assert at("2026-11-02T00:00").astimezone(UTC) == datetime(2026, 11, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize("limit", [CARD, Limit(None, 200), Limit(200, None)])
def test_more_than_the_limit_is_never_possible(limit):
    found = judged(10_000, made(("2026-11-13T09:00", 1)), "2026-11-13T12:00", limit)
    assert not found.allowed
    assert found.possible_at is None
    assert found.more_at is not None


def test_an_untouched_limit_has_no_more_to_come():
    found = judged(10_000, [], "2026-11-13T12:00")
    assert (found.possible_at, found.more_at) == (None, None)


def test_unlimited_is_unlimited_even_where_no_calendar_reaches():
    found = judge(
        10**14, made(("2026-11-13T09:00", 10**15)), datetime(3000, 1, 1, tzinfo=UTC), Limit(None, None), NYSE
    )
    assert found.allowed
    assert found.left is None


def test_a_device_may_be_limited_by_the_day_or_by_the_window_alone():
    before = made(("2026-11-12T09:00", 150), ("2026-11-13T09:00", 150))
    by_day, by_window = (
        judged(60, before, "2026-11-13T12:00", one) for one in (Limit(200, None), Limit(None, 350))
    )
    assert (by_day.reason, by_day.left_today, by_day.left_in_window) == (Reason.DAY, 50, None)
    assert (by_window.reason, by_window.left_today, by_window.left_in_window) == (Reason.WINDOW, None, 50)


def test_what_a_stronger_device_withdrew_leaves_a_weaker_one_nothing_and_no_debt():
    found = judged(1, made(("2026-11-13T09:00", 10**9)), "2026-11-13T12:00")
    assert (found.left_today, found.left_in_window) == (0, 0)
    assert found.possible_at == at("2026-11-20T00:00")


def test_what_was_made_later_than_now_counts_as_of_today():
    found = judged(100, made(("2026-11-18T09:00", 150)), "2026-11-13T12:00")
    assert (found.reason, found.left_today, found.left_in_window) == (Reason.DAY, 50, 450)
    assert found.possible_at == at("2026-11-19T00:00")


@pytest.mark.parametrize("amount", [0, -1])
def test_no_amount_is_refused(amount):
    with pytest.raises(AmountError) as error:
        judged(amount, [], "2026-11-13T12:00", Limit(None, None))
    assert error.value.amount == amount


def test_far_years_have_limits_too_and_those_without_a_calendar_are_refused():
    assert judged(200, made(("2099-11-24T09:00", 300)), "2099-11-30T12:00").left_in_window == 300
    with pytest.raises(CalendarEndError):
        judged(1, [], "2101-03-01T12:00")


def test_what_was_made_before_the_window_need_not_be_looked_up():
    before = made(("2026-11-08T23:59:59", 600), ("2026-11-09T00:00", 1))
    now = at("2026-11-13T12:00")
    assert day_begins(now, NYSE)[0] == at("2026-11-09T00:00")
    lately = [one for one in before if one.at >= day_begins(now, NYSE)[0]]
    assert judge(1, before, now, CARD, NYSE) == judge(1, lately, now, CARD, NYSE)
    assert judge(1, made(("1492-10-12T00:00", 1)), now, CARD, NYSE).left_in_window == 600


MINUTES = 60 * 24 * 40
BEGIN = datetime(2026, 11, 20, tzinfo=UTC)  # over Thanksgiving, Christmas and the turn of the year
MOMENTS = st.integers(0, MINUTES).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
AMOUNTS = st.integers(1, 300)
BOUNDS = st.integers(1, 400) | st.none()
LIMITS = st.tuples(BOUNDS, BOUNDS).map(lambda both: Limit(*both))
HISTORIES = st.lists(st.builds(Made, MOMENTS, AMOUNTS), max_size=30)


def sums(history):
    """Of every day of the calendar: what was made on it, and what in the window that ends with it."""
    by_day = [(NYSE.day(one.at), one.amount) for one in history]
    first = date(2026, 11, 15)
    for day in (first + n * DAY for n in range(60)):
        start = NYSE.window_start(day)
        yield (
            sum(amount for one, amount in by_day if one == day),
            sum(amount for one, amount in by_day if start <= one <= day),
        )


@settings(deadline=None)
@given(HISTORIES, LIMITS)
def test_no_day_and_no_window_ever_holds_more_than_the_limit_even_if_the_clock_goes_to_and_fro(wishes, limit):
    history = []
    for wish in wishes:
        if judge(wish.amount, history, wish.at, limit, NYSE).allowed:
            history.append(wish)
    for of_day, in_window in sums(history):
        assert limit.day is None or of_day <= limit.day
        assert limit.window is None or in_window <= limit.window


@settings(deadline=None)
@given(HISTORIES, MOMENTS, LIMITS, AMOUNTS)
def test_what_is_left_is_the_most_that_is_allowed(history, now, limit, amount):
    found = judge(amount, history, now, limit, NYSE)
    assert found.allowed == (found.left is None or amount <= found.left)
    if found.left:
        assert judge(found.left, history, now, limit, NYSE).allowed
        assert not judge(found.left + 1, history, now, limit, NYSE).allowed


@given(HISTORIES, MOMENTS, LIMITS, AMOUNTS, AMOUNTS)
def test_a_smaller_amount_is_never_refused_where_a_greater_one_is_allowed(history, now, limit, one, other):
    smaller, greater = sorted((one, other))
    if judge(greater, history, now, limit, NYSE).allowed:
        assert judge(smaller, history, now, limit, NYSE).allowed


@given(HISTORIES, MOMENTS, AMOUNTS)
def test_judging_in_order_refuses_nothing_that_the_limits_words_allow(history, now, amount):
    past = [one for one in history if NYSE.day(one.at) <= NYSE.day(now)]
    today = NYSE.day(now)
    of_day = sum(one.amount for one in past if NYSE.day(one.at) == today)
    in_window = sum(one.amount for one in past if NYSE.day(one.at) >= NYSE.window_start(today))
    allowed = judge(amount, past, now, CARD, NYSE).allowed
    assert allowed == (of_day + amount <= CARD.day and in_window + amount <= CARD.window)


@settings(deadline=None)
@given(HISTORIES, MOMENTS, LIMITS, AMOUNTS)
def test_an_amount_becomes_possible_at_the_time_that_is_told_and_not_before(history, now, limit, amount):
    found = judge(amount, history, now, limit, NYSE)
    if found.possible_at is not None:
        assert judge(amount, history, found.possible_at, limit, NYSE).allowed
        assert not judge(amount, history, found.possible_at - timedelta(microseconds=1), limit, NYSE).allowed
    elif not found.allowed:
        assert not judge(amount, history, now + timedelta(days=80), limit, NYSE).allowed


@settings(deadline=None)
@given(HISTORIES, MOMENTS, LIMITS, AMOUNTS)
def test_more_is_possible_at_the_time_that_is_told_and_not_before(history, now, limit, amount):
    found = judge(amount, history, now, limit, NYSE)
    if found.more_at is None:
        assert judge(amount, history, now + timedelta(days=80), limit, NYSE).left == found.left
    else:
        assert (
            judge(amount, history, found.more_at - timedelta(microseconds=1), limit, NYSE).left == found.left
        )
        assert judge(amount, history, found.more_at, limit, NYSE).left > found.left
