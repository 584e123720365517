"""Temporary passcodes: two days of everything, ten days of the online card, and never two in a row."""

from contextlib import suppress
from datetime import timedelta

import pytest

from fakes.login_house import House
from host_tools.inventory.errors import FieldError
from host_tools.login import accounts, device_life, devices
from host_tools.login.activating import answer_activation, begin_activation
from host_tools.login.answering import answer
from host_tools.login.errors import (
    BlockedUserError,
    ClosedUserError,
    DemandNotOpenError,
    DeviceKindError,
    ExpiredDeviceError,
    LockedUserError,
    TooManyCardsError,
)
from host_tools.login.issuing import issue_passcode, obtain_card
from host_tools.login.rules.code_errors import MalformedCodeError, PasscodeTwiceError
from host_tools.login.sessions import session


def wrong(passcode):
    return ("A" if passcode[0] != "A" else "C") + passcode[1:]


def test_a_passcode_opens_each_login_and_each_login_has_one_answer(house):
    house.user()
    passcode = house.passcode()
    for _ in range(3):
        asked = house.begin()
        assert house.answer(asked, passcode.lower()).accepted
        with pytest.raises(DemandNotOpenError):
            house.answer(asked, passcode)


def test_a_malformed_passcode_is_no_answer_and_a_wrong_one_counts(house):
    house.user()
    passcode = house.passcode()
    asked = house.begin()
    for typed in ("", passcode[:-1], passcode + "A", "*" * len(passcode)):
        with pytest.raises(MalformedCodeError):
            house.answer(asked, typed)
    for _ in range(10):
        assert not house.answer(house.begin(), wrong(passcode)).accepted
    with pytest.raises(LockedUserError):
        house.begin()


def test_who_was_blocked_is_let_in_by_the_passcode_that_was_given_after_an_identification(house, clock):
    house.user()
    device = house.token()
    for number in range(30):
        if not number % 9:
            clock.advance(days=1)
        house.fail()
    clock.advance(days=1)
    with pytest.raises(BlockedUserError):
        house.begin()
    issued = issue_passcode(house.system, "alice", "known voice")
    assert (issued.lifted, issued.locked_until) == (True, None)
    assert house.answer(house.begin(), issued.code.decode()).accepted
    assert house.answer(house.begin(device=device.id)).accepted
    entries = [
        one for one in house.inventory.history() if one.event in ("user identified", "passcode issued")
    ]
    assert [(one.event, "known voice" in one.detail.values()) for one in entries] == [
        ("user identified", True),
        ("passcode issued", True),
    ]


def test_a_passcode_that_is_not_given_lifts_no_block(house, clock):
    house.user()
    house.passcode()
    for _ in range(4):
        clock.advance(days=1)
        for _ in range(9):
            with suppress(BlockedUserError):
                house.answer(house.begin(), "AAAAAAAA")
    clock.advance(days=1)
    with pytest.raises(PasscodeTwiceError):
        house.passcode()
    with pytest.raises(BlockedUserError):
        house.begin()


def test_a_passcode_for_a_login_that_is_locked_tells_until_when(house, clock):
    house.user()
    house.token()
    for _ in range(10):
        house.fail()
    issued = issue_passcode(house.system, "alice", "known voice")
    assert (issued.lifted, issued.locked_until) == (False, clock() + timedelta(days=1))
    assert issued.code.decode() not in repr(issued)


def test_full_access_ends_after_two_days_and_all_access_after_twelve(house, clock):
    house.user()
    issued = clock()
    passcode = house.passcode()
    clock.advance(days=2, microseconds=-1)
    assert not house.answer(house.begin(), passcode).is_limited
    clock.advance(microseconds=1)
    limited = house.answer(house.begin(), passcode)
    assert limited.is_limited
    assert session(house.system, limited.session).is_limited
    clock.advance(days=10, microseconds=-1)
    assert house.answer(house.begin(), passcode).accepted
    clock.advance(microseconds=1)
    with pytest.raises(ExpiredDeviceError) as error:
        house.begin()
    assert error.value.expired_at == issued + timedelta(days=12)


@pytest.mark.parametrize("days", [2, 12])
def test_no_session_outlasts_what_the_passcode_was_good_for_when_it_was_opened(house, clock, days):
    house.user()
    end = clock() + timedelta(days=days)
    passcode = house.passcode()
    clock.advance(days=days, minutes=-10)
    assert house.answer(house.begin(), passcode).expires_at == end


def test_what_a_session_may_is_decided_when_the_passcode_is_answered(house, clock):
    house.user()
    passcode = house.passcode()
    clock.advance(days=2, minutes=-1)
    asked = house.begin()
    clock.advance(minutes=1)
    assert house.answer(asked, passcode).is_limited


def test_a_limited_session_obtains_the_online_card_and_the_card_ends_the_passcode(house, clock):
    house.user()
    passcode = house.passcode()
    clock.advance(days=3)
    opened = house.answer(house.begin(), passcode)
    issued = obtain_card(house.system, opened.session)
    house.codes[issued.device.id] = [bytes(one).decode() for one in issued.codes]
    assert house.begin().method == "passcode"
    asked = begin_activation(house.system, opened.session, issued.device.id)
    response = house.response(asked)
    assert answer_activation(house.system, asked.reference, response, session=opened.session).accepted
    answered = house.login()
    assert (answered.device, answered.is_limited) == (issued.device.id, False)
    states = {one.kind: one.state for one in devices.devices(house.system, "alice")}
    assert states == {"temporary-passcode": "ended", "online-security-code-card": "active"}


def test_five_cards_are_obtained_a_day_and_no_more(house, clock):
    house.user()
    passcode = house.passcode()
    opened = house.answer(house.begin(), passcode)
    first = clock()
    for _ in range(5):
        obtain_card(house.system, opened.session)
        clock.advance(minutes=1)
    before = len(devices.devices(house.system, "alice"))
    with pytest.raises(TooManyCardsError, match=r"^5 online cards") as error:
        obtain_card(house.system, opened.session)
    assert error.value.until == first + timedelta(days=1)
    assert len(devices.devices(house.system, "alice")) == before
    house.card(active=False)  # the help desk is not held up
    clock.advance(days=1)
    assert obtain_card(house.system, house.answer(house.begin(), passcode).session).device


def test_a_login_reads_no_device_that_has_ended(house, clock):
    house.user()
    device = house.card(active=False)
    house.card(active=False)
    with house.system.reading() as work:
        assert device.id not in [one.id for one in devices.devices_in(work, device.user)]
    assert [one.state for one in devices.devices(house.system, "alice")] == ["ended", "ready"]


def test_a_session_of_a_token_obtains_no_card(house):
    house.user()
    house.token()
    with pytest.raises(DeviceKindError):
        obtain_card(house.system, house.login().session)


def test_no_second_passcode_follows_one_whatever_became_of_it(house, clock):
    house.user()
    house.passcode()
    first = clock()
    for days in (0, 1, 11, 1, 100):
        clock.advance(days=days)
        with pytest.raises(PasscodeTwiceError) as error:
            house.passcode()
        assert error.value.issued_at == first
    device_life.end_device(house.system, "alice", 1)
    with pytest.raises(PasscodeTwiceError):
        house.passcode()


def test_a_login_with_another_device_makes_way_for_a_passcode(house, clock):
    house.user()
    token = house.token()
    clock.advance(days=1)
    before = house.passcode()
    clock.advance(minutes=1)
    with pytest.raises(PasscodeTwiceError):
        house.passcode()
    assert house.answer(house.begin(), before).accepted
    with pytest.raises(PasscodeTwiceError):
        house.passcode()
    asked = house.begin(device=token.id)
    assert house.answer(asked).accepted
    clock.advance(minutes=1)
    after = house.passcode()
    assert house.answer(house.begin(), after).accepted
    assert not house.answer(house.begin(), before).accepted


def test_a_login_that_opens_no_session_makes_way_for_a_passcode(house, clock):
    house.user()
    house.user("bob")
    token = house.token()
    house.token("bob")
    house.passcode()
    clock.advance(days=13)
    asked = house.begin("bob")
    assert answer(house.system, asked.reference, house.response(asked), "bob", opens=False).accepted
    house.answer(house.begin(device=token.id), "00000000")
    with pytest.raises(PasscodeTwiceError):
        house.passcode()
    asked = house.begin(device=token.id)
    assert answer(house.system, asked.reference, house.response(asked), "alice", opens=False).accepted
    clock.advance(days=300)
    house.passcode()
    clock.advance(minutes=1)
    with pytest.raises(PasscodeTwiceError):
        house.passcode()


def test_a_passcode_s_own_logins_without_a_session_make_way_for_none(house, clock):
    house.user()
    passcode = house.passcode()
    clock.advance(minutes=1)
    asked = house.begin()
    assert answer(house.system, asked.reference, passcode, "alice", opens=False).accepted
    with pytest.raises(PasscodeTwiceError):
        house.passcode()


def test_another_device_that_was_activated_makes_way_for_a_passcode(house, clock):
    house.user()
    house.passcode()
    clock.advance(days=13)
    house.card(active=False)
    with pytest.raises(PasscodeTwiceError):
        house.passcode()
    house.card()
    clock.advance(minutes=1)
    house.passcode()


def test_a_passcode_needs_a_word_on_how_the_user_was_identified(house):
    house.user()
    for said in ("", " ", "a\nb", "x" * 1000):
        with pytest.raises(FieldError):
            issue_passcode(house.system, "alice", said)
    assert devices.devices(house.system, "alice") == []


def test_no_passcode_is_issued_for_a_closed_account(house):
    house.user()
    accounts.close_user(house.system, "alice")
    with pytest.raises(ClosedUserError):
        house.passcode()


def test_the_log_has_who_was_identified_how_and_never_the_passcode(house):
    house.user()
    passcode = house.passcode()
    house.answer(house.begin(), passcode)
    house.answer(house.begin(), wrong(passcode))
    entries = house.inventory.history()
    issued = next(entry for entry in entries if entry.event == "passcode issued")
    assert issued.detail == {"user": "alice", "device": 1, "identified_by": "passport, called back"}
    assert passcode not in repr(entries)


def test_a_passcode_is_issued_and_answered_on_both_databases(anywhere, clock):
    house = House(anywhere, clock)
    try:
        house.user()
        passcode = house.passcode()
        assert house.answer(house.begin(), passcode).accepted
        clock.advance(minutes=1)
        with pytest.raises(PasscodeTwiceError):
            house.passcode()
        house.card()
        clock.advance(minutes=1)
        assert house.passcode() != passcode
    finally:
        house.close()


def test_a_clock_that_was_set_back_lets_no_second_passcode_through(house, clock):
    house.user()
    house.card()
    clock.advance(hours=-1)
    passcode = house.passcode()
    assert house.answer(house.begin(), passcode).accepted
    for hours in (0, 0.5, 1, 24):
        clock.advance(hours=hours)
        with pytest.raises(PasscodeTwiceError):
            house.passcode()
