"""Sessions end with what they rest on: the device, the password, the account; and what waits for an answer does."""

import pytest

from fakes.login_house import PASSWORD
from host_tools.inventory.lifecycle import assign, destroy, take_back
from host_tools.login import accounts, devices
from host_tools.login.errors import DemandNotOpenError, SessionError
from host_tools.login.help_desk import end_sessions
from host_tools.login.issuing import add_sms
from host_tools.login.sessions import end_session, session

OTHER = "another battery, another horse"


def is_open(house, token):
    try:
        return session(house.system, token).id > 0
    except SessionError:
        return False


@pytest.fixture
def tokens(house):
    """A session by each of two devices of alice's, and one of bob's."""
    house.user()
    house.user("bob")
    first, second = house.token(), house.token()
    house.token("bob")
    return [
        house.answer(house.begin(device=first.id)).session,
        house.answer(house.begin(device=second.id)).session,
        house.login("bob").session,
    ]


def test_a_device_s_end_ends_what_it_has_opened_also_when_it_is_taken_up_again(house, tokens):
    device = devices.devices(house.system, "alice")[0]
    devices.end_device(house.system, "alice", device.id)
    assert [is_open(house, token) for token in tokens] == [False, True, True]
    again = devices.add_token(house.system, "alice", device.token.serial, active=True)
    assert again.id == device.id
    assert [is_open(house, token) for token in tokens] == [False, True, True]


def test_a_challenge_from_before_a_device_s_end_is_not_answered_after_it(house, tokens):
    device = devices.devices(house.system, "alice")[0]
    asked = house.begin(device=device.id)
    devices.end_device(house.system, "alice", device.id)
    devices.add_token(house.system, "alice", device.token.serial, active=True)
    with pytest.raises(DemandNotOpenError):
        house.answer(asked)


@pytest.mark.parametrize("step", [take_back, destroy])
def test_a_token_that_is_in_nobody_s_hands_has_no_session(house, tokens, step):
    serial = devices.devices(house.system, "alice")[1].token.serial
    assign(house.inventory, serial, "alice")
    assert is_open(house, tokens[1])
    step(house.inventory, serial)
    assert [is_open(house, token) for token in tokens] == [True, False, True]


def test_a_new_password_ends_the_sessions_but_the_one_to_keep(house, tokens):
    accounts.set_password(house.system, "alice", PASSWORD, keeping=session(house.system, tokens[1]).id)
    assert [is_open(house, token) for token in tokens] == [False, True, True]
    accounts.set_password(house.system, "alice", OTHER)
    assert [is_open(house, token) for token in tokens] == [False, False, True]


def test_who_began_with_the_old_password_does_not_go_on_after_a_new_one(house):
    house.user(password=PASSWORD)
    house.token()
    asked = house.begin_with(PASSWORD)
    accounts.set_password(house.system, "alice", OTHER)
    with pytest.raises(DemandNotOpenError):
        house.answer(asked)


def test_another_number_ends_what_codes_to_the_one_before_have_opened(house):
    house.user(phone="+442079460000")
    add_sms(house.system, "alice")
    asked = house.begin()
    opened = house.answer(asked, house.sent()[0]).session
    house.passcode()
    other = house.session_by(devices.devices(house.system, "alice")[-1])
    accounts.set_phone(house.system, "alice", "+442079460001")
    assert [is_open(house, one) for one in (opened, other)] == [False, True]


def test_a_password_that_is_none_changes_nothing(house, tokens):
    with pytest.raises(accounts.UserFieldError):
        accounts.set_password(house.system, "alice", "short")
    assert is_open(house, tokens[0])


def test_a_closed_account_has_no_session_and_answers_nothing(house, tokens):
    asked = house.begin()
    accounts.close_user(house.system, "alice")
    assert [is_open(house, token) for token in tokens] == [False, False, True]
    with pytest.raises(DemandNotOpenError):
        house.answer(asked)


def test_the_help_desk_ends_all_sessions_of_a_user(house, tokens):
    end_session(house.system, tokens[0])
    asked = house.begin()
    assert end_sessions(house.system, "alice") == 1
    assert [is_open(house, token) for token in tokens] == [False, False, True]
    with pytest.raises(DemandNotOpenError):
        house.answer(asked)
    assert house.login().accepted
