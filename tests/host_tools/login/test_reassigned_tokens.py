"""A token that is assigned to another user answers for the one before no more, in whatever he has begun."""

import pytest

from host_tools.inventory.lifecycle import assign, destroy, release, take_back
from host_tools.login import accounts, device_life, devices
from host_tools.login.activating import answer_activation, begin_activation_vouched
from host_tools.login.device_life import add_token
from host_tools.login.devices import DeviceState
from host_tools.login.errors import (
    DemandNotOpenError,
    NoDeviceError,
    SessionError,
    TokenTakenError,
    UnusableDeviceError,
)
from host_tools.login.sessions import session


@pytest.fixture
def given_away(house):
    """Gives the token of a device from its user to another one."""
    house.user()
    house.user("bob")

    def give(device):
        release(house.inventory, device.token.serial)
        assign(house.inventory, device.token.serial, "bob")

    return give


def alices(house, **options):
    device = house.token(**options)
    assign(house.inventory, device.token.serial, "alice")
    return device


def test_it_is_asked_for_nothing(house, given_away):
    device = alices(house)
    assert house.login().accepted
    given_away(device)
    with pytest.raises(NoDeviceError):
        house.begin()


def test_what_it_was_asked_before_is_not_answered(house, given_away):
    device = alices(house)
    asked = house.begin()
    given_away(device)
    with pytest.raises(DemandNotOpenError):
        house.answer(asked)


def test_the_session_that_it_has_opened_is_over(house, given_away):
    device = alices(house)
    token = house.login().session
    given_away(device)
    with pytest.raises(SessionError):
        session(house.system, token)


def test_it_is_not_activated(house, given_away):
    device = alices(house, active=False)
    asked = begin_activation_vouched(house.system, "alice", device.id)
    given_away(device)
    with pytest.raises(DemandNotOpenError):
        answer_activation(house.system, asked.reference, house.response(asked))
    with pytest.raises(UnusableDeviceError):
        begin_activation_vouched(house.system, "alice", device.id)


@pytest.mark.parametrize("why", ["another user's", "returned", "destroyed"])
def test_no_word_of_the_operator_activates_what_can_not_answer_nor_ends_what_can(house, why):
    house.user()
    house.user("bob")
    device = alices(house, active=False)
    passcode = house.passcode()
    serial = device.token.serial
    if why == "another user's":
        release(house.inventory, serial)
        assign(house.inventory, serial, "bob")
    else:
        (take_back if why == "returned" else destroy)(house.inventory, serial)
    with pytest.raises(UnusableDeviceError):
        device_life.activate_device(house.system, "alice", device.id)
    assert house.answer(house.begin(), passcode).accepted


def test_nor_is_a_token_that_was_returned_added_as_active(house):
    house.user()
    device = alices(house, active=False)
    passcode = house.passcode()
    device_life.end_device(house.system, "alice", device.id)
    take_back(house.inventory, device.token.serial)
    with pytest.raises(UnusableDeviceError):
        add_token(house.system, "alice", device.token.serial, active=True)
    assert house.answer(house.begin(), passcode).accepted


def test_a_token_that_was_only_released_goes_on(house):
    house.user()
    device = alices(house)
    token = house.login().session
    release(house.inventory, device.token.serial)
    assert house.login().accepted
    assert session(house.system, token).device.id == device.id


def test_another_device_of_the_user_goes_on(house, clock, given_away):
    kept = alices(house)
    clock.advance(minutes=1)
    device = alices(house)
    given_away(device)
    assert house.begin().device == kept.id


def test_it_becomes_the_other_user_s_device_and_ends_for_the_one_before(house, given_away):
    device = alices(house)
    given_away(device)
    made = add_token(house.system, "bob", device.token.serial, active=True)
    assert house.begin("bob").device == made.id
    assert [one.state for one in devices.devices(house.system, "alice")] == [DeviceState.ENDED]
    entries = [one for one in house.inventory.history(user="alice") if one.event == "device ended"]
    assert [one.detail["device"] for one in entries] == [device.id]


def test_a_token_that_was_only_released_is_the_user_s_until_its_device_ends(house):
    house.user()
    house.user("bob")
    device = alices(house)
    release(house.inventory, device.token.serial)
    with pytest.raises(TokenTakenError):
        add_token(house.system, "bob", device.token.serial)
    device_life.end_device(house.system, "alice", device.id)
    assert add_token(house.system, "bob", device.token.serial).state is DeviceState.READY


def test_a_token_of_a_closed_account_is_free_for_another_user(house):
    house.user()
    house.user("bob")
    device = house.token()
    accounts.close_user(house.system, "alice")
    add_token(house.system, "bob", device.token.serial)
    assert [one.state for one in devices.devices(house.system, "alice")] == [DeviceState.ENDED]


def test_who_had_a_token_before_does_not_get_it_while_it_is_another_user_s(house):
    house.user()
    house.user("bob")
    first = house.token("bob")
    device_life.end_device(house.system, "bob", first.id)
    add_token(house.system, "alice", first.token.serial, active=True)
    with pytest.raises(TokenTakenError):
        add_token(house.system, "bob", first.token.serial)
