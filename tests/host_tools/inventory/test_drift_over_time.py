"""A clock that runs off is followed by a login a day; whoever types late now and then moves nothing by it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.inventory import drift
from host_tools.inventory.schema import CredentialRow
from host_tools.policy import Policy

STEP = 30  # seconds
DAY = 86400
PHASES = st.sampled_from([0, 1, 14, 28, 29])  # seconds of our step at which a code is typed
SIDES = st.sampled_from([-1, 0, 1])


class Token:
    """A token whose clock is so many seconds ahead of ours, and what is remembered of it."""

    def __init__(self, ahead=0.0):
        self.ahead = ahead
        self.row = CredentialRow(drift=0, lean=0)
        self.reach = Policy.load().at(datetime(2026, 1, 1, tzinfo=UTC)).code
        self.days = 20_000
        assert self.reach.drift_steps == 1

    def login(self, phase, late=0):
        """The next day; whether the code is accepted that the token has shown so many seconds ago."""
        self.days += 1
        now = self.days * DAY + phase
        return self.typed(now // STEP, int((now - late + self.ahead) // STEP))

    def typed(self, present, step):
        if step not in drift.expected(self.row, present, self.reach, STEP):
            return False
        drift.remember(self.row, step, present)
        return True


@pytest.mark.parametrize("way", [-1, 1])
@given(
    ahead=st.integers(-60, 60),
    logins=st.lists(st.tuples(PHASES, st.sampled_from([0.1, 0.5, 1, 1])), min_size=70, max_size=100),
)
def test_a_clock_that_runs_off_by_a_second_between_logins_is_followed_whenever_they_are(way, ahead, logins):
    token = Token()
    token.row.drift = ahead // STEP
    token.ahead = ahead
    for phase, off in logins:
        token.ahead += way * off
        assert token.login(phase)


@given(st.lists(SIDES, min_size=1, max_size=60))
def test_a_code_may_be_a_step_beside_the_last_one_whatever_came_before(sides):
    token, off = Token(), 0
    for present, side in enumerate(sides, 1):
        off = max(-60, min(60, off + side))
        assert token.typed(present * DAY // STEP, present * DAY // STEP + off)


@pytest.mark.parametrize("way", [-1, 1])
def test_a_code_that_leant_widens_what_is_taken_by_a_step_to_its_side_and_no_further(way):
    token = Token()
    assert token.typed(1000, 1000 + way)
    assert sorted(drift.expected(token.row, 2000, token.reach, STEP)) == sorted(
        2000 + way * off for off in (-1, 0, 1, 2)
    )


@given(st.lists(SIDES, min_size=1, max_size=40))
def test_whoever_is_a_step_off_now_and_then_is_never_refused_and_moves_nothing(sides):
    token, before = Token(), 0
    for present, side in enumerate(sides, 1):
        off = 0 if side == before else side
        assert token.typed(present * DAY // STEP, present * DAY // STEP + off)
        assert token.row.drift == 0
        before = off


@given(
    ahead=st.integers(0, 29),
    logins=st.lists(st.tuples(PHASES, st.none() | st.tuples(PHASES, st.integers(1, 30))), max_size=40),
)
def test_a_code_in_time_is_never_refused_for_one_that_was_late(ahead, logins):
    token = Token(ahead)
    for phase, late_one in logins:
        assert token.login(phase)
        if late_one is not None:
            token.login(*late_one)


def test_it_goes_no_further_than_both_codes_lean():
    token = Token()
    for off, moved, left in ((2, 0, 2), (3, 2, 1), (4, 3, 1), (1, 3, -2), (-1, 1, -2), (1, 1, 0)):
        drift.remember(token.row, 1000 + off, 1000)
        assert (token.row.drift, token.row.lean) == (moved, left)
