"""Activation: one right answer of the device, counted as at a login, and the device replaces what it is to replace."""

import pytest

from fakes.login_house import COUNTING, House
from host_tools.inventory.errors import ResponseFormatError
from host_tools.login import accounts, device_life, devices
from host_tools.login.activating import (
    answer_activation,
    answer_activation_page,
    begin_activation,
    begin_activation_vouched,
)
from host_tools.login.answering import answer_page
from host_tools.login.beginning import begin_vouched
from host_tools.login.errors import (
    ClosedUserError,
    DemandNotOpenError,
    DeviceStateError,
    ExpiredDeviceError,
    LockedUserError,
    NoDeviceError,
    SessionError,
    UnknownDeviceError,
)
from host_tools.login.issuing import add_sms, issue_card, obtain_card
from host_tools.login.sessions import end_session
from host_tools.policy.kinds import DeviceKind

PHONE = "+442079460000"


def vouched(house, device, name="alice"):
    return begin_activation_vouched(house.system, name, device.id)


def states(house, name="alice"):
    return {one.id: str(one.state) for one in devices.devices(house.system, name)}


@pytest.mark.parametrize("suite", [None, COUNTING, "HOTP-SHA1-6", "TOTP-SHA256-8-T30S"])
def test_a_token_is_activated_by_one_answer_and_then_asked_at_every_login(house, suite):
    house.user()
    token = house.token(active=False, **({} if suite is None else {"suite": suite}))
    with pytest.raises(NoDeviceError):
        house.begin()
    asked = vouched(house, token)
    response = house.response(asked)
    activated = answer_activation(house.system, asked.reference, response)
    assert (activated.accepted, activated.device) == (True, token.id)
    with pytest.raises(DemandNotOpenError):
        answer_activation(house.system, asked.reference, response)
    assert house.begin().device == token.id


def test_a_token_in_mutual_mode_checks_the_page_first(house):
    house.user()
    token = house.token(is_mutual=True, active=False)
    hand = house.hands[token.token.serial]
    hand.page_number = "123457"
    page = answer_activation_page(house.system, vouched(house, token).reference, "123457")
    assert hand.checks(page)
    assert answer_activation(house.system, page.asked.reference, house.response(page.asked)).accepted


def test_the_page_of_an_activation_in_a_session_is_answered_in_an_open_one_of_the_same_user_alone(house):
    house.user()
    house.user("bob")
    house.token("bob")
    passcode = house.passcode()
    opened = house.answer(house.begin(), passcode).session
    token = house.token(active=False, is_mutual=True)
    asked = begin_activation(house.system, opened, token.id)

    def page(session):
        return answer_activation_page(house.system, asked.reference, "123457", session=session)

    with pytest.raises(SessionError):
        page(None)
    with pytest.raises(DemandNotOpenError):
        page(house.login("bob").session)
    with pytest.raises(DemandNotOpenError):  # nor is it a login's
        answer_page(house.system, asked.reference, "123457")
    assert page(opened) == page(opened)
    end_session(house.system, opened)
    with pytest.raises(SessionError):
        page(opened)


def test_a_user_activates_within_his_session_and_only_what_is_his(house):
    house.user()
    house.user("bob")
    passcode = house.passcode()
    opened = house.answer(house.begin(), passcode)
    token, others = house.token(active=False), house.token("bob", active=False)
    with pytest.raises(UnknownDeviceError):
        begin_activation(house.system, opened.session, others.id)
    asked = begin_activation(house.system, opened.session, token.id)
    response = house.response(asked)
    assert answer_activation(house.system, asked.reference, response, session=opened.session).accepted
    # The passcode has ended, and its session with it: from now on the token is asked.
    with pytest.raises(SessionError):
        begin_activation(house.system, opened.session, token.id)


@pytest.fixture
def obtained(house):
    """What a thief of alice's telephone has: a session by a message, and a card that he is about to activate in it."""
    house.user(phone=PHONE)
    sms = add_sms(house.system, "alice")
    session = house.answer(house.begin(), house.sent()[0]).session
    card = obtain_card(house.system, session)
    house.codes[card.device.id] = [bytes(one).decode() for one in card.codes]
    return sms, session, begin_activation(house.system, session, card.device.id)


@pytest.mark.parametrize("end", ["number", "device", "logout", "time"])
def test_an_activation_ends_with_the_session_that_it_was_begun_in(house, clock, obtained, end):
    sms, session, asked = obtained
    if end == "number":
        accounts.set_phone(house.system, "alice", "+442079460001")
    elif end == "device":
        device_life.end_device(house.system, "alice", sms.id)
    elif end == "logout":
        end_session(house.system, session)
    else:
        clock.advance(minutes=28)
        asked = begin_activation(house.system, session, asked.device)
        clock.advance(minutes=2)
    response = house.response(asked)
    for given in (session, None, "no session"):
        with pytest.raises((SessionError, DemandNotOpenError)):
            answer_activation(house.system, asked.reference, response, session=given)
    assert states(house)[asked.device] != "active"


def test_an_activation_ends_with_the_passcode_that_opened_its_session(house):
    house.user()
    passcode = house.passcode()
    session = house.answer(house.begin(), passcode).session
    token = house.token(active=False)
    asked = begin_activation(house.system, session, token.id)
    device_life.end_device(house.system, "alice", 1)
    with pytest.raises(SessionError):
        answer_activation(house.system, asked.reference, house.response(asked), session=session)
    assert states(house)[token.id] == "ready"


def test_an_activation_is_answered_in_any_open_session_of_its_user_and_in_nobody_else_s(house, obtained):
    _, session, asked = obtained
    house.user("mallory")
    house.token("mallory")
    others = house.login("mallory").session
    with pytest.raises(DemandNotOpenError):
        answer_activation(house.system, asked.reference, house.response(asked), session=others)
    again = house.answer(house.begin(), house.sent()[0]).session
    end_session(house.system, session)
    assert answer_activation(house.system, asked.reference, house.response(asked), session=again).accepted


def test_what_the_help_desk_has_begun_needs_no_session_and_is_not_what_a_session_has(house):
    house.user()
    passcode = house.passcode()
    session = house.answer(house.begin(), passcode).session
    token = house.token(active=False)
    in_session, at_the_desk = begin_activation(house.system, session, token.id), vouched(house, token)
    assert in_session.challenge != at_the_desk.challenge
    end_session(house.system, session)
    assert answer_activation(house.system, at_the_desk.reference, house.response(at_the_desk)).accepted


def test_a_wrong_answer_uses_the_question_up_and_counts(house):
    house.user()
    token = house.token(active=False)
    for _ in range(10):
        asked = vouched(house, token)
        right = house.response(asked)
        wrong = f"{(int(right) + 1) % 10**8:08}"
        with pytest.raises(ResponseFormatError):
            answer_activation(house.system, asked.reference, wrong[:-1])
        assert not answer_activation(house.system, asked.reference, wrong).accepted
        with pytest.raises(DemandNotOpenError):
            answer_activation(house.system, asked.reference, right)
    with pytest.raises(LockedUserError):
        vouched(house, token)
    assert states(house) == {token.id: "ready"}


def test_the_answer_for_one_purpose_is_none_for_the_other(house):
    house.user()
    active, ready = house.token(), house.token(active=False)
    login, activation = house.begin(), vouched(house, ready)
    with pytest.raises(DemandNotOpenError):
        answer_activation(house.system, login.reference, house.response(login))
    with pytest.raises(DemandNotOpenError):
        house.answer(activation)
    assert house.answer(login).device == active.id
    assert answer_activation(house.system, activation.reference, house.response(activation)).accepted


def test_what_waits_is_shown_again(house):
    house.user()
    token = house.token(active=False)
    assert vouched(house, token) == vouched(house, token)


def test_only_what_is_ready_is_activated(house, clock):
    house.user()
    active, ended, card = house.token(), house.token(active=False), house.card(active=False)
    device_life.end_device(house.system, "alice", ended.id)
    for device in (active, ended):
        with pytest.raises(DeviceStateError):
            vouched(house, device)
    clock.advance(days=21)
    with pytest.raises(ExpiredDeviceError):
        vouched(house, card)
    accounts.close_user(house.system, "alice")
    with pytest.raises(ClosedUserError):
        vouched(house, card)


def test_a_device_that_was_activated_or_ended_meanwhile_waits_for_no_answer(house):
    house.user()
    one, other = house.token(active=False), house.token(active=False)
    asked = [vouched(house, one), vouched(house, other)]
    device_life.activate_device(house.system, "alice", one.id)
    device_life.end_device(house.system, "alice", other.id)
    for each in asked:
        with pytest.raises(DemandNotOpenError):
            answer_activation(house.system, each.reference, house.response(each))


def test_the_duress_pin_activates_and_looks_the_same(house):
    house.user()
    token = house.token(alarm=True, active=False)
    asked = vouched(house, token)
    activated = answer_activation(house.system, asked.reference, house.response(asked, alarm=True))
    assert (activated.accepted, activated.is_alarm) == (True, True)
    assert "alarm" not in repr(activated)
    assert [entry.event for entry in house.inventory.history("DS-1")][-3:] == [
        "activation accepted", "alarm", "device activated",
    ]  # fmt: skip


def test_a_device_that_stays_ends_all_that_are_temporary_and_no_other(house, clock):
    house.user(phone=PHONE)
    add_sms(house.system, "alice")
    house.passcode()
    card, unused = house.card(), house.card(active=False)
    printed = house.card(online=False, active=False)
    first, second = house.token(active=False), house.token(active=False)
    asked = vouched(house, first)
    answer_activation(house.system, asked.reference, house.response(asked))
    assert states(house) == {
        1: "ended", 2: "ended", card.id: "ended", unused.id: "ended", printed.id: "ready", first.id: "active",
        second.id: "ready",
    }  # fmt: skip
    device_life.activate_device(house.system, "alice", second.id)
    assert states(house)[first.id] == "active"


@pytest.mark.parametrize("again", [False, True])
def test_every_way_to_an_active_device_ends_what_it_replaces(house, again):
    house.user()
    token = house.token(active=False)
    if again:
        device_life.end_device(house.system, "alice", token.id)
    house.passcode()
    if again:
        device_life.add_token(house.system, "alice", token.token.serial, active=True)
    else:
        device_life.activate_device(house.system, "alice", token.id)
    assert [one.kind for one in devices.devices(house.system, "alice") if one.state == "active"] == ["dsc+"]


def test_a_new_card_ends_the_old_one_when_it_is_activated_and_none_that_is_on_its_way(house):
    house.user()
    old = house.card()
    unused = house.card(active=False)
    on_its_way = house.card(online=False, active=False)
    new = house.card(active=False)
    assert house.begin().device == old.id
    device_life.activate_device(house.system, "alice", new.id)
    assert states(house) == {old.id: "ended", unused.id: "ended", on_its_way.id: "ready", new.id: "active"}
    device_life.activate_device(house.system, "alice", on_its_way.id)
    assert states(house)[new.id] == "ended"


def test_the_secret_of_what_has_ended_is_forgotten(house):
    house.user()
    house.card()
    house.passcode()
    found = devices.devices(house.system, "alice")
    assert all(one.secret is not None for one in found)
    for one in found:
        device_life.end_device(house.system, "alice", one.id)
    assert [one.secret for one in devices.devices(house.system, "alice")] == [None, None]


def test_card_codes_are_in_no_repr(house):
    house.user()
    issued = issue_card(house.system, "alice", online=True)
    assert len(issued.codes) == 224
    assert issued.device.kind is DeviceKind.ONLINE_SECURITY_CODE_CARD
    assert "codes" not in repr(issued)
    assert "bytearray" not in repr(issued)
    assert issued.serial == "SC-000001"


def test_devices_are_activated_on_both_databases(anywhere, clock):
    house = House(anywhere, clock)
    try:
        house.user(phone=PHONE)
        add_sms(house.system, "alice")
        token = house.token(active=False)
        asked = vouched(house, token)
        assert answer_activation(house.system, asked.reference, house.response(asked)).accepted
        assert states(house) == {1: "ended", token.id: "active"}
        assert begin_vouched(house.system, "alice").device == token.id
    finally:
        house.close()
