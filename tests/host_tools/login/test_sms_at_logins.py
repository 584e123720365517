"""Codes by text message: one at a time, each for one answer, and no flood of them."""

from datetime import timedelta

import pytest

from fakes.login_house import House
from host_tools.login import accounts, device_life, outbox
from host_tools.login.errors import (
    DemandNotOpenError,
    DeviceKindError,
    DeviceStateError,
    NoDeviceError,
    NoPhoneError,
    TooManyMessagesError,
    UserFieldError,
)
from host_tools.login.issuing import add_sms
from host_tools.login.outbox import MessageState
from host_tools.login.rules.code_errors import MalformedCodeError

PHONE = "+442079460000"


@pytest.fixture
def applicant(house):
    """The house, with a new user who has a telephone and nothing else."""
    house.user(phone="+44 (0)20 7946 0000")
    add_sms(house.system, "alice")
    return house


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_code_that_was_sent_opens_a_session_once(applicant):
    asked = applicant.begin()
    assert asked.sent_to == "+••••••••••00"
    [code] = applicant.sent()
    assert applicant.answer(asked, f"{code[:3]} {code[3:]}").accepted
    with pytest.raises(DemandNotOpenError):
        applicant.answer(asked, code)
    second = applicant.begin()
    assert applicant.sent() != [code]
    assert not applicant.answer(second, wrong(applicant.sent()[0])).accepted


def test_a_login_that_waits_sends_nothing_again(applicant, clock):
    asked = applicant.begin()
    clock.advance(minutes=5, microseconds=-1)
    assert applicant.begin() == asked
    assert len(outbox.messages(applicant.system)) == 1
    clock.advance(microseconds=1)
    assert applicant.begin().reference != asked.reference
    assert [one.state for one in outbox.messages(applicant.system)] == ["expired", "waiting"]


def test_a_code_expires_with_its_lifetime(applicant, clock):
    asked = applicant.begin()
    [code] = applicant.sent()
    clock.advance(minutes=5)
    with pytest.raises(DemandNotOpenError):
        applicant.answer(asked, code)


def test_a_malformed_code_leaves_the_login_open_and_a_wrong_one_does_not(applicant):
    asked = applicant.begin()
    [code] = applicant.sent()
    for typed in ("", "12345", "1234567", "12345x"):
        with pytest.raises(MalformedCodeError):
            applicant.answer(asked, typed)
    assert not applicant.answer(asked, wrong(code)).accepted
    with pytest.raises(DemandNotOpenError):
        applicant.answer(asked, code)


def test_a_code_that_was_used_up_before_it_was_sent_is_not_sent_after_the_next_one(applicant):
    asked = applicant.begin()
    applicant.answer(asked, wrong(applicant.sent()[0]))
    applicant.begin()
    first, second = outbox.messages(applicant.system)
    assert (first.state, second.state) == (MessageState.EXPIRED, MessageState.WAITING)


def test_unanswered_codes_are_no_failures_but_twenty_messages_a_day_are_the_most(applicant, clock):
    start = clock()
    for _ in range(20):
        applicant.begin()
        clock.advance(minutes=5)
    with pytest.raises(TooManyMessagesError) as error:
        applicant.begin()
    assert error.value.until == start + timedelta(days=1)
    clock.time = error.value.until - timedelta(microseconds=1)
    with pytest.raises(TooManyMessagesError):
        applicant.begin()
    clock.time = error.value.until
    asked = applicant.begin()
    assert applicant.answer(asked, applicant.sent()[0]).accepted


def test_twenty_messages_a_day_are_the_most_to_a_number_however_many_users_have_it(applicant, clock):
    for name in ("bob", "carol"):
        applicant.user(name, phone=PHONE)
        add_sms(applicant.system, name)
    start = clock()
    for number in range(20):
        applicant.begin(("alice", "bob", "carol")[number % 3])
        clock.advance(minutes=6)
    for name in ("alice", "bob", "carol"):
        with pytest.raises(TooManyMessagesError) as error:
            applicant.begin(name)
        assert error.value.until == start + timedelta(days=1)
    # Another number of theirs is none of that one's.
    accounts.set_phone(applicant.system, "bob", "+442079460001")
    assert applicant.begin("bob").sent_to == "+••••••••••01"
    clock.time = start + timedelta(days=1)
    assert applicant.begin("carol").sent_to == "+••••••••••00"
    assert len(outbox.messages(applicant.system)) == 22


def test_a_code_that_was_sent_to_the_number_before_is_good_for_nothing(applicant):
    asked = applicant.begin()
    [code] = applicant.sent()
    accounts.set_phone(applicant.system, "alice", "+442079460999")
    with pytest.raises(DemandNotOpenError):
        applicant.answer(asked, code)
    assert [one.state for one in outbox.messages(applicant.system)] == ["expired"]
    assert applicant.begin().sent_to == "+••••••••••99"
    assert [one.phone for one in outbox.messages(applicant.system, waiting=True)] == ["+442079460999"]


def test_without_a_number_there_are_no_codes(applicant):
    accounts.set_phone(applicant.system, "alice", None)
    with pytest.raises(NoPhoneError):
        applicant.begin()
    applicant.user("bob")
    with pytest.raises(NoPhoneError):
        add_sms(applicant.system, "bob")


def test_what_can_be_no_number_is_not_recorded_and_not_repeated(house):
    with pytest.raises(UserFieldError) as error:
        house.user(phone="020 7946 0000")
    assert "7946 0000" not in str(error.value).replace("+44 20 7946 0000", "")
    assert error.value.field == "phone"


def test_codes_by_message_are_for_who_has_nothing_else(applicant):
    with pytest.raises(DeviceStateError):
        add_sms(applicant.system, "alice")
    applicant.user("bob", phone=PHONE)
    applicant.token("bob")
    with pytest.raises(DeviceKindError):
        add_sms(applicant.system, "bob")


def test_the_first_device_that_stays_ends_the_messages(applicant):
    asked = applicant.begin()
    [code] = applicant.sent()
    token = applicant.token()
    with pytest.raises(DemandNotOpenError):
        applicant.answer(asked, code)
    assert applicant.sent() == []
    assert applicant.begin().device == token.id
    device_life.end_device(applicant.system, "alice", token.id)
    with pytest.raises(NoDeviceError):
        applicant.begin()


def test_no_code_is_in_log_or_repr(applicant):
    asked = applicant.begin()
    [code] = applicant.sent()
    answered = applicant.answer(asked, code)
    written = repr([applicant.inventory.history(), asked, answered, outbox.messages(applicant.system)])
    assert answered.accepted
    assert f"'{code}'" not in written
    assert f" {code}" not in written
    assert PHONE not in written


def test_a_code_is_sent_and_answered_on_both_databases(anywhere, clock):
    house = House(anywhere, clock)
    try:
        house.user(phone=PHONE)
        add_sms(house.system, "alice")
        for _ in range(2):
            asked = house.begin()
            assert house.answer(asked, house.sent()[0]).accepted
            clock.advance(minutes=6)
    finally:
        house.close()
