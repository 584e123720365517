"""Plain codes: accepted once, by counter and by time; a counter that ran away is found again by two codes."""

import pytest

from dsc.protocol.plain import Method, code
from host_tools.inventory import plain_codes
from host_tools.inventory.errors import ResponseFormatError, UnverifiableError
from host_tools.inventory.plain_codes import resynchronise, verify_code
from host_tools.inventory.verify import Verdict

HOTP = "HOTP-SHA1-6"
TOTP = "TOTP-SHA256-8-T30S"
KEY = bytes([1]) * 32


def at(moving, method=HOTP):
    return code(Method.parse(method), KEY, moving)


@pytest.fixture
def judge(inventory):
    return lambda given: verify_code(inventory, "DS-1001", given)


@pytest.fixture
def counter(inventory):
    return lambda: inventory.credential("DS-1001").counter


def test_a_code_by_counter_is_accepted_once(record, judge, counter):
    record(login_suite=HOTP)
    assert judge(at(0)) is Verdict.ACCEPTED
    assert judge(at(0)) is Verdict.REJECTED
    assert judge(at(1)) is Verdict.ACCEPTED
    assert counter() == 2


@pytest.mark.parametrize(
    ("ahead", "verdict"), [(0, Verdict.ACCEPTED), (20, Verdict.ACCEPTED), (21, Verdict.REJECTED)]
)
def test_a_counter_may_be_twenty_ahead(record, judge, counter, ahead, verdict):
    record(login_suite=HOTP, counter=100)
    assert judge(at(100 + ahead)) is verdict
    assert counter() == (101 + ahead if verdict is Verdict.ACCEPTED else 100)
    assert judge(at(99)) is Verdict.REJECTED


def test_codes_that_were_skipped_are_refused_afterwards(record, judge):
    record(login_suite=HOTP)
    assert judge(at(7)) is Verdict.ACCEPTED
    assert [judge(at(counter)) for counter in range(8)] == [Verdict.REJECTED] * 8


def test_the_very_last_counter_is_never_accepted(record, judge, counter):
    record(login_suite=HOTP, counter=2**64 - 2)
    assert judge(at(2**64 - 1)) is Verdict.REJECTED
    assert judge(at(2**64 - 2)) is Verdict.ACCEPTED
    assert judge(at(2**64 - 2)) is Verdict.REJECTED
    assert counter() == 2**64 - 1


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [
        (-31, Verdict.REJECTED),
        (-30, Verdict.ACCEPTED),
        (0, Verdict.ACCEPTED),
        (29, Verdict.ACCEPTED),
        (59, Verdict.ACCEPTED),
        (60, Verdict.REJECTED),
    ],
)
def test_a_code_by_time_may_be_one_step_off(record, judge, clock, seconds, verdict):
    record(login_suite=TOTP)
    assert clock.time.timestamp() % 30 == 0
    assert judge(at(int(clock.time.timestamp()) + seconds, TOTP)) is verdict


def test_a_step_is_accepted_once_and_none_before_it_afterwards(record, judge, clock):
    record(login_suite=TOTP)
    now = int(clock.time.timestamp())
    assert judge(at(now, TOTP)) is Verdict.ACCEPTED
    assert judge(at(now, TOTP)) is Verdict.REJECTED
    assert judge(at(now - 30, TOTP)) is Verdict.REJECTED
    assert judge(at(now + 30, TOTP)) is Verdict.ACCEPTED
    clock.advance(seconds=30)
    assert judge(at(now + 30, TOTP)) is Verdict.REJECTED
    clock.advance(seconds=30)
    assert judge(at(now + 60, TOTP)) is Verdict.ACCEPTED


def test_a_clock_that_was_set_back_brings_no_code_back(record, judge, clock):
    record(login_suite=TOTP)
    now = int(clock.time.timestamp())
    assert judge(at(now, TOTP)) is Verdict.ACCEPTED
    clock.advance(seconds=-60)
    assert judge(at(now - 60, TOTP)) is Verdict.REJECTED


def test_codes_by_time_leave_the_counter_alone(record, judge, counter, clock):
    record(login_suite=TOTP, counter=5)
    assert judge(at(int(clock.time.timestamp()), TOTP)) is Verdict.ACCEPTED
    assert counter() == 5


def test_spaces_are_ignored_and_other_lengths_refused(inventory, record, judge):
    record(login_suite=HOTP)
    assert judge(f" {at(0)[:3]} {at(0)[3:]}") is Verdict.ACCEPTED
    for text in ("", "12345", "1234567", "12345a", "１２３４５６"):
        with pytest.raises(ResponseFormatError, match="6 digits"):
            judge(text)
        with pytest.raises(ResponseFormatError, match="6 digits"):
            resynchronise(inventory, "DS-1001", "123456", text)


def test_a_credential_that_answers_challenges_has_no_plain_codes(inventory, record, judge):
    record()
    with pytest.raises(UnverifiableError, match="answer a challenge"):
        judge("12345678")
    with pytest.raises(UnverifiableError, match="answer a challenge"):
        resynchronise(inventory, "DS-1001", "12345678", "12345678")


@pytest.mark.parametrize(
    ("ahead", "verdict"),
    [(0, Verdict.ACCEPTED), (21, Verdict.ACCEPTED), (999, Verdict.ACCEPTED), (1000, Verdict.REJECTED)],
)
def test_a_counter_that_ran_away_is_found_by_two_codes_in_a_row(inventory, record, counter, ahead, verdict):
    record(login_suite=HOTP, counter=5)
    assert resynchronise(inventory, "DS-1001", at(5 + ahead), at(6 + ahead)) is verdict
    assert counter() == (7 + ahead if verdict is Verdict.ACCEPTED else 5)


@pytest.mark.parametrize("pair", [(100, 100), (101, 100), (100, 102), (3, 4)])
def test_two_codes_that_do_not_follow_one_another_or_are_old_find_nothing(inventory, record, counter, pair):
    record(login_suite=HOTP, counter=5)
    assert resynchronise(inventory, "DS-1001", *map(at, pair)) is Verdict.REJECTED
    assert counter() == 5


def test_codes_that_resynchronised_are_not_accepted_again(inventory, record, judge):
    record(login_suite=HOTP)
    assert resynchronise(inventory, "DS-1001", at(300), at(301)) is Verdict.ACCEPTED
    assert [judge(at(300)), judge(at(301))] == [Verdict.REJECTED] * 2
    assert resynchronise(inventory, "DS-1001", at(300), at(301)) is Verdict.REJECTED
    assert judge(at(302)) is Verdict.ACCEPTED


def test_the_end_of_all_counters_is_no_error(inventory, record):
    record(login_suite=HOTP, counter=2**64 - 2)
    assert resynchronise(inventory, "DS-1001", at(2**64 - 2), at(2**64 - 1)) is Verdict.REJECTED


@pytest.mark.parametrize("matching", [300, None])
def test_every_code_of_the_window_is_computed_for_two_keys_whether_one_fits_or_none(
    inventory, record, monkeypatch, matching
):
    record(login_suite=HOTP)
    pair = ("000000", "000000") if matching is None else (at(matching), at(matching + 1))
    computed = []

    def watched(method, key, counter):
        computed.append((counter, bytes(key)))
        return code(method, key, counter)

    monkeypatch.setattr(plain_codes, "code", watched)
    resynchronise(inventory, "DS-1001", *pair)
    assert [counter for counter, _ in computed] == 2 * list(range(1001))
    keys = [key for _, key in computed]
    assert len(set(keys[:1001])) == len(set(keys[1001:])) == 1
    assert keys[0] != keys[-1]


def test_processes_with_the_same_codes_accept_each_once(record, race, counter):
    record(login_suite=HOTP)
    body = (
        "from host_tools.inventory.plain_codes import verify_code\n"
        f"for given in {[at(moving) for moving in range(10)]}:\n"
        "    print(verify_code(inventory, 'DS-1001', given).value)\n"
    )
    verdicts = race(body, 4)
    assert all(len(output) == 10 for output in verdicts)
    assert max(sum(output[turn] == "accepted" for output in verdicts) for turn in range(10)) == 1
    assert counter() == 10
