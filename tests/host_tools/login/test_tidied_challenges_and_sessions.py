"""Challenges and sessions do not stay for ever: what goes by them does not change, and nothing can be played back."""

import pytest
from sqlalchemy import text

from fakes.login_house import House
from host_tools.inventory import asking, failures, help_desk, verify
from host_tools.inventory.backup import back_up
from host_tools.inventory.desk_errors import BlockedError
from host_tools.inventory.errors import ChallengeNotOpenError
from host_tools.inventory.restoring import restore
from host_tools.inventory.schema import ChallengeRow, DemandRow, LoginSessionRow
from host_tools.inventory.token_rows import credential_row
from host_tools.login.errors import DemandNotOpenError, SessionError
from host_tools.login.issuing import issue_passcode
from host_tools.login.limits_of import withdrawals_of
from host_tools.login.rules.code_errors import PasscodeTwiceError
from host_tools.login.sessions import session
from host_tools.login.tidying import Tidied, tidy
from host_tools.login.withdrawals import limits, withdraw
from host_tools.policy.kinds import DeviceKind

KEY = "order-0000000001"


@pytest.fixture
def alice(anywhere_house):
    """A house whose alice has a token, with a duress PIN."""
    anywhere_house.user()
    anywhere_house.token(alarm=True)
    return anywhere_house


def count(house, table):
    with house.inventory.reading() as session:
        return session.query(table).count()


def ask(house):
    return asking.ask(house.inventory, "DS-1").question


def unanswered(house, clock, begin, days=3):
    """Ten challenges, on each of so many days."""
    for _ in range(days):
        for _ in range(10):
            begin()
            clock.advance(minutes=3)
        clock.advance(days=1)


def test_what_ended_a_month_ago_goes_but_for_the_last_session_of_a_device(alice, clock):
    for _ in range(5):
        assert alice.login().accepted
    alice.begin()
    ask(alice)
    clock.advance(days=30)
    assert tidy(alice.system) == Tidied()
    clock.advance(minutes=30)
    assert tidy(alice.system) == Tidied(demands=6, challenges=7, sessions=4)
    assert [count(alice, one) for one in (DemandRow, ChallengeRow, LoginSessionRow)] == [0, 0, 1]
    assert tidy(alice.system) == Tidied()


def test_what_is_young_stays(alice, clock):
    alice.login()
    alice.login()
    clock.advance(days=31)
    for _ in range(2):
        opened = alice.login()
    assert tidy(alice.system) == Tidied(demands=2, challenges=2, sessions=2)
    assert session(alice.system, opened.session).user.name == "alice"
    assert count(alice, ChallengeRow) == 2


def test_nothing_can_be_played_back_and_no_challenge_comes_twice(alice, clock):
    before = []
    for _ in range(20):
        asked = alice.begin()
        response = alice.response(asked)
        before.append((asked, response, alice.answer(asked, response).session))
    clock.advance(days=31)
    assert tidy(alice.system).challenges == 20
    questions = {asked.challenge for asked, _, _ in before}
    for asked, response, opened in before:
        with pytest.raises(DemandNotOpenError):
            alice.answer(asked, response)
        with pytest.raises(ChallengeNotOpenError):
            verify.answer(alice.inventory, "DS-1", asked.challenge, response)
        with pytest.raises(SessionError):
            session(alice.system, opened)
    for _ in range(20):
        asked = alice.begin()
        assert asked.challenge not in questions
        questions.add(asked.challenge)
        assert not alice.answer(asked, before[0][1]).accepted
        assert alice.login().accepted


def test_no_challenge_comes_twice_though_it_was_tidied_away_before_a_backup(location, clock, tmp_path):
    house = House(location, clock)
    house.user()
    house.token()
    hands = house.hands

    def asked():
        challenge = house.begin().challenge
        clock.advance(minutes=3)
        return challenge

    before = [asked() for _ in range(5)]
    clock.advance(days=31)
    assert tidy(house.system).challenges == 5
    back_up(house.inventory, tmp_path / "backup")
    before += [asked() for _ in range(5)]
    house.close()
    restore(location, tmp_path / "backup", kept=tmp_path / "kept", now=clock)
    house = House(location, clock)
    house.hands = hands
    clock.advance(minutes=3)
    assert len({*before, *(asked() for _ in range(5))}) == 15
    house.close()


def test_what_the_help_desk_asked_in_vain_blocks_though_it_is_long_ago(alice, clock):
    unanswered(alice, clock, lambda: ask(alice))
    clock.advance(days=60)
    assert tidy(alice.system) == Tidied()
    with pytest.raises(BlockedError):
        ask(alice)


def test_what_a_success_has_ended_is_removed(alice, clock):
    unanswered(alice, clock, lambda: ask(alice), days=2)
    assert alice.login().accepted
    clock.advance(days=31)
    assert tidy(alice.system).challenges == 21


def test_a_success_without_a_pin_ends_what_was_asked_of_its_own_credential(anywhere_house, clock):
    house = anywhere_house
    house.user()
    house.token(possession_only=True)
    unanswered(house, clock, lambda: ask(house), days=1)
    assert house.login().accepted
    clock.advance(days=31)
    assert tidy(house.system).challenges == 11


def test_what_counts_for_the_token_since_a_clock_was_wrong_stays(alice, clock):
    """The identification was written after the success, at an earlier time."""
    clock.advance(days=20)
    unanswered(alice, clock, lambda: ask(alice), days=1)
    assert alice.login().accepted
    clock.advance(days=-25)
    with alice.inventory.writing() as work:
        row = credential_row(work, alice.inventory.credential("DS-1"))
        failures.identified(work, row, clock())
    clock.advance(days=90)
    assert tidy(alice.system).challenges == 1
    with alice.inventory.reading() as work:
        row = credential_row(work, alice.inventory.credential("DS-1"))
        assert failures.standing(alice.inventory, work, row, clock()).token_failures == 10


def test_a_challenge_stays_as_long_as_a_demand_may_count_by_it(alice, clock):
    unanswered(alice, clock, alice.begin, days=2)
    question = ask(alice)
    help_desk.authenticate(alice.inventory, "DS-1", alice.hands["DS-1"].shows(question, clock()))
    clock.advance(days=60)
    assert tidy(alice.system) == Tidied(challenges=1)
    with alice.inventory.reading() as work:
        assert [row.challenge_id is None for row in work.query(DemandRow)] == [False] * 20


def test_a_withdrawal_tells_under_duress_or_not_as_long_as_it_is_on_record(alice, clock):
    for alarm in (False, True):
        opened = alice.answer(alice.begin(), alarm=alarm).session
        withdraw(alice.system, opened, 100, f"{KEY}{alarm}")
    alice.login()
    before = withdrawals_of(alice.system, "alice")
    assert [one.is_alarm for one in before] == [False, True]
    clock.advance(days=31)
    assert tidy(alice.system).sessions == 0
    assert withdrawals_of(alice.system, "alice") == before


def test_limits_of_a_window_and_keys_of_withdrawals_are_the_same(anywhere_house, clock):
    house = anywhere_house
    house.user()
    device = house.other_device(DeviceKind.SMS)
    opened = house.session_by(device)
    first = withdraw(house.system, opened, 150_000_00, KEY)
    clock.advance(days=31)
    opened = house.session_by(device)
    withdraw(house.system, opened, 120_000_00, f"{KEY}1")
    left = limits(house.system, opened)
    tidy(house.system)
    assert limits(house.system, opened) == left
    assert withdraw(house.system, opened, 150_000_00, KEY) == first


@pytest.mark.parametrize("has_logged_in", [True, False])
def test_no_two_passcodes_are_issued_in_a_row(alice, clock, has_logged_in):
    """The help desk's success takes the place of the login's, of which the session is all that is left."""
    alice.login()
    clock.advance(minutes=1)
    issue_passcode(alice.system, "alice", "passport, called back")
    clock.advance(minutes=1)
    if has_logged_in:
        assert alice.answer(alice.begin(device=1)).accepted
    clock.advance(minutes=1)
    question = ask(alice)
    help_desk.authenticate(alice.inventory, "DS-1", alice.hands["DS-1"].shows(question, clock()))
    clock.advance(days=60)
    assert tidy(alice.system).sessions == int(has_logged_in)
    if has_logged_in:
        issue_passcode(alice.system, "alice", "passport, called back")
    else:
        with pytest.raises(PasscodeTwiceError):
            issue_passcode(alice.system, "alice", "passport, called back")


@pytest.mark.parametrize(
    ("index", "query"),
    [
        ("ix_demands_challenge_id", "SELECT id FROM demands WHERE challenge_id = 1"),
        ("ix_withdrawals_session_id", "SELECT id FROM withdrawals WHERE session_id = 1"),
        (
            "ix_login_sessions_of_device",
            "SELECT id FROM login_sessions WHERE device_id = 1 AND opened_at > '2026-11-29 10:00:00'",
        ),
    ],
)
def test_what_refers_to_a_row_that_goes_is_found_by_an_index(anywhere_house, index, query):
    with anywhere_house.inventory.reading() as work:
        explain = "EXPLAIN QUERY PLAN "
        if work.get_bind().dialect.name == "postgresql":
            work.execute(text("SET LOCAL enable_seqscan = off"))
            explain = "EXPLAIN "
        assert index in str(work.execute(text(explain + query)).all())
