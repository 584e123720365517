"""A record from the future: it holds the clock of a new service, until an operator says that the clock is right."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from fakes.login_house import House
from host_tools.inventory import Inventory, audit
from host_tools.inventory.schema import WithdrawalRow
from host_tools.login import help_desk, withdrawals
from host_tools.login.answering import answer
from host_tools.login.beginning import begin_vouched
from host_tools.login.clock_record import accept_clock, clock_record
from host_tools.login.devices import devices
from host_tools.login.errors import DemandNotOpenError, LockedUserError, SessionError
from host_tools.login.issuing import issue_card
from host_tools.login.overview import overview
from host_tools.login.rules.clock import Clock
from host_tools.login.sessions import session
from host_tools.login.system import LoginSystem
from host_tools.policy import Policy

YEAR = timedelta(days=365)


@pytest.fixture
def yesterday(house, clock):
    """A user and a token of a time when the clock was right."""
    house.user()
    house.token()
    assert house.login().accepted
    clock.advance(days=1)
    return clock.time


@pytest.fixture
def restarted(location, clock):
    """A service that is started anew: it knows the record, and judges its clock."""

    def restarted():
        judge = Clock(wall=clock, steady=lambda: 0.0)
        rules = Policy.load().at(clock.time).clock
        inventory = Inventory.open(location, create=False, now=lambda: judge.read(rules).at)
        return LoginSystem(inventory, judge)

    return restarted


def test_without_a_jump_there_is_nothing_to_accept(house, clock, yesterday):
    before = house.inventory.audit_head()
    found = accept_clock(house.system)
    assert (found.shows, found.record, found.behind) == (yesterday, yesterday - timedelta(days=1), None)
    clock.time -= timedelta(days=1, seconds=5)  # the policy's tolerance
    assert accept_clock(house.system).behind is None
    assert house.inventory.audit_head() == before


def test_an_inventory_without_any_record_has_no_clock_to_accept(house):
    found = clock_record(house.system)
    assert (found.record, found.behind) == (None, None)


def test_a_restarted_service_goes_by_a_record_that_is_a_year_ahead_and_after_the_clock_is_accepted_by_the_clock(
    house, clock, yesterday, restarted
):
    clock.time += YEAR
    house.user("bob")
    clock.time -= YEAR
    assert clock_record(house.system).behind == YEAR
    with restarted() as held, held.reading() as work:
        assert work.now == yesterday + YEAR
    accepted = accept_clock(house.system)
    assert (accepted.shows, accepted.record, accepted.behind) == (yesterday, yesterday + YEAR, YEAR)
    assert clock_record(house.system).behind is None
    with restarted() as system:
        assert system.jump() is None
        asked = begin_vouched(system, "alice")
        assert asked.expires_at == yesterday + timedelta(minutes=3)
        assert answer(system, asked.reference, house.response(asked)).accepted


def test_the_log_says_that_it_was_accepted_and_stays_whole(house, clock, yesterday):
    clock.time += YEAR
    house.user("bob")
    clock.time -= YEAR
    accept_clock(house.system)
    last = house.inventory.history()[-1]
    assert (last.event, last.at) == ("clock accepted", yesterday)
    assert last.detail == {"record": (yesterday + YEAR).isoformat(), "moved": 0}
    house.inventory.check_audit()


def test_a_lock_of_the_future_ends_a_day_after_the_clock_was_accepted(house, clock, yesterday):
    clock.time += YEAR
    for _ in range(10):
        house.fail()
    clock.time -= YEAR
    with pytest.raises(LockedUserError) as error:
        house.begin()
    assert error.value.until == yesterday + YEAR + timedelta(days=1)
    accept_clock(house.system)
    with pytest.raises(LockedUserError) as error:
        house.begin()
    assert error.value.until == yesterday + timedelta(days=1)
    clock.advance(days=1)
    assert house.login().accepted


def test_a_token_that_was_used_in_the_future_is_asked_at_once(house, clock, yesterday):
    clock.time += YEAR
    for _ in range(3):
        assert house.login().accepted
    clock.time -= YEAR
    accept_clock(house.system)
    assert house.login().accepted


def test_no_session_and_no_challenge_of_before_lives_on(house, clock, yesterday):
    opened, asked = house.login(), house.begin()
    clock.time += YEAR
    future, asked_then = house.login(), house.begin()
    clock.time -= YEAR
    accept_clock(house.system)
    for one in (opened, future):
        with pytest.raises(SessionError):
            session(house.system, one.session)
    for demand in (asked, asked_then):
        with pytest.raises(DemandNotOpenError):
            house.answer(demand)
    clock.time += YEAR
    with pytest.raises(SessionError):
        session(house.system, future.session)
    with pytest.raises(DemandNotOpenError):
        house.answer(asked_then)


def test_what_was_made_in_the_future_lives_as_long_as_it_would_have_and_what_was_made_before_does_too(
    house, clock, yesterday
):
    before = issue_card(house.system, "alice", online=True).device
    clock.time += YEAR
    house.user("bob")
    after = issue_card(house.system, "bob", online=True).device
    clock.advance(minutes=1)
    house.user("carol")
    clock.time -= YEAR
    accept_clock(house.system)
    made_before = next(one for one in devices(house.system, "alice") if one.id == before.id)
    (made_after,) = devices(house.system, "bob")
    assert made_before == before
    assert made_after.added_at == clock.time - timedelta(minutes=1)
    assert made_after.expires_at - made_after.added_at == after.expires_at - after.added_at


def test_a_withdrawal_of_the_future_counts_as_one_of_now(house, clock, yesterday):
    clock.time += YEAR
    withdrawals.withdraw(house.system, house.login().session, 100)
    clock.time -= YEAR
    accept_clock(house.system)
    with house.system.reading() as work:
        assert work.session.scalars(select(WithdrawalRow.at)).all() == [yesterday]


def test_in_either_database_it_is_the_same(clock, anywhere):
    house = House(anywhere, clock)
    try:
        house.user()
        house.token()
        clock.time += YEAR
        for _ in range(10):
            house.fail()
        clock.time -= YEAR
        assert accept_clock(house.system).behind == YEAR
        assert overview(house.system, "alice").standing.locked_until == clock.time + timedelta(days=1)
        help_desk.end_sessions(house.system, "alice")
        with house.system.reading() as work:
            assert audit.latest(work.session) == clock.time
    finally:
        house.close()


def test_the_clock_of_the_machine_is_the_one_that_is_believed(house, location):
    with LoginSystem(Inventory.open(location, create=False)) as system:
        assert abs(clock_record(system).shows - datetime.now(UTC)) < timedelta(minutes=1)
