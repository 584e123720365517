"""Two hundred callers at once, on four processes, with what is good once: a card's pair, a code, a limit, a session."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from dsc.protocol.confirm import confirmation
from fakes.login_house import House
from fakes.login_racers import PROCESSES, THREADS, Racers
from host_tools.inventory import Location
from host_tools.inventory.schema import DemandRow, LoginSessionRow, UnlockRow, WithdrawalRow
from host_tools.inventory.store import utc_now
from host_tools.login import activating, issuing, outbox, pin_changes
from host_tools.login.devices import DeviceState, devices
from host_tools.login.limits_of import withdrawals_of
from host_tools.login.sessions import session
from host_tools.login.withdrawals import cancel
from host_tools.policy import Policy
from host_tools.policy.kinds import DeviceKind

HOTP = "HOTP-SHA1-6"
CALLERS = PROCESSES * THREADS
RULES = Policy.load().at(utc_now())
ASKED_FOR = CALLERS * 5 // 2  # withdrawals a day
NOON = (12 - utc_now().hour + 12) % 24 - 12  # hours ahead of UTC where it is noon: no day ends meanwhile
LOCKING = RULES.failures.in_a_row
MILLION = 100_000_000  # cents


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def racing(request, tmp_path_factory):
    """One for all of them, since processes start slowly: each test has users of its own."""
    location = Location.inside(tmp_path_factory.mktemp("racing"))
    if request.param == "postgresql":
        location = Location(request.getfixturevalue("postgres").new_database(), location.master_key)
    path = location.master_key.with_name("policy.toml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f'time_zone = "Etc/GMT{-NOON:+}"\n[[policy]]\neffective = 2020-01-01\n'
        f"[policy.withdrawals]\nnumber_a_day = {ASKED_FOR}\n"
    )
    house = House(location, utc_now, Policy.load(path))
    with Racers(location, path) as racers:
        yield house, racers
    house.inventory.check_audit()
    house.close()


def logged(house, event, user):
    return sum(one.event == event and one.detail.get("user") == user for one in house.inventory.history())


def code_for(house, name):
    """The one that was sent to this user."""
    (waiting,) = [one for one in outbox.messages(house.system, waiting=True) if one.user == name]
    return outbox.read(house.system, waiting.id)[: RULES.sms.digits]


def count(house, row, **where):
    with house.inventory.reading() as opened:
        return len(opened.scalars(select(row).filter_by(**where)).all())


def is_in(house, name, device, times):
    """So often: in the audit log, of what was asked, and in sessions."""
    assert logged(house, "login accepted", name) == times
    assert count(house, DemandRow, device_id=device.id, accepted=True) == times
    assert count(house, LoginSessionRow, device_id=device.id) == times


@pytest.mark.timeout(300)
def test_of_two_hundred_with_the_same_right_answer_one_is_in(racing):
    house, racers = racing
    for number, online in enumerate((True, False)):
        name = f"card-{number}"
        house.user(name)
        device = house.card(name, online=online)
        asked = house.begin(name)
        assert racers.race(house.response(asked), asked.reference) == {"accepted": 1, "used": CALLERS - 1}
        is_in(house, name, device, 1)
    for name, kind in (("passcode", DeviceKind.TEMPORARY_PASSCODE), ("sms", DeviceKind.SMS)):
        house.user(name, phone="+41791234567")
        typed = house.passcode(name) if name == "passcode" else None
        if typed is None:
            issuing.add_sms(house.system, name)
        asked = house.begin(name)
        (device,) = devices(house.system, name)
        assert device.kind is kind
        told = racers.race(typed or code_for(house, name), asked.reference)
        assert told == {"accepted": 1, "used": CALLERS - 1}
        is_in(house, name, device, 1)


@pytest.mark.timeout(300)
def test_of_two_hundred_who_each_ask_and_type_the_same_pair_or_sent_code_one_is_in(racing):
    house, racers = racing
    house.user("by-card")
    house.user("by-sms", phone="+41791234567")
    made = {"by-card": house.card("by-card"), "by-sms": issuing.add_sms(house.system, "by-sms")}
    for name, device in made.items():
        asked = house.begin(name)
        typed = house.response(asked) if name == "by-card" else code_for(house, name)
        told = racers.race(typed, name=name)
        # Whoever was asked anew is wrong, which locks; or somebody has answered what he was asked as well.
        assert told["accepted"] == 1
        assert told["rejected"] == count(house, DemandRow, device_id=device.id, accepted=False) <= LOCKING
        assert set(told) <= {"accepted", "rejected", "used", "LockedUserError"}
        assert sum(told.values()) == CALLERS
        is_in(house, name, device, 1)
    assert_no_pair_twice(house, made["by-card"])
    # One message for each code, and none for whoever was asked what waited.
    messages = [one for one in outbox.messages(house.system) if one.user == "by-sms"]
    assert len(messages) == count(house, DemandRow, device_id=made["by-sms"].id)


@pytest.mark.timeout(300)
def test_two_hundred_who_each_ask_and_type_a_passcode_are_in_once_for_each_time_it_was_asked_for(racing):
    """It is the same word at each login: nobody is wrong, and whoever shares what waited with another finds it used."""
    house, racers = racing
    house.user("asker")
    passcode = house.passcode("asker")
    (device,) = devices(house.system, "asker")
    told = racers.race(passcode, name="asker")
    assert set(told) <= {"accepted", "used"}
    assert sum(told.values()) == CALLERS
    assert told["accepted"] == count(house, DemandRow, device_id=device.id) >= 1
    is_in(house, "asker", device, told["accepted"])


@pytest.mark.timeout(300)
def test_of_two_hundred_answers_one_activates(racing):
    house, racers = racing
    for number, asks in enumerate((False, True)):
        name = f"user-{number}"
        house.user(name)
        made = [house.token(name, active=False), house.card(name, online=False, active=False)]
        for device in made:
            asked = activating.begin_activation_vouched(house.system, name, device.id)
            job = {"name": name, "device": device.id} if asks else {"reference": asked.reference}
            told = racers.all("activate", typed=house.response(asked), **job)
            assert told["accepted"] == 1
            assert told["used"] + told["DeviceStateError"] == CALLERS - 1
            assert asks or told["used"] == CALLERS - 1
            assert count(house, DemandRow, device_id=device.id) == 1
        assert logged(house, "activation accepted", name) == 2
        assert logged(house, "device activated", name) == 2
        # A printed card is no bridge: neither ends the other.
        assert {one.state for one in devices(house.system, name)} == {DeviceState.ACTIVE}


@pytest.mark.timeout(300)
def test_of_two_hundred_desks_one_is_told_an_unlock_code_and_no_more_than_a_day_s_number_again(racing):
    house, racers = racing
    house.user("unlocker")
    house.token("unlocker", unlock_secret=bytearray(range(32)))
    most = RULES.help_desk.unlock_codes
    first = racers.all("unlock", name="unlocker", n=1, again=False)
    (code,) = set(first) - {"UnlockNumberError"}
    assert first == {code: 1, "UnlockNumberError": CALLERS - 1}
    again = racers.all("unlock", name="unlocker", n=1, again=True)
    assert again == {code: most - 1, "DailyLimitError": CALLERS - most + 1}
    assert count(house, UnlockRow) == most
    assert sum(one.event == "unlock code given" for one in house.inventory.history()) == most


@pytest.mark.timeout(300)
def test_of_two_hundred_withdrawals_that_fit_once_one_is_allowed(racing):
    house, racers = racing
    house.user("withdrawer")
    # Of this kind day and window have the same limit, so that it is no matter when midnight is.
    phone = house.token("withdrawer", kind=DeviceKind.IB_KEY)
    limit = RULES.withdrawals.limit(DeviceKind.IB_KEY)
    assert (limit.day, limit.window) == (MILLION, MILLION)
    token = house.session_by(phone, "withdrawer")
    told = racers.all("withdraw", session=token, cents=MILLION * 6 // 10)
    assert told == {"allowed": 1, "window": CALLERS - 1}
    # What is left is no whole number of these: so many fit.
    told = racers.all("withdraw", session=token, cents=MILLION * 15 // 100)
    assert told == {"allowed": 2, "window": CALLERS - 2}
    assert logged(house, "withdrawal allowed", "withdrawer") == count(house, WithdrawalRow) == 3
    assert logged(house, "withdrawal refused", "withdrawer") == 2 * CALLERS - 3
    # All of those were asked for, and half as many more may be today.
    told = racers.all("withdraw", session=token, cents=MILLION)
    assert told == {"window": CALLERS // 2, "TooManyWithdrawalsError": CALLERS // 2}


@pytest.mark.timeout(300)
def test_of_two_hundred_answers_by_telephone_one_is_right_and_no_more_than_a_day_s_number_is_confirmed(
    racing,
):
    house, racers = racing
    house.user("caller")
    device = house.token("caller")
    most = RULES.help_desk.confirmations
    asked = pin_changes.begin_pin_change(house.system, "caller")
    told = racers.all("answer PIN change", reference=asked.reference, typed=house.response(asked))
    assert told == {"accepted": 1, "used": CALLERS - 1}
    key = house.hands[device.token.serial].key()
    digits = confirmation(key, device.token.serial, "12345679")
    told = racers.all("confirm", reference=asked.reference, number="12345679")
    assert told == {digits: most, "DailyLimitError": CALLERS - most}
    assert logged(house, "PIN change answer accepted", "caller") == 1
    assert logged(house, "PIN change confirmed", "caller") == most
    assert count(house, LoginSessionRow, device_id=device.id) == 0


@pytest.mark.timeout(300)
def test_two_hundred_who_withdraw_with_one_key_are_told_the_same_and_it_counts_once(racing):
    house, racers = racing
    house.user("repeater")
    phone = house.token("repeater", kind=DeviceKind.IB_KEY)
    token = house.session_by(phone, "repeater")
    before = count(house, WithdrawalRow)
    (first,) = racers.all("withdraw", session=token, cents=MILLION * 6 // 10, key="order-0000000001")
    (refused,) = racers.all("withdraw", session=token, cents=MILLION * 6 // 10, key="order-0000000002")
    assert refused != first
    assert racers.all("withdraw", session=token, cents=1, key="order-0000000001") == {
        "IdempotencyKeyUsedError": CALLERS
    }
    assert logged(house, "withdrawal allowed", "repeater") == count(house, WithdrawalRow) - before == 1
    assert logged(house, "withdrawal refused", "repeater") == 1
    assert logged(house, "withdrawal answered again", "repeater") == 2 * CALLERS - 2
    (made,) = withdrawals_of(house.system, "repeater")
    assert made.reference in first
    cancel(house.system, made.reference)
    told = racers.all("withdraw", session=token, cents=MILLION * 6 // 10, key="order-0000000001")
    assert told == {"CancelledWithdrawalError": CALLERS}
    assert count(house, WithdrawalRow) == before


@pytest.mark.timeout(300)
def test_of_two_hundred_with_two_codes_in_a_row_one_finds_the_counter(racing):
    house, racers = racing
    house.user("counter")
    serial = house.token("counter", HOTP).token.serial
    hand = house.hands[serial]
    hand.counter = RULES.code.look_ahead + 100
    codes = [hand.shows(None, utc_now()), hand.shows(None, utc_now())]
    told = racers.all("resynchronise", name="counter", codes=codes)
    assert told == {"accepted": 1, "rejected": LOCKING, "LockedUserError": CALLERS - 1 - LOCKING}
    assert logged(house, "counter found", "counter") == 1


@pytest.mark.timeout(300)
def test_of_two_hundred_with_two_codes_in_a_row_one_finds_the_clock(racing):
    house, racers = racing
    house.user("watch")
    serial = house.token("watch", "TOTP-SHA256-8-T59S").token.serial
    ahead = utc_now() + timedelta(minutes=15)
    codes = [house.hands[serial].shows(None, ahead + timedelta(seconds=59 * off)) for off in (0, 1)]
    told = racers.all("resynchronise", name="watch", codes=codes)
    assert told == {"accepted": 1, "rejected": LOCKING, "LockedUserError": CALLERS - 1 - LOCKING}
    assert logged(house, "clock found", "watch") == 1


@pytest.mark.timeout(300)
def test_of_two_hundred_who_log_out_one_ends_the_session(racing):
    house, racers = racing
    house.user("leaver")
    device = house.token("leaver")
    token, other = house.session_by(device, "leaver"), house.session_by(device, "leaver")
    assert racers.all("log out", session=token) == {"ended": 1, "SessionError": CALLERS - 1}
    assert session(house.system, other).device.id == device.id


def assert_no_pair_twice(house, device):
    with house.inventory.reading() as opened:
        query = select(DemandRow.first, DemandRow.second).where(DemandRow.device_id == device.id)
        pairs = Counter(frozenset(one) for one in opened.execute(query).all())
    assert set(pairs.values()) == {1}
