"""A user at a glance: failures, what locks and blocks, and what is open."""

from datetime import timedelta

import pytest

from host_tools.login import accounts, device_life, help_desk
from host_tools.login.errors import UnknownUserError
from host_tools.login.overview import overview


def test_of_a_new_user_there_is_nothing_but_the_name(house):
    made = house.user()
    found = overview(house.system, "ALICE")
    assert found.user == made
    assert (found.devices, found.blocked, found.sessions) == ([], [], [])
    assert (found.standing.failures, found.standing.locked_until, found.standing.blocked) == (0, None, False)


def test_open_sessions_are_those_of_usable_devices_that_have_not_ended(house, clock):
    house.user()
    first, second = house.token(), house.token()
    house.answer(house.begin(device=first.id))
    house.answer(house.begin(device=second.id))
    assert [one.device for one in overview(house.system, "alice").sessions] == [first.id, second.id]
    device_life.end_device(house.system, "alice", second.id)
    (left,) = overview(house.system, "alice").sessions
    assert (left.device, left.opened_at, left.is_limited, left.is_alarm) == (
        first.id,
        clock.time,
        False,
        False,
    )
    clock.advance(minutes=30)
    assert overview(house.system, "alice").sessions == []


def test_a_session_of_the_duress_pin_is_told(house):
    house.user()
    house.token(alarm=True)
    house.answer(house.begin(), alarm=True)
    assert [one.is_alarm for one in overview(house.system, "alice").sessions] == [True]


def test_a_lock_and_a_block_are_told_until_they_are_over(house, clock):
    house.user()
    device = house.token()
    for _ in range(3):
        for _ in range(10):
            house.fail()
        locked = overview(house.system, "alice").standing
        assert locked.locked_until == clock.time + timedelta(days=1)
        clock.advance(days=1)
    found = overview(house.system, "alice")
    assert (found.standing.locked_until, found.standing.blocked, found.blocked) == (None, True, [device.id])
    help_desk.identify(house.system, "alice", "known voice")
    found = overview(house.system, "alice")
    assert (found.standing.blocked, found.blocked) == (False, [])


def test_a_closed_account_has_no_sessions_and_an_unknown_one_is_refused(house):
    house.user()
    house.token()
    house.login()
    accounts.close_user(house.system, "alice")
    assert overview(house.system, "alice").sessions == []
    with pytest.raises(UnknownUserError):
        overview(house.system, "bob")
