"""Withdrawals are judged by the sums of days, as they would be one by one, however many there are."""

import os
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, event, insert

from host_tools.inventory.schema import WithdrawalRow
from host_tools.login import withdrawals
from host_tools.login.accounts import user_in
from host_tools.login.rules.calendar import BusinessCalendar
from host_tools.login.rules.limits import LARGEST, Made, judge
from host_tools.login.withdrawals import left_in, limits, withdraw
from host_tools.policy.kinds import DeviceKind
from host_tools.policy.rules import Limit

BEGIN = datetime(
    2026, 10, 26, tzinfo=UTC
)  # over the end of summer time, the clock set back, and Thanksgiving
MINUTES = st.integers(0, 60 * 24 * 35)
MOMENTS = st.one_of(
    MINUTES.map(lambda minutes: BEGIN + timedelta(minutes=minutes)),
    # Around midnight in New York, in winter and summer.
    st.builds(
        lambda day, hour, off: BEGIN + timedelta(days=day, hours=hour, microseconds=off),
        st.integers(0, 35), st.sampled_from([4, 5]), st.integers(-1, 1),
    ),
)  # fmt: skip
AMOUNTS = st.one_of(st.none(), st.integers(1, 300), st.just(LARGEST))
HISTORIES = st.lists(st.tuples(MOMENTS, AMOUNTS), max_size=25)
BOUNDS = st.integers(1, 2000) | st.none()
ONE_BY_ONE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@settings(ONE_BY_ONE, max_examples=60)
@given(HISTORIES, MOMENTS, BOUNDS, BOUNDS, st.integers(1, 300))
@example([(BEGIN, LARGEST)] * 3 + [(BEGIN + timedelta(days=30), None)], BEGIN, 200, 600, 1)
@example([], BEGIN, 200, None, 201)
def test_what_is_said_by_sums_is_what_is_said_of_each(housed, clock, history, now, day, window, amount):
    clock.time = now
    limit = Limit(day, window)
    with housed.system.writing() as work:
        user = user_in(work, "alice").id
        calendar = BusinessCalendar.of(work.rules)
        work.connection.execute(delete(WithdrawalRow))
        fill(work, user, history)
        found = withdrawals._counting(work, user)
        summed = withdrawals._made(found)
        one_by_one = [Made(at, LARGEST if cents is None else cents) for at, cents in history]
        assert judge(amount, summed, now, limit, calendar) == judge(amount, one_by_one, now, limit, calendar)
        since = calendar.begin(calendar.window_start(calendar.day(now)))
        unknown = any(cents is None and at >= since for at, cents in history)
        assert left_in(work, user, DeviceKind.SMS).unknown_since_backup == unknown


def fill(work, user, history):
    rows = [{"reference": os.urandom(16), "user_id": user, "cents": cents, "at": at} for at, cents in history]
    if rows:
        work.connection.execute(insert(WithdrawalRow), rows)


def test_of_many_the_database_says_one_sum_a_day(housed, clock):
    with housed.system.writing() as work:
        user = user_in(work, "alice").id
        fill(work, user, [(clock() - timedelta(minutes=minute), 1) for minute in range(0, 60 * 24 * 9, 6)])
        # From Tuesday to this Monday: five business days and a weekend.
        assert len(withdrawals._counting(work, user)) == 7
    token = housed.session_by(housed.other_device(DeviceKind.SMS))
    left = limits(housed.system, token)
    assert (left.left_today, left.left_in_window) == (20_000_000 - 71, 60_000_000 - 71 - 6 * 240)
    assert withdraw(housed.system, token, left.left).judged.left == 0


def test_a_device_without_a_limit_needs_no_look_at_what_was_withdrawn(housed, statements):
    token = housed.session_by(housed.token())
    with statements() as ran:
        assert withdraw(housed.system, token, 1, "order-0000000001").judged.allowed
    assert [one for one in ran if "sum(" in one.lower()] == []


def test_a_device_with_a_limit_takes_one_look_and_finds_what_it_needs_by_the_index(housed):
    token = housed.session_by(housed.other_device(DeviceKind.SMS))
    looks = []

    def note(_connection, _cursor, statement, values, *_):
        if "sum(" in statement.lower():
            looks.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        withdraw(housed.system, token, 1)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    ((statement, values),) = looks
    with housed.system.reading() as work:
        explain = "EXPLAIN QUERY PLAN"
        if work.connection.dialect.name == "postgresql":
            # It reads so small a table as a whole, if it may.
            work.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN"
        plan = "\n".join(
            str(row) for row in work.connection.exec_driver_sql(f"{explain} {statement}", values)
        )
    assert "ix_withdrawals_counting" in plan
