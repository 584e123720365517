"""The alarm: what the duress PIN opens is accepted as the real key is, and counted with it."""

from datetime import timedelta

import pytest

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.plain import Method, code
from host_tools.inventory import judging
from host_tools.inventory import verify as module
from host_tools.inventory.errors import ChallengeNotOpenError
from host_tools.inventory.plain_codes import resynchronise, verify_code
from host_tools.inventory.verify import Verdict, answer, issue_challenge, verify_response
from host_tools.policy.rules import CodeRules

LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
COUNTING = "OCRA-1:HOTP-SHA256-8:C-QN06"
TIMED = "OCRA-1:HOTP-SHA256-8:QN06-T1M"
HOTP = "HOTP-SHA1-6"
REAL = bytes([1]) * 32
ALARM = bytes(range(32))


@pytest.fixture
def guarded(record):
    """Records a token whose credential has an alarm key."""
    return lambda **options: record(alarm_key=bytearray(ALARM), **options)


def response(question, key, suite=LOGIN, **inputs):
    return respond(Suite.parse(suite), key, question, **inputs)


def test_both_keys_are_accepted_and_one_of_them_raises_the_alarm(inventory, guarded):
    guarded()
    judge = lambda given: verify_response(inventory, "DS-1001", "123456", given)  # noqa: E731
    assert judge(response("123456", REAL)) is Verdict.ACCEPTED
    assert judge(response("123456", ALARM)) is Verdict.ALARM
    assert judge(response("123456", bytes(32))) is Verdict.REJECTED


def test_an_alarm_is_an_acceptance_and_says_so_in_words():
    assert [verdict.accepted for verdict in Verdict] == [True, True, False]
    assert Verdict.ALARM.value == "accepted with alarm"


def test_without_an_alarm_key_nothing_raises_the_alarm(inventory, record):
    record()
    assert verify_response(inventory, "DS-1001", "123456", response("123456", ALARM)) is Verdict.REJECTED


def test_a_challenge_answered_with_alarm_is_used_up_like_any_other(inventory, guarded):
    guarded()
    question = issue_challenge(inventory, "DS-1001").question
    assert answer(inventory, "DS-1001", question, response(question, ALARM)) is Verdict.ALARM
    for key in (REAL, ALARM):
        with pytest.raises(ChallengeNotOpenError, match="answered already"):
            answer(inventory, "DS-1001", question, response(question, key))
    assert issue_challenge(inventory, "DS-1001").question != question


@pytest.mark.parametrize(("first", "second"), [(REAL, ALARM), (ALARM, REAL)])
def test_both_keys_share_one_counter(inventory, guarded, first, second):
    guarded(login_suite=COUNTING)
    given = response("123456", first, COUNTING, counter=4)
    assert verify_response(inventory, "DS-1001", "123456", given).accepted
    assert inventory.credential("DS-1001").counter == 5
    behind = response("123456", second, COUNTING, counter=4)
    assert verify_response(inventory, "DS-1001", "123456", behind) is Verdict.REJECTED
    next_one = response("123456", second, COUNTING, counter=5)
    assert verify_response(inventory, "DS-1001", "123456", next_one).accepted


def test_plain_codes_raise_it_too(inventory, guarded):
    guarded(login_suite=HOTP)
    assert verify_code(inventory, "DS-1001", code(Method.parse(HOTP), ALARM, 0)) is Verdict.ALARM
    assert verify_code(inventory, "DS-1001", code(Method.parse(HOTP), REAL, 0)) is Verdict.REJECTED
    assert verify_code(inventory, "DS-1001", code(Method.parse(HOTP), REAL, 1)) is Verdict.ACCEPTED


def test_two_codes_find_the_counter_again_with_either_key_but_not_with_one_of_each(inventory, guarded):
    guarded(login_suite=HOTP)
    codes = {
        key: [code(Method.parse(HOTP), key, counter) for counter in range(500, 504)] for key in (REAL, ALARM)
    }
    mixed = resynchronise(inventory, "DS-1001", codes[REAL][0], codes[ALARM][1])
    assert (mixed, inventory.credential("DS-1001").counter) == (Verdict.REJECTED, 0)
    assert resynchronise(inventory, "DS-1001", *codes[ALARM][:2]) is Verdict.ALARM
    assert inventory.credential("DS-1001").counter == 502
    assert resynchronise(inventory, "DS-1001", *codes[REAL][2:]) is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("suite", "moments"),
    [(LOGIN, 1), (TIMED, 3), (COUNTING, 21)],
)
@pytest.mark.parametrize("key", [REAL, ALARM, bytes(32)])
def test_the_same_is_computed_whichever_key_matches(
    inventory, guarded, monkeypatch, clock, suite, moments, key
):
    """Each key for each counter and time of the window, match or no match: the time taken tells nothing."""
    guarded(login_suite=suite)
    computed = []

    def watched(suite, used, question, **inputs):
        computed.append((bytes(used), inputs["counter"], inputs["timestamp"]))
        return respond(suite, used, question, **inputs)

    monkeypatch.setattr(module, "respond", watched)
    inputs = {"counter": 0} if suite == COUNTING else {}
    inputs |= {"timestamp": int(clock.time.timestamp())} if suite == TIMED else {}
    verify_response(inventory, "DS-1001", "123456", response("123456", key, suite, **inputs))
    assert len(computed) == len(set(computed)) == 2 * moments
    assert [used for used, *_ in computed] == [REAL, ALARM] * moments


def test_both_keys_are_wiped_whatever_happens(inventory, guarded, monkeypatch):
    guarded()
    seen = []

    def failing(suite, key, question, **inputs):
        seen.append(key)
        if len(seen) == 2:
            raise RuntimeError("failed on the way")
        return "00000000"

    monkeypatch.setattr(module, "respond", failing)
    with pytest.raises(RuntimeError):
        verify_response(inventory, "DS-1001", "123456", "12345678")
    assert seen == [bytearray(32), bytearray(32)]


def test_the_key_is_wiped_if_the_alarm_key_cannot_be_unwrapped(inventory, guarded, monkeypatch):
    guarded()
    opened = []
    key = inventory.key

    def watched(credential):
        opened.append(key(credential))
        return opened[-1]

    def broken(credential):
        raise RuntimeError

    monkeypatch.setattr(inventory, "key", watched)
    monkeypatch.setattr(inventory, "alarm_key", broken)
    with pytest.raises(RuntimeError), judging.keys_of(inventory, inventory.credential("DS-1001")):
        pass
    assert opened == [bytearray(32)]


KEYS = judging.Keys(bytearray(b"real"), bytearray(b"alarm"), CodeRules(20, 1000, 1, timedelta(minutes=30)))


@pytest.mark.parametrize(
    ("real", "alarm", "verdict", "place"),
    [
        ({3}, {5}, Verdict.ACCEPTED, 3),
        ({5}, {3}, Verdict.ALARM, 3),
        ({3}, {3}, Verdict.ALARM, 3),
        ({3, 4}, {4}, Verdict.ACCEPTED, 3),
        (set(), set(), Verdict.REJECTED, None),
    ],
)
def test_what_fits_first_decides_and_if_both_fit_it_is_an_alarm(real, alarm, verdict, place):
    fits = {b"real": real, b"alarm": alarm}
    compute = lambda key, factor: "match" if factor in fits[bytes(key)] else "other"  # noqa: E731
    assert judging.judged(KEYS, compute, b"match", range(8)) == (verdict, place)


def test_keys_are_not_shown():
    assert repr(KEYS) == "Keys()"
