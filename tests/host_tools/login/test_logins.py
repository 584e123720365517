"""Logins with tokens: each answer counts once, each challenge is for one answer, and ten failures lock for a day."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from fakes.login_house import COUNTING, PASSWORD
from host_tools.inventory import NewCredential
from host_tools.inventory.errors import ResponseFormatError
from host_tools.inventory.schema import AttemptRow
from host_tools.login import accounts, devices, passwords
from host_tools.login.answering import answer, answer_page
from host_tools.login.beginning import begin, begin_joined
from host_tools.login.errors import (
    BlockedUserError,
    ClosedUserError,
    DemandNotOpenError,
    LockedUserError,
    NoDeviceError,
    PageNumberNeededError,
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


def test_ten_failures_in_a_day_lock_until_a_day_after_the_last(house, clock):
    house.user()
    house.token()
    for _ in range(9):
        assert not house.fail().accepted
        clock.advance(hours=2)
    house.fail()
    clock.advance(hours=23, minutes=59)
    with pytest.raises(LockedUserError) as error:
        house.begin()
    assert error.value.until - clock() == timedelta(minutes=1)
    clock.advance(minutes=1)
    assert house.login().accepted


def test_failures_of_several_devices_count_for_the_user_together(house):
    house.user()
    first, second = house.token(), house.token()
    for device in [first, second] * 5:
        asked = house.begin(device=device.id)
        right = house.response(asked)
        house.answer(asked, f"{(int(right) + 1) % 10**8:08}")
    for device in (first, second):
        with pytest.raises(LockedUserError):
            house.begin(device=device.id)


def test_a_lock_refuses_the_answer_to_what_was_asked_before(house):
    house.user()
    first, second = house.token(), house.token()
    waiting = house.begin(device=first.id)
    for _ in range(10):
        asked = house.begin(device=second.id)
        right = house.response(asked)
        house.answer(asked, f"{(int(right) + 1) % 10**8:08}")
    with pytest.raises(LockedUserError):
        house.answer(waiting)


def test_ten_challenges_left_unanswered_in_a_day_count_as_failures(house, clock):
    house.user()
    house.token()
    for _ in range(10):
        house.begin()
        clock.advance(minutes=3)
    with pytest.raises(LockedUserError):
        house.begin()


def test_thirty_failures_without_a_success_block_until_the_user_was_identified(house, clock):
    house.user()
    house.token()
    for _ in range(3):
        for _ in range(10):
            house.fail()
        clock.advance(days=1)
    with pytest.raises(BlockedUserError):
        house.begin()


def test_failures_with_one_token_do_not_block_another_one(house, clock):
    house.user()
    often, seldom = house.token(), house.token()
    for _ in range(2):
        for _ in range(9):
            fail_with(house, often)
        assert house.answer(house.begin(device=seldom.id)).accepted
    for _ in range(9):
        fail_with(house, seldom)
    clock.advance(days=1)
    for _ in range(3):
        fail_with(house, often)
    assert house.answer(house.begin(device=often.id)).accepted


def test_a_device_that_fails_thirty_times_is_blocked_though_another_one_succeeds(house):
    house.user()
    often, seldom = house.token(), house.token()
    for _ in range(10):
        for _ in range(3):
            fail_with(house, often)
        assert house.answer(house.begin(device=seldom.id)).accepted
    with pytest.raises(BlockedUserError):
        house.begin(device=often.id)
    assert house.answer(house.begin(device=seldom.id)).accepted


def test_what_a_device_left_unanswered_counts_for_it_though_another_one_succeeds(house, clock):
    house.user()
    silent, used = house.token(), house.token()
    for _ in range(3):
        for _ in range(10):
            house.begin(device=silent.id)
            clock.advance(minutes=3)
        clock.advance(days=1)
        assert house.answer(house.begin(device=used.id)).accepted
    with pytest.raises(BlockedUserError):
        house.begin(device=silent.id)


def test_what_two_users_of_one_token_leave_unanswered_blocks_it_for_both(house, clock):
    ids = [bytes([number]) * 16 for number in (7, 8)]
    new = [NewCredential(id=one, label=f"Login {one[0]}", key=bytearray(32)) for one in ids]
    house.inventory.record_in_doubt("DS-9", board="b", uid=b"u", firmware_version="0", credentials=new)
    house.inventory.mark_sealed("DS-9")
    for name, one in zip(("alice", "bob"), ids, strict=True):
        house.user(name)
        devices.add_token(house.system, name, "DS-9", one, active=True)
    other = house.token(active=True)
    for times in (9, 6):
        for _ in range(times):
            for name, number in (("alice", 1), ("bob", 2)):
                house.begin(name, device=number)
            clock.advance(minutes=3)
        clock.advance(days=1)
    for name, number in (("alice", 1), ("bob", 2)):
        with pytest.raises(BlockedUserError):
            house.begin(name, device=number)
    assert house.begin(device=other.id)


def fail_with(house, device):
    asked = house.begin(device=device.id)
    right = house.response(asked)
    assert not house.answer(asked, f"{(int(right) + 1) % 10**8:08}").accepted


def test_a_success_ends_the_count(house):
    house.user()
    house.token()
    for _ in range(4):
        for _ in range(9):
            house.fail()
        assert house.login().accepted


def test_the_device_activated_last_is_asked_unless_another_one_is_wanted(house, clock):
    house.user()
    first = house.token()
    clock.advance(minutes=1)
    second = house.token()
    assert house.begin().device == second.id
    assert house.begin(device=first.id).device == first.id
    devices.end_device(house.system, "alice", second.id)
    assert house.begin().device == first.id
    devices.end_device(house.system, "alice", first.id)
    with pytest.raises(NoDeviceError):
        house.begin()


def test_the_answer_of_a_device_that_was_ended_meanwhile_is_none(house):
    house.user()
    device = house.token()
    asked = house.begin()
    devices.end_device(house.system, "alice", device.id)
    with pytest.raises(DemandNotOpenError):
        house.answer(asked)


def test_a_token_is_one_users(house):
    house.user()
    house.user("bob")
    device = house.token()
    with pytest.raises(TokenTakenError):
        devices.add_token(house.system, "bob", device.token.serial)


def test_the_station_may_write_the_user_s_name_with_capitals(house):
    house.user()
    new = NewCredential(id=bytes([9]) * 16, label="Login", key=bytearray(32))
    house.inventory.record_in_doubt(
        "DS-9", board="b", uid=b"u", firmware_version="0", credentials=[new], user="Alice"
    )
    house.inventory.mark_sealed("DS-9")
    device = devices.add_token(house.system, "alice", "DS-9", active=True)
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


def test_a_token_in_mutual_mode_checks_the_page_first(house):
    house.user()
    device = house.token(is_mutual=True)
    hand = house.hands[device.token.serial]
    asked = house.begin()
    assert asked.challenge is None
    with pytest.raises(PageNumberNeededError):
        house.answer(asked, "12345678")
    hand.page_number = "123457"
    page = answer_page(house.system, asked.reference, "123 457")
    assert hand.checks(page)
    assert answer_page(house.system, asked.reference, "123457") == page
    assert house.answer(page.asked).accepted


def test_another_number_for_the_page_gets_another_challenge(house):
    house.user()
    house.token(is_mutual=True)
    asked = house.begin()
    first = answer_page(house.system, asked.reference, "123457").asked
    second = answer_page(house.system, asked.reference, "123458").asked
    assert first.challenge != second.challenge
    assert first.reference != second.reference
    with pytest.raises(DemandNotOpenError):
        house.answer(first, "12345678")
    house.hands[second.serial].page_number = "123458"
    assert house.answer(second).accepted


def test_nobody_looks_for_a_challenge_by_typing_numbers_into_the_page(house):
    house.user()
    house.token(is_mutual=True)
    asked = house.begin()
    for number in range(123457, 123467):
        asked = answer_page(house.system, asked.reference, str(number)).asked
    asked = answer_page(house.system, asked.reference, "123467").asked
    with pytest.raises(LockedUserError):
        answer_page(house.system, asked.reference, "123469")


def test_the_password_comes_first_and_what_was_wrong_is_not_told(house):
    house.user(password=PASSWORD)
    house.token()
    refusals = []
    for name, password in (("alice", "wrong"), ("nobody", PASSWORD), ("Not A Name", PASSWORD)):
        with pytest.raises(RefusedError) as error:
            house.begin_with(password, name)
        refusals.append(str(error.value))
    assert len(set(refusals)) == 1
    assert house.answer(house.begin_with(PASSWORD, "Alice")).accepted


@pytest.mark.parametrize("suite", ["HOTP-SHA1-6", "HOTP-SHA256-8"])
def test_a_plain_code_may_stand_behind_the_password(house, suite):
    house.user(password=PASSWORD)
    house.token(suite=suite)
    asked, none = begin_joined(house.system, "alice", PASSWORD)
    assert none is None
    code = house.response(asked)
    asked, behind = begin_joined(house.system, "alice", PASSWORD + code)
    assert behind == code
    assert house.answer(asked, behind).accepted


def test_a_wrong_password_with_a_right_code_behind_it_is_refused(house):
    house.user(password=PASSWORD)
    house.token(suite="HOTP-SHA1-6")
    code = house.response(house.begin())
    with pytest.raises(RefusedError):
        begin_joined(house.system, "alice", PASSWORD[:-1] + code)


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


def test_a_locked_login_does_not_tell_when_the_password_is_right(house):
    house.user(password=PASSWORD)
    house.token()
    for _ in range(10):
        house.fail()
    with pytest.raises(RefusedError):
        house.begin_with(PASSWORD)


def test_wrong_passwords_lock_as_wrong_responses_do(house):
    house.user(password=PASSWORD)
    house.token()
    for _ in range(10):
        with pytest.raises(RefusedError):
            house.begin_with("wrong")
    with pytest.raises(LockedUserError):
        house.begin()


def test_a_closed_account_logs_in_no_more(house):
    house.user(password=PASSWORD)
    house.token()
    accounts.close_user(house.system, "alice")
    with pytest.raises(ClosedUserError):
        house.begin()
    with pytest.raises(RefusedError):
        house.begin_with(PASSWORD)


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


def test_the_failures_of_users_that_there_are_not_leave_no_rows(house):
    house.user(password=PASSWORD)
    for name in ("nobody", "alice"):
        with pytest.raises(RefusedError):
            house.begin_with("wrong", name)
    with house.inventory.reading() as session:
        assert [row.user_id for row in session.scalars(select(AttemptRow))] == [1]


def test_a_password_is_hashed_anew_only_where_its_login_begins(house, monkeypatch):
    """Else the time that it takes would tell of a right password while the login is locked."""
    house.user(password=PASSWORD)
    house.token()
    hashed = []
    monkeypatch.setattr(passwords, "is_outdated", lambda known: True)
    monkeypatch.setattr(passwords, "hashed_anew", lambda password: hashed.append(password) or known())

    def known():
        return passwords.hashed(PASSWORD, house.system.rules().password)

    asked = house.begin_with(PASSWORD)
    assert hashed == [PASSWORD]
    assert house.answer(asked).accepted
    for _ in range(10):
        house.fail()
    with pytest.raises(RefusedError):
        house.begin_with(PASSWORD)
    assert hashed == [PASSWORD]


@pytest.mark.parametrize("begins", [begin, begin_joined])
def test_as_many_statements_are_run_for_a_user_that_there_is_and_one_that_there_is_not(
    house, statements, begins
):
    house.user(password=PASSWORD)
    house.token()
    counts = []
    for name, password in (("alice", "wrong"), ("nobody", "wrong"), ("nobody", PASSWORD)):
        with statements() as ran, pytest.raises(RefusedError):
            begins(house.system, name, password)
        counts.append(ran)
    assert counts[0] == counts[1] == counts[2]
