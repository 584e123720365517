"""How much a credential is issued: a bound that holds across any backups and restores."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.inventory import allowance
from host_tools.inventory.allowance import AT_ONCE, EVERY, most_since, nothing_left, paid
from host_tools.inventory.errors import AllowanceSpentError

START = datetime(2026, 1, 1, tzinfo=UTC)


def issue_all(due, now):
    """As many as there are; how many, and what is due then."""
    count = 0
    while True:
        try:
            due = paid(due, now)
        except AllowanceSpentError:
            return count, due
        count += 1


def test_a_new_credential_is_issued_some_hundreds_at_once_and_then_one_every_three_minutes():
    count, due = issue_all(None, START)
    assert count == AT_ONCE == 480
    with pytest.raises(AllowanceSpentError, match="2026-01-01 00:03:00") as refused:
        paid(due, START + EVERY - timedelta(microseconds=1))
    assert refused.value.next_at == START + EVERY
    assert issue_all(due, START + EVERY)[0] == 1
    assert issue_all(due, START + timedelta(days=1))[0] == 480
    assert issue_all(due, START + timedelta(days=30))[0] == 480


def test_a_clock_that_was_set_back_grants_nothing():
    _, due = issue_all(None, START)
    assert issue_all(due, START - timedelta(days=1))[0] == 0


def test_what_can_have_been_issued_since_is_all_at_once_and_then_480_a_day():
    day = timedelta(days=1)
    assert most_since(None, START, START) == 480
    assert most_since(None, START, START + day) == 960
    assert most_since(nothing_left(START), START, START) == 0
    assert most_since(nothing_left(START), START, START + day) == 480
    assert most_since(nothing_left(START + 3 * day), START, START + day) == 0


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 40_000)),
        st.tuples(st.just("issue"), st.integers(1, 12)),
        st.tuples(st.just("back up"), st.just(0)),
        st.tuples(st.just("restore"), st.integers(0, 5)),
    ),
    max_size=60,
)


@given(STEPS)
def test_no_place_is_issued_twice_whichever_backups_are_restored_in_whichever_order(steps):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(allowance, "AT_ONCE", 5)
        now, index, due = START, 0, None
        backups = [(START, 0, None)]
        issued = []
        for step, number in steps:
            if step == "wait":
                now += timedelta(milliseconds=number * 10)
            elif step == "issue":
                for _ in range(number):
                    try:
                        due = paid(due, now)
                    except AllowanceSpentError:
                        break
                    issued.append(index)
                    index += 1
            elif step == "back up":
                backups.append((now, index, due))
            else:
                then, at, owed = backups[number % len(backups)]
                index, due = at + most_since(owed, then, now), nothing_left(now)
        assert len(issued) == len(set(issued))
