"""What locks: so many failures within a time, and unanswered challenges that count, by limits of any size."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from host_tools.policy import Policy
from host_tools.policy.lockout import blocked, counting, locked_until

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RULES = Policy.load().at(START).failures
DAY = timedelta(hours=24)
HOURS = st.lists(st.integers(0, 24 * 5 * 4), max_size=30).map(
    lambda quarters: [START + timedelta(minutes=15 * quarter) for quarter in quarters]
)
LIMITS = st.builds(
    lambda row, unanswered, within, lock: replace(
        RULES,
        in_a_row=row,
        unanswered=unanswered,
        within=timedelta(hours=within),
        locked_for=timedelta(hours=lock),
    ),
    st.integers(3, 12),
    st.integers(3, 12),
    st.integers(1, 48),
    st.integers(1, 72),
)


def at(*hours):
    return [START + timedelta(hours=hour) for hour in hours]


def test_ten_failures_within_a_day_lock_until_a_day_after_the_last():
    times = at(*range(10))
    assert locked_until(times[:9], times[9], RULES) is None
    assert locked_until(times, times[9], RULES) == times[9] + DAY
    assert locked_until(times, times[9] + DAY - timedelta(seconds=1), RULES) == times[9] + DAY
    assert locked_until(times, times[9] + DAY, RULES) is None


def test_ten_failures_over_more_than_a_day_lock_nothing():
    times = at(0, *range(16, 24), 24)
    assert locked_until(times, times[-1], RULES) is None
    assert locked_until(at(0.1, *range(16, 24), 24), times[-1], RULES) == times[-1] + DAY


def test_a_failure_right_after_a_lock_is_the_first_of_the_next_ten():
    times = at(*[0] * 10)
    assert locked_until([*times, times[-1] + DAY], times[-1] + DAY, RULES) is None


def test_a_clock_that_was_set_back_ends_no_lock():
    times = at(*range(10))
    assert locked_until(times, START - timedelta(days=3), RULES) == times[9] + DAY


def test_a_lock_may_be_shorter_than_the_time_within_which_failures_count():
    short = replace(RULES, locked_for=timedelta(hours=1))
    assert locked_until(at(*range(10)), START + timedelta(hours=9.5), short) == START + timedelta(hours=10)
    assert locked_until(at(*range(10)), START + timedelta(hours=10), short) is None
    assert locked_until(at(*range(11)), START + timedelta(hours=10), short) == START + timedelta(hours=11)


@given(HOURS, st.integers(0, 24 * 7), LIMITS)
def test_a_lock_is_what_its_words_say(times, hours, rules):
    now = START + timedelta(hours=hours)
    ends = [
        last + rules.locked_for
        for last in times
        if sum(last - rules.within < one <= last for one in times) >= rules.in_a_row
        and now < last + rules.locked_for
    ]
    assert locked_until(times, now, rules) == max(ends, default=None)


@given(HOURS, LIMITS)
def test_of_unanswered_challenges_those_count_that_are_so_many_within_the_time(times, rules):
    ordered = sorted(times)
    full = [
        begin
        for begin in ordered
        if sum(begin <= other < begin + rules.within for other in ordered) >= rules.unanswered
    ]
    expected = [one for one in ordered if any(begin <= one < begin + rules.within for begin in full)]
    assert counting(times, rules) == expected


def test_thirty_failures_block():
    assert not blocked(29, RULES)
    assert blocked(30, RULES)
