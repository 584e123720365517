"""Within a session: PIN changes confirmed and transactions signed, by its token, looking alike under duress."""

import pytest

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.confirm import confirmation
from dsc.protocol.transaction import ACCOUNT, AMOUNT, REFERENCE, Field, question
from fakes.login_house import House
from host_tools.inventory import help_desk as of_tokens
from host_tools.inventory.desk_errors import ChangeNumberError, DailyLimitError
from host_tools.inventory.errors import (
    NoFormError,
    ReferenceNotIssuedError,
    ReferenceUsedError,
    ResponseFormatError,
    UnverifiableError,
)
from host_tools.inventory.signing import verify_signature as verify_offline
from host_tools.login import device_life
from host_tools.login.errors import LockedUserError, SessionError
from host_tools.login.in_session import confirm_pin_change, issue_reference, verify_signature
from host_tools.login.use_errors import LimitedSessionError, NoTokenError, StaleSessionError
from host_tools.policy.kinds import DeviceKind

NUMBER = "12345679"
SIGN = "OCRA-1:HOTP-SHA256-8:QH64"
FORM = (Field(AMOUNT, "Amount", 2, "EUR"), Field(ACCOUNT, "To account"), Field(REFERENCE, "Reference"))
VALUES = ["123450", "0012345678"]


@pytest.fixture
def device(house):
    house.user()
    return house.token(alarm=True, sign_suite=SIGN, form=FORM)


def confirmed(house, device, *, alarm=False, number=NUMBER):
    """What the token expects, after the right PIN or the duress PIN."""
    serial = device.token.serial
    return confirmation(house.hands[serial].key(alarm=alarm), serial, number)


def signed(house, device, values, *, alarm=False, suite=SIGN, form=FORM, counter=None):
    serial = device.token.serial
    key = house.hands[serial].key(alarm=alarm)
    return respond(Suite.parse(suite), key, question(serial, form, values), counter=counter)


def events(house):
    return [entry.event for entry in house.inventory.history()]


@pytest.mark.parametrize("alarm", [False, True])
def test_a_pin_change_is_confirmed_with_the_key_that_opened_the_session(house, device, alarm):
    token = house.answer(house.begin(), alarm=alarm).session
    assert confirm_pin_change(house.system, token, "1234 5679") == confirmed(house, device, alarm=alarm)
    assert events(house)[-2:] == (
        ["PIN change confirmed", "alarm"] if alarm else ["login accepted", "PIN change confirmed"]
    )


def test_it_is_confirmed_by_the_session_s_token_only(house, device):
    other = house.token()
    token = house.answer(house.begin(device=other.id)).session
    assert confirm_pin_change(house.system, token, NUMBER) == confirmed(house, other)
    assert confirm_pin_change(house.system, token, NUMBER) != confirmed(house, device)


def test_the_login_must_be_of_the_last_ten_minutes(house, device, clock):
    token = house.login().session
    clock.advance(minutes=10)
    confirm_pin_change(house.system, token, NUMBER)
    clock.advance(seconds=1)
    with pytest.raises(StaleSessionError):
        confirm_pin_change(house.system, token, NUMBER)
    confirm_pin_change(house.system, house.login().session, NUMBER)


def test_three_are_given_a_day_in_all_sessions_and_at_the_help_desk_together(house, device, clock):
    for _ in range(2):
        confirm_pin_change(house.system, house.login().session, NUMBER)
    of_tokens.confirm(house.inventory, device.token.serial, NUMBER)
    with pytest.raises(DailyLimitError):
        confirm_pin_change(house.system, house.login().session, NUMBER)
    clock.advance(days=1)
    confirm_pin_change(house.system, house.login().session, NUMBER)


@pytest.mark.parametrize("number", ["", "1234567", "12345678 9", "abcdefgh", "00000016"])
def test_a_number_that_no_token_draws_counts_for_nothing(house, device, number):
    token = house.login().session
    for _ in range(4):
        with pytest.raises(ChangeNumberError):
            confirm_pin_change(house.system, token, number)
    confirm_pin_change(house.system, token, NUMBER)


def uses(system, token):
    return [
        lambda: confirm_pin_change(system, token, NUMBER),
        lambda: issue_reference(system, token),
        lambda: verify_signature(system, token, [*VALUES, "000001"], "12345678"),
    ]


def test_without_a_session_or_in_a_limited_one_nothing_is_done(house, device):
    limited = house.session_by(device, limited=True)
    over = house.session_by(device)
    device_life.end_device(house.system, "alice", house.token().id)
    for use in uses(house.system, limited):
        with pytest.raises(LimitedSessionError):
            use()
    device_life.end_device(house.system, "alice", device.id)
    for token in (over, limited, "nothing"):
        for use in uses(house.system, token):
            with pytest.raises(SessionError):
                use()


def test_a_session_that_no_token_has_opened_does_nothing_of_a_token(house, device):
    for use in uses(house.system, house.session_by(house.other_device(DeviceKind.SMS))):
        with pytest.raises(NoTokenError):
            use()


def test_a_transaction_is_signed_and_its_reference_used_once(house, device):
    token = house.login().session
    values = [*VALUES, issue_reference(house.system, token)]
    assert verify_signature(house.system, token, values, signed(house, device, values)).accepted
    with pytest.raises(ReferenceUsedError):
        verify_signature(house.system, token, values, signed(house, device, values))
    assert issue_reference(house.system, token) == "000002"


@pytest.mark.parametrize(
    "reference", ["777777", "0000000777777", "000002", "1", "0000001", "000000", "0", "9" * 20]
)
def test_a_reference_that_was_never_issued_is_refused_and_no_attempt(house, device, reference):
    token = house.login().session
    assert issue_reference(house.system, token) == "000001"
    values = [*VALUES, reference]
    for _ in range(10):
        with pytest.raises(ReferenceNotIssuedError, match=f"{reference} was not issued for this credential"):
            verify_signature(house.system, token, values, signed(house, device, values))
    values = [*VALUES, "000001"]
    assert verify_signature(house.system, token, values, signed(house, device, values)).accepted


def test_a_reference_of_another_token_is_refused(house, device):
    other = house.token(sign_suite=SIGN, form=FORM)
    of_device = house.answer(house.begin(device=device.id)).session
    values = [*VALUES, issue_reference(house.system, of_device)]
    token = house.answer(house.begin(device=other.id)).session
    with pytest.raises(ReferenceNotIssuedError):
        verify_signature(house.system, token, values, signed(house, other, values))


def test_a_reference_that_somebody_chose_for_a_command_is_issued_to_no_session(house, device):
    serial = device.token.serial
    values = [*VALUES, "1"]
    assert verify_offline(house.inventory, serial, values, signed(house, device, values)).accepted
    token = house.login().session
    assert issue_reference(house.system, token) == "000002"
    for used in ("1", "000001"):
        values = [*VALUES, used]
        with pytest.raises(ReferenceUsedError):
            verify_signature(house.system, token, values, signed(house, device, values))


def test_a_signature_under_duress_looks_the_same_and_is_on_record(house, device):
    token = house.login().session
    found = []
    for alarm in (False, True):
        values = [*VALUES, issue_reference(house.system, token)]
        given = signed(house, device, values, alarm=alarm)
        found.append(verify_signature(house.system, token, values, given))
    assert [one.is_alarm for one in found] == [False, True]
    assert repr(found[0]) == repr(found[1])
    assert events(house)[-4:] == ["signature accepted", "reference issued", "signature accepted", "alarm"]


def test_in_a_session_of_the_duress_pin_whatever_is_signed_is_an_alarm(house, device):
    token = house.answer(house.begin(), alarm=True).session
    values = [*VALUES, issue_reference(house.system, token)]
    assert verify_signature(house.system, token, values, signed(house, device, values)).is_alarm
    assert events(house)[-2:] == ["signature accepted", "alarm"]


def test_wrong_signatures_lock_as_wrong_responses_do(house, device):
    token = house.login().session
    values = [*VALUES, issue_reference(house.system, token)]
    for _ in range(5):
        house.fail()
    for _ in range(5):
        assert not verify_signature(house.system, token, values, "00000000").accepted
    for work in (house.begin, *uses(house.system, token)[::2]):
        with pytest.raises(LockedUserError):
            work()


def test_what_is_malformed_is_no_attempt(house, device):
    token = house.login().session
    for _ in range(10):
        with pytest.raises(ResponseFormatError):
            verify_signature(house.system, token, [*VALUES, "000009"], "1234567")
    assert house.login().accepted


def test_what_would_be_accepted_again_and_again_is_not_accepted_once(house):
    house.user()
    form = FORM[:2]
    device = house.token(sign_suite=SIGN, form=form)
    token = house.login().session
    with pytest.raises(UnverifiableError, match="neither a reference nor a counter"):
        verify_signature(house.system, token, VALUES, signed(house, device, VALUES, form=form))
    assert "signature accepted" not in events(house)


def test_without_references_a_counter_has_each_signature_accepted_once(house):
    house.user()
    form, suite = FORM[:2], SIGN.replace("QH64", "C-QH64")
    device = house.token(sign_suite=suite, form=form)
    token = house.login().session
    signature = signed(house, device, VALUES, suite=suite, form=form, counter=0)
    assert verify_signature(house.system, token, VALUES, signature).accepted
    assert not verify_signature(house.system, token, VALUES, signature).accepted


def test_a_token_without_a_form_signs_nothing(house):
    house.user()
    house.token()
    token = house.login().session
    for use in uses(house.system, token)[1:]:
        with pytest.raises(NoFormError):
            use()


def test_no_secret_is_in_the_audit_log(house, device):
    token = house.login().session
    values = [*VALUES, issue_reference(house.system, token)]
    given = signed(house, device, values)
    verify_signature(house.system, token, values, given)
    digits = confirm_pin_change(house.system, token, NUMBER)
    written = repr(house.inventory.history())
    for secret in (token, given, digits, NUMBER):
        assert secret not in written


def test_a_session_does_it_all_in_either_kind_of_database(anywhere, clock):
    house = House(anywhere, clock)
    try:
        house.user()
        device = house.token(alarm=True, sign_suite=SIGN, form=FORM)
        token = house.login().session
        assert confirm_pin_change(house.system, token, NUMBER) == confirmed(house, device)
        values = [*VALUES, issue_reference(house.system, token)]
        assert verify_signature(house.system, token, values, signed(house, device, values)).accepted
        house.inventory.check_audit()
    finally:
        house.close()


@pytest.mark.parametrize("last", [False, True])
def test_after_a_signature_a_pin_change_is_confirmed_with_the_key_that_signed(house, device, last):
    token = house.answer(house.begin(), alarm=not last).session
    values = [*VALUES, issue_reference(house.system, token)]
    assert verify_signature(house.system, token, values, signed(house, device, values, alarm=last)).accepted
    assert confirm_pin_change(house.system, token, NUMBER) == confirmed(house, device, alarm=last)
