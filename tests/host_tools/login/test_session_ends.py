"""Sessions end with what they rest on: the device, the password, the account; and what waits for an answer does."""

import pytest

from fakes.login_house import PASSWORD, House
from host_tools.inventory.lifecycle import assign, destroy, take_back
from host_tools.login import accounts, device_life, devices
from host_tools.login.errors import DemandNotOpenError, SessionError
from host_tools.login.help_desk import end_sessions
from host_tools.login.issuing import add_sms, obtain_card
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
    device_life.end_device(house.system, "alice", device.id)
    assert [is_open(house, token) for token in tokens] == [False, True, True]
    again = device_life.add_token(house.system, "alice", device.token.serial, active=True)
    assert again.id == device.id
    assert [is_open(house, token) for token in tokens] == [False, True, True]


def test_a_challenge_from_before_a_device_s_end_is_not_answered_after_it(house, tokens):
    device = devices.devices(house.system, "alice")[0]
    asked = house.begin(device=device.id)
    device_life.end_device(house.system, "alice", device.id)
    device_life.add_token(house.system, "alice", device.token.serial, active=True)
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
    accounts.set_password(house.system, "alice", PASSWORD, keeping=session(house.system, tokens[1]))
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


@pytest.fixture
def obtained(house):
    """An online card that alice has obtained by a code to her number, a session by it, and the number's device."""
    house.user(phone="+442079460000")
    sms = add_sms(house.system, "alice")
    opened = house.answer(house.begin(), house.sent()[0]).session
    card = obtain_card(house.system, opened).device
    device_life.activate_device(house.system, "alice", card.id)
    return card, house.session_by(card), sms


def states(house):
    return {one.id: (str(one.state), one.secret) for one in devices.devices(house.system, "alice")}


@pytest.mark.parametrize("number", ["+442079460001", None])
@pytest.mark.parametrize("has_messages", [True, False])
def test_another_number_ends_the_card_that_the_one_before_has_obtained(
    house, clock, obtained, number, has_messages
):
    card, by_card, sms = obtained
    if not has_messages:
        device_life.end_device(house.system, "alice", sms.id)
    clock.advance(minutes=1)
    ready = house.card(active=False)
    assert accounts.set_phone(house.system, "alice", number) == [
        card.id,
        *([ready.id] if has_messages else []),
    ]
    assert states(house)[card.id] == ("ended", None)
    assert not is_open(house, by_card)
    ended = [entry.detail["device"] for entry in house.inventory.history() if entry.event == "device ended"]
    assert ended[-1] == (ready.id if has_messages else card.id)


def test_another_number_leaves_what_was_not_obtained_by_the_one_before(house, clock):
    house.user(phone="+442079460000")
    house.user("bob", phone="+442079460000")
    add_sms(house.system, "bob")
    printed, online, bobs = house.card(online=False), house.card(active=False), house.card("bob")
    token = house.token(active=False)
    before = states(house)
    assert accounts.set_phone(house.system, "alice", "+442079460001") == []
    assert states(house) == before
    assert before.keys() == {printed.id, online.id, token.id}
    assert house.begin("bob").device == bobs.id


def test_a_card_ends_with_the_number_on_both_databases(anywhere, clock):
    house = House(anywhere, clock)
    try:
        house.user(phone="+442079460000")
        add_sms(house.system, "alice")
        card = house.card()
        assert accounts.set_phone(house.system, "alice", "+442079460001") == [card.id]
        assert states(house)[card.id] == ("ended", None)
    finally:
        house.close()


def test_a_card_from_before_there_were_codes_by_message_is_left(house, clock):
    house.user(phone="+442079460000")
    card = house.card(active=False)
    clock.advance(minutes=1)
    add_sms(house.system, "alice")
    assert accounts.set_phone(house.system, "alice", "+442079460001") == []
    assert states(house)[card.id][0] == "ready"


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
