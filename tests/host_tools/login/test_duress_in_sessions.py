"""Once the duress PIN was used in a session, all that is done in it is noted and shown as an alarm."""

import pytest

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.confirm import confirmation
from dsc.protocol.transaction import ACCOUNT, AMOUNT, REFERENCE, Field, question
from fakes.login_house import PASSWORD, House
from host_tools.login import accounts
from host_tools.login.activating import answer_activation, begin_activation
from host_tools.login.errors import SessionError
from host_tools.login.in_session import confirm_pin_change, issue_reference, verify_signature
from host_tools.login.issuing import obtain_card
from host_tools.login.limits_of import withdrawals_of
from host_tools.login.overview import overview
from host_tools.login.sessions import session
from host_tools.login.withdrawals import withdraw
from host_tools.policy.kinds import DeviceKind

SIGN = "OCRA-1:HOTP-SHA256-8:QH64"
FORM = (Field(AMOUNT, "Amount", 2, "EUR"), Field(ACCOUNT, "To account"), Field(REFERENCE, "Reference"))
NUMBER = "12345679"


@pytest.fixture
def device(house):
    house.user()
    return house.token(alarm=True, sign_suite=SIGN, form=FORM)


@pytest.fixture
def new(house, device):
    """Another token of hers, ready to be activated."""
    return house.token(alarm=True, active=False)


def opened(house, *, alarm):
    return house.answer(house.begin(), alarm=alarm).session


def sign(house, device, token, *, alarm):
    serial = device.token.serial
    values = ["123450", "0012345678", issue_reference(house.system, token)]
    key = house.hands[serial].key(alarm=alarm)
    signature = respond(Suite.parse(SIGN), key, question(serial, FORM, values))
    return verify_signature(house.system, token, values, signature)


def activate(house, device, token, *, alarm=False, typed=None, answered_in=None):
    asked = begin_activation(house.system, token, device.id)
    response = house.response(asked, alarm=alarm) if typed is None else typed
    return answer_activation(house.system, asked.reference, response, session=answered_in or token)


def marks(house):
    return [one.is_alarm for one in withdrawals_of(house.system, "alice")]


def shown(house):
    return [one.is_alarm for one in overview(house.system, "alice").sessions]


def since(house, work):
    """What `work` writes into the audit log: events, with what an alarm was during, and other details of interest."""
    before = len(house.inventory.history())
    work()
    return [
        f"alarm during {one.detail['during']}" if "during" in one.detail else one.event
        for one in house.inventory.history()[before:]
    ]


def test_an_alarm_is_one_for_ever_whatever_is_signed_after_it(house, device):
    token = opened(house, alarm=True)
    withdraw(house.system, token, 100)
    assert sign(house, device, token, alarm=False).is_alarm
    assert (marks(house), shown(house)) == ([True], [True])
    assert since(house, lambda: withdraw(house.system, token, 200)) == [
        "withdrawal allowed",
        "alarm during withdrawal allowed",
    ]
    assert marks(house) == [True, True]


def test_what_was_done_before_an_alarm_stays_as_it_was(house, device):
    token = opened(house, alarm=False)
    withdraw(house.system, token, 100)
    sign(house, device, token, alarm=True)
    assert (marks(house), shown(house)) == ([False], [True])
    withdraw(house.system, token, 200)
    assert marks(house) == [False, True]


def test_an_alarm_is_noted_for_a_pin_change_that_the_real_key_confirms(house, device):
    token = opened(house, alarm=True)
    sign(house, device, token, alarm=False)
    real = confirmation(house.hands[device.token.serial].key(), device.token.serial, NUMBER)
    digits = []
    noted = since(house, lambda: digits.append(confirm_pin_change(house.system, token, NUMBER)))
    assert digits == [real]
    assert noted == ["PIN change confirmed", "alarm during PIN change confirmed"]


@pytest.mark.parametrize("alarm", [False, True])
def test_a_reference_is_noted(house, device, alarm):
    token = opened(house, alarm=alarm)
    noted = since(house, lambda: issue_reference(house.system, token))
    assert noted == ["reference issued", "alarm during reference issued"][: 1 + alarm]


def test_a_device_that_is_activated_under_duress_is_named_by_alarms(house, device, new):
    token = opened(house, alarm=True)
    assert since(house, lambda: activate(house, new, token)) == [
        "activation begun",
        "alarm during activation begun",
        "activation accepted",
        "device activated",
        "activation answered",
        "alarm during activation answered",
    ]
    last = house.inventory.history()[-1].detail
    assert (last["device"], last["activates"], last["accepted"]) == (device.id, new.id, True)


def test_an_activation_in_an_ordinary_session_is_noted_without_an_alarm(house, device, new):
    token = opened(house, alarm=False)
    assert since(house, lambda: activate(house, new, token)) == [
        "activation begun",
        "activation accepted",
        "device activated",
        "activation answered",
    ]


def test_what_waits_for_an_activation_is_shown_again_and_noted_once(house, device, new):
    token = opened(house, alarm=True)
    begin_activation(house.system, token, new.id)
    assert since(house, lambda: begin_activation(house.system, token, new.id)) == []


def test_an_activation_by_the_duress_pin_makes_its_session_an_alarm_from_then_on(house, device, new):
    token = opened(house, alarm=False)
    withdraw(house.system, token, 100)
    assert activate(house, new, token, alarm=True).is_alarm
    withdraw(house.system, token, 200)
    assert (marks(house), shown(house)) == ([False, True], [True])


def test_what_another_device_has_answered_does_not_choose_the_key_that_confirms(house, device, new):
    token = opened(house, alarm=False)
    activate(house, new, token, alarm=True)
    serial = device.token.serial
    assert confirm_pin_change(house.system, token, NUMBER) == confirmation(
        house.hands[serial].key(), serial, NUMBER
    )


def test_an_activation_by_the_real_pin_ends_no_alarm(house, device, new):
    token = opened(house, alarm=True)
    assert activate(house, new, token).is_alarm
    assert shown(house) == [True]


def test_a_wrong_answer_to_an_activation_is_noted_and_makes_no_alarm(house, device, new):
    quiet, loud = (opened(house, alarm=alarm) for alarm in (False, True))
    asked = begin_activation(house.system, quiet, new.id)
    wrong = f"{(int(house.response(asked)) + 1) % 10**8:08}"
    assert not activate(house, new, quiet, typed=wrong).accepted
    assert shown(house) == [False, True]
    assert since(house, lambda: activate(house, new, loud, typed=wrong))[-2:] == [
        "activation answered",
        "alarm during activation answered",
    ]


def test_the_session_in_which_it_was_answered_is_the_alarm(house, device, new):
    begun, answered = (opened(house, alarm=False) for _ in range(2))
    activate(house, new, begun, alarm=True, answered_in=answered)
    assert [session(house.system, one).is_alarm for one in (begun, answered)] == [False, True]


def test_a_card_that_is_obtained_is_noted(house, device):
    token = house.session_by(house.other_device(DeviceKind.SMS), alarm=True)
    noted = since(house, lambda: obtain_card(house.system, token))
    assert noted == ["device added", "card obtained", "alarm during card obtained"]


def test_a_password_that_is_set_in_a_session_is_noted(house, device):
    quiet, loud = (opened(house, alarm=alarm) for alarm in (False, True))
    kept = session(house.system, loud)
    assert since(house, lambda: accounts.set_password(house.system, "alice", PASSWORD, keeping=kept)) == [
        "password set",
        "alarm during password set",
    ]
    with pytest.raises(SessionError):
        session(house.system, quiet)
    assert house.inventory.history()[-2].detail["user"] == "alice"


@pytest.mark.parametrize("by_activation", [False, True])
@pytest.mark.parametrize("before", [False, True])
def test_the_same_is_done_whichever_pin_it_was_but_for_the_alarm_s_entry(
    house, device, new, statements, by_activation, before
):
    ran = {}
    for alarm in (False, True):
        token = opened(house, alarm=before)
        again = house.token(alarm=True, active=False)
        with statements() as those:
            if by_activation:
                activate(house, again, token, alarm=alarm)
            else:
                sign(house, device, token, alarm=alarm)
        ran[alarm] = [one for one in those if "audit" not in one]
    assert ran[False] == ran[True]


def test_all_of_that_in_either_kind_of_database(anywhere, clock):
    house = House(anywhere, clock)
    try:
        house.user()
        device = house.token(alarm=True, sign_suite=SIGN, form=FORM)
        new = house.token(alarm=True, active=False)
        token = opened(house, alarm=False)
        withdraw(house.system, token, 100)
        activate(house, new, token, alarm=True)
        withdraw(house.system, token, 100)
        token = house.answer(house.begin(device=device.id), alarm=True).session
        sign(house, device, token, alarm=False)
        withdraw(house.system, token, 100)
        assert (marks(house), shown(house)) == ([False, True, True], [True, True])
        house.inventory.check_audit()
    finally:
        house.close()
