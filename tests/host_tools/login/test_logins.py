"""Logins with tokens: each answer counts once, each challenge is for one answer, and what is no answer is none."""

from dataclasses import replace

import pytest

from fakes.login_house import COUNTING, PASSWORD
from host_tools.inventory import NewCredential
from host_tools.inventory.errors import ResponseFormatError
from host_tools.login import accounts, device_life
from host_tools.login.answering import answer, answer_page
from host_tools.login.errors import (
    ClosedUserError,
    DemandNotOpenError,
    NoDeviceError,
    RefusedError,
    SessionError,
    TokenTakenError,
    UnknownUserError,
)
from host_tools.login.sessions import end_session, session


def test_a_right_response_opens_a_session_until_its_end(house, clock):
    house.user()
    house.token()
    answered = house.login()
    assert answered.accepted
    found = session(house.system, answered.session)
    assert (found.user.name, found.is_limited) == ("alice", False)
    clock.advance(minutes=30)
    with pytest.raises(SessionError):
        session(house.system, answered.session)


def test_a_session_that_was_ended_is_over(house):
    house.user()
    house.token()
    token = house.login().session
    end_session(house.system, token)
    with pytest.raises(SessionError):
        end_session(house.system, token)


def test_a_response_is_accepted_once(house):
    house.user()
    house.token()
    asked = house.begin()
    assert house.answer(asked).accepted
    with pytest.raises(DemandNotOpenError) as error:
        house.answer(asked)
    assert error.value.reason == "used"


def test_a_wrong_response_uses_the_challenge_up(house):
    house.user()
    house.token()
    asked = house.begin()
    right = house.response(asked)
    assert not house.answer(asked, f"{(int(right) + 1) % 10**8:08}").accepted
    with pytest.raises(DemandNotOpenError):
        house.answer(asked, right)
    assert house.begin().challenge != asked.challenge


def test_a_malformed_response_is_none(house):
    house.user()
    house.token()
    asked = house.begin()
    with pytest.raises(ResponseFormatError):
        house.answer(asked, "1234567")
    assert house.answer(asked).accepted


def test_an_unanswered_challenge_is_shown_again_until_it_expires(house, clock):
    house.user()
    house.token()
    first = house.begin()
    clock.advance(minutes=2, seconds=59)
    assert house.begin() == first
    clock.advance(seconds=1)
    assert house.begin().challenge != first.challenge
    with pytest.raises(DemandNotOpenError) as error:
        house.answer(first)
    assert error.value.reason == "expired"


def test_an_answer_from_before_its_question_finds_it_expired(house, clock):
    house.user()
    house.token()
    asked = house.begin()
    clock.advance(seconds=-1)
    with pytest.raises(DemandNotOpenError):
        house.answer(asked)


@pytest.mark.parametrize("reference", ["", "no hex", "00" * 16])
def test_what_was_never_asked_has_no_answer(house, reference):
    house.user()
    house.token()
    asked = house.begin()
    with pytest.raises(DemandNotOpenError) as error:
        house.answer(replace(asked, reference=reference))
    assert error.value.reason == "unknown"


@pytest.mark.parametrize("suite", ["HOTP-SHA1-6", COUNTING])
def test_counters_are_looked_for_ahead_and_never_behind(house, suite):
    house.user()
    device = house.token(suite=suite)
    hand = house.hands[device.token.serial]
    hand.counter = house.system.rules().code.look_ahead
    shown = house.begin()
    code = house.response(shown)
    assert house.answer(shown, code).accepted
    if suite == COUNTING:
        hand.counter = house.system.rules().code.look_ahead
        code = house.response(shown := house.begin())
    assert not house.answer(house.begin(), code).accepted


def test_a_code_of_the_time_is_accepted_once(house, clock):
    house.user()
    house.token(suite="TOTP-SHA256-8-T30S")
    asked = house.begin()
    code = house.response(asked)
    assert house.answer(asked, code).accepted
    assert not house.answer(house.begin(), code).accepted
    clock.advance(seconds=30)
    assert house.login().accepted


def test_the_device_activated_last_is_asked_unless_another_one_is_wanted(house, clock):
    house.user()
    first = house.token()
    clock.advance(minutes=1)
    second = house.token()
    assert house.begin().device == second.id
    assert house.begin(device=first.id).device == first.id
    device_life.end_device(house.system, "alice", second.id)
    assert house.begin().device == first.id
    device_life.end_device(house.system, "alice", first.id)
    with pytest.raises(NoDeviceError):
        house.begin()


def test_the_answer_of_a_device_that_was_ended_meanwhile_is_none(house):
    house.user()
    device = house.token()
    asked = house.begin()
    device_life.end_device(house.system, "alice", device.id)
    with pytest.raises(DemandNotOpenError):
        house.answer(asked)


def test_a_token_is_one_users(house):
    house.user()
    house.user("bob")
    device = house.token()
    with pytest.raises(TokenTakenError):
        device_life.add_token(house.system, "bob", device.token.serial)


def test_the_station_may_write_the_user_s_name_with_capitals(house):
    house.user()
    new = NewCredential(id=bytes([9]) * 16, label="Login", key=bytearray(32))
    house.inventory.record_in_doubt(
        "DS-9", board="b", uid=b"u", firmware_version="0", credentials=[new], user="Alice"
    )
    house.inventory.mark_sealed("DS-9")
    device = device_life.add_token(house.system, "alice", "DS-9", active=True)
    assert house.begin().device == device.id


def test_the_duress_pin_opens_a_session_that_looks_the_same_and_an_alarm_is_on_record(house):
    house.user()
    house.token(alarm=True)
    quiet = house.login()
    loud = house.answer(house.begin(), alarm=True)
    assert (quiet.accepted, loud.accepted) == (True, True)
    assert (quiet.is_alarm, loud.is_alarm) == (False, True)
    assert repr(quiet).replace(str(quiet.expires_at), "") == repr(loud).replace(str(loud.expires_at), "")
    events = [entry.event for entry in house.inventory.history("DS-1")]
    assert events[-3:] == ["login accepted", "login accepted", "alarm"]


def test_what_one_user_is_asked_another_one_cannot_answer(house):
    house.user()
    house.user("bob")
    house.token()
    asked = house.begin()
    with pytest.raises(DemandNotOpenError):
        answer(house.system, asked.reference, house.response(asked), "bob")
    assert answer(house.system, asked.reference, house.response(asked), "alice").accepted


@pytest.mark.parametrize("is_mutual", [False, True])
def test_a_name_that_begins_a_login_in_whichever_case_answers_it_so(house, is_mutual):
    house.user()
    house.token(is_mutual=is_mutual)
    asked = house.begin("Alice")
    if is_mutual:
        house.hands[asked.serial].page_number = "123457"
        asked = answer_page(house.system, asked.reference, "123457", "Alice").asked
    for other in ("bob", "not a name"):
        with pytest.raises(DemandNotOpenError):
            answer(house.system, asked.reference, house.response(asked), other)
    assert answer(house.system, asked.reference, house.response(asked), "Alice").accepted


def test_a_closed_account_logs_in_no_more(house):
    house.user(password=PASSWORD)
    house.token()
    accounts.close_user(house.system, "alice")
    with pytest.raises(ClosedUserError):
        house.begin()
    with pytest.raises(RefusedError):
        house.begin_with(PASSWORD)


def test_a_closed_account_is_given_no_token(house):
    house.user()
    accounts.close_user(house.system, "alice")
    with pytest.raises(ClosedUserError):
        house.token()


def test_an_account_that_was_closed_meanwhile_takes_no_answer(house):
    house.user()
    house.token()
    asked = house.begin()
    accounts.close_user(house.system, "alice")
    with pytest.raises(DemandNotOpenError):
        house.answer(asked)
    assert "login accepted" not in [entry.event for entry in house.inventory.history("DS-1")]


def test_nobody_is_vouched_for_who_is_not_there(house):
    with pytest.raises(UnknownUserError):
        house.begin("nobody")


def test_no_secret_is_in_the_audit_log(house):
    house.user(password=PASSWORD)
    house.token()
    asked = house.begin_with(PASSWORD)
    response = house.response(asked)
    answered = house.answer(asked, response)
    written = repr(house.inventory.history())
    for secret in (PASSWORD, response, answered.session, asked.reference):
        assert secret not in written
    house.inventory.check_audit()
