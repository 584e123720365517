"""The help desk by user name: blocks are lifted and locks are not, tokens unlocked and resynchronised."""

import pytest

from dsc.protocol.plain import Method, code
from dsc.protocol.unlock import unlock_code
from host_tools.inventory import failures
from host_tools.inventory.asking import ask
from host_tools.inventory.desk_errors import UnlockNumberError
from host_tools.inventory.errors import FieldError, UnverifiableError
from host_tools.inventory.token_rows import credential_row
from host_tools.login import accounts
from host_tools.login.errors import (
    BlockedUserError,
    ClosedUserError,
    LockedUserError,
    UnknownDeviceError,
    UnknownUserError,
)
from host_tools.login.help_desk import identify, resynchronise, unlock
from host_tools.login.use_errors import TokenChoiceError

HOTP = "HOTP-SHA1-6"
TOTP = "TOTP-SHA256-8-T30S"
SECRET = bytearray(range(32))


def fail(house, clock, times):
    """So many wrong answers, with a day after each ten, so that it is the block that counts."""
    for number in range(times):
        if number and not number % 9:
            clock.advance(days=1)
        house.fail()
    clock.advance(days=1)


def test_a_block_of_the_user_and_of_his_token_is_lifted(house, clock):
    house.user()
    device = house.token()
    fail(house, clock, 30)
    with pytest.raises(BlockedUserError):
        house.begin()
    assert identify(house.system, "Alice", "passport 1234 seen")
    assert house.login().accepted
    assert ask(house.inventory, device.token.serial).question
    last = [entry for entry in house.inventory.history() if entry.event == "user identified"]
    assert last[0].detail == {"user": "alice", "by": "passport 1234 seen"}


def test_after_that_thirty_more_block_again(house, clock):
    house.user()
    house.token()
    fail(house, clock, 30)
    identify(house.system, "alice", "known voice")
    fail(house, clock, 29)
    house.begin()
    fail(house, clock, 1)
    with pytest.raises(BlockedUserError):
        house.begin()


def test_without_a_block_failures_go_on_to_count(house, clock):
    house.user()
    house.token()
    fail(house, clock, 29)
    assert not identify(house.system, "alice", "known voice")
    fail(house, clock, 1)
    with pytest.raises(BlockedUserError):
        house.begin()


def test_a_lock_for_a_day_goes_on(house, clock):
    house.user()
    house.token()
    fail(house, clock, 20)
    for _ in range(10):
        house.fail()
    assert identify(house.system, "alice", "known voice")
    with pytest.raises(LockedUserError):
        house.begin()
    clock.advance(days=1)
    assert house.login().accepted


def test_every_token_of_the_user_is_lifted_and_nobody_else_s(house, clock):
    house.user()
    house.user("bob")
    house.token("bob")
    first, second = house.token(), house.token()
    for device in (first, second):
        for number in range(30):
            if not number % 9:
                clock.advance(days=1)
            asked = house.begin(device=device.id)
            right = house.response(asked)
            house.answer(asked, f"{(int(right) + 1) % 10**8:08}")
        if device is first:
            identify(house.system, "alice", "known voice")
    for number in range(30):
        if not number % 9:
            clock.advance(days=1)
        house.fail("bob")
    clock.advance(days=1)
    identify(house.system, "alice", "known voice")
    for device in (first, second):
        assert house.answer(house.begin(device=device.id)).accepted
        with house.inventory.reading() as session:
            row = credential_row(session, house.inventory.credential(device.token.serial))
            assert not failures.standing(house.inventory, session, row, clock()).blocked
    with pytest.raises(BlockedUserError):
        house.begin("bob")


@pytest.mark.parametrize("told", ["", " x", "x" * 201, "a\nb"])
def test_how_he_was_identified_is_told(house, told):
    house.user()
    with pytest.raises(FieldError):
        identify(house.system, "alice", told)


@pytest.mark.parametrize(
    "work",
    [
        lambda system, name: identify(system, name, "known voice"),
        lambda system, name: unlock(system, name, 1, "known voice"),
        lambda system, name: resynchronise(system, name, "123456", "123456"),
    ],
)
def test_nobody_is_helped_whose_account_is_closed_or_is_none(house, work):
    house.user()
    house.token()
    accounts.close_user(house.system, "alice")
    with pytest.raises(ClosedUserError):
        work(house.system, "alice")
    with pytest.raises(UnknownUserError):
        work(house.system, "bob")


def test_a_token_is_unlocked_by_its_user_s_name(house):
    house.user()
    house.user("bob")
    device = house.token(unlock_secret=bytearray(SECRET))
    others = house.token("bob")
    expected = unlock_code(bytearray(SECRET), device.token.serial, 1)
    assert unlock(house.system, "alice", 1, "known voice") == expected
    with pytest.raises(UnlockNumberError):
        unlock(house.system, "alice", 1, "known voice")
    assert unlock(house.system, "alice", 1, "known voice", again=True) == expected
    with pytest.raises(UnknownDeviceError):
        unlock(house.system, "alice", 2, "known voice", others.id)
    assert expected.decode() not in repr(house.inventory.history())


def test_with_several_tokens_it_is_said_which(house):
    house.user()
    first = house.token(unlock_secret=bytearray(SECRET))
    second = house.token()
    with pytest.raises(TokenChoiceError) as error:
        unlock(house.system, "alice", 1, "known voice")
    assert error.value.devices == (first.id, second.id)
    assert unlock(house.system, "alice", 1, "known voice", first.id)


def codes(house, device, *counters, alarm=False):
    key = house.hands[device.token.serial].key(alarm=alarm)
    return [code(Method.parse(HOTP), key, counter) for counter in counters]


def test_two_codes_in_a_row_find_the_counter_again(house):
    house.user()
    device = house.token(suite=HOTP)
    assert resynchronise(house.system, "alice", *codes(house, device, 500, 501)).accepted
    house.hands[device.token.serial].counter = 502
    assert house.login().accepted


def test_the_duress_pin_s_codes_find_it_too_and_raise_the_alarm(house):
    house.user()
    device = house.token(suite=HOTP, alarm=True)
    quiet = resynchronise(house.system, "alice", *codes(house, device, 100, 101))
    loud = resynchronise(house.system, "alice", *codes(house, device, 500, 501, alarm=True))
    assert repr(quiet) == repr(loud)
    assert (quiet.is_alarm, loud.is_alarm) == (False, True)
    assert house.inventory.history()[-1].event == "alarm"


def test_pairs_that_are_not_found_lock_the_user(house):
    house.user()
    device = house.token(suite=HOTP)
    first, _, third = codes(house, device, 500, 501, 502)
    for _ in range(5):
        assert not resynchronise(house.system, "alice", first, third).accepted
        house.fail()
    with pytest.raises(LockedUserError):
        resynchronise(house.system, "alice", *codes(house, device, 500, 501))


def timed(house, device, *off, alarm=False):
    """Codes of the steps that are so far from the present one."""
    key = house.hands[device.token.serial].key(alarm=alarm)
    return [code(Method.parse(TOTP), key, int(house.now().timestamp()) + 30 * one) for one in off]


def test_two_codes_in_a_row_find_a_clock_again_and_logins_follow_it(house, clock):
    house.user()
    device = house.token(suite=TOTP)

    def login(off):
        return house.answer(house.begin(), *timed(house, device, off)).accepted

    assert not login(-40)
    assert resynchronise(house.system, "alice", *timed(house, device, -41, -40)).accepted
    assert not login(-40)
    clock.advance(days=1)
    assert login(-41)
    clock.advance(days=1)
    assert login(-42)
    clock.advance(days=1)
    assert not login(-39)
    events = [one.event for one in house.inventory.history()]
    assert (events.count("clock found"), events.count("clock not found")) == (1, 0)


def test_the_duress_pin_s_codes_find_a_clock_too_and_raise_the_alarm(house):
    house.user()
    device = house.token(suite=TOTP, alarm=True)
    quiet = resynchronise(house.system, "alice", *timed(house, device, -41, -40))
    loud = resynchronise(house.system, "alice", *timed(house, device, 30, 31, alarm=True))
    assert repr(quiet) == repr(loud)
    assert (quiet.is_alarm, loud.is_alarm) == (False, True)
    assert house.inventory.history()[-1].event == "alarm"


def test_pairs_of_a_clock_that_are_not_found_lock_the_user(house):
    house.user()
    device = house.token(suite=TOTP)
    for _ in range(5):
        assert not resynchronise(house.system, "alice", *timed(house, device, 8, 10)).accepted
        house.fail()
    with pytest.raises(LockedUserError):
        resynchronise(house.system, "alice", *timed(house, device, 8, 9))


def test_a_token_that_answers_challenges_has_nothing_to_find(house):
    house.user()
    house.token()
    with pytest.raises(UnverifiableError):
        resynchronise(house.system, "alice", "12345678", "12345678")
