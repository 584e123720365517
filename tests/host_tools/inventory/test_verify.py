"""Verdicts: right and wrong, counters that move once, challenges that are used up."""

import pytest

from dsc.crypto.ocra import Suite, respond
from host_tools.inventory import verify as module
from host_tools.inventory.errors import (
    AmbiguousCredentialError,
    ChallengeFormatError,
    ChallengeNotOpenError,
    ResponseFormatError,
    SequenceExhaustedError,
    UnknownSerialError,
    UnverifiableError,
)
from host_tools.inventory.rows import NewCredential
from host_tools.inventory.schema import CredentialRow
from host_tools.inventory.verify import Verdict, answer, issue_challenge, verify_response

LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
COUNTING = "OCRA-1:HOTP-SHA256-8:C-QN06"
KEY = bytes([1]) * 32


def response(question, suite=LOGIN, key=KEY, **inputs):
    return respond(Suite.parse(suite), key, question, **inputs)


def wrong(right):
    return str((int(right[0]) + 1) % 10) + right[1:]


def test_the_right_response_is_accepted(inventory, record):
    record()
    assert verify_response(inventory, "DS-1001", "123456", response("123456")) is Verdict.ACCEPTED


def test_a_wrong_response_is_rejected(inventory, record):
    record()
    assert verify_response(inventory, "DS-1001", "123456", wrong(response("123456"))) is Verdict.REJECTED
    assert verify_response(inventory, "DS-1001", "123457", response("123456")) is Verdict.REJECTED


def test_another_tokens_response_is_rejected(inventory, record):
    record()
    record("DS-1002", 2)
    assert verify_response(inventory, "DS-1002", "123456", response("123456")) is Verdict.REJECTED


def test_without_a_counter_the_caller_may_ask_again(inventory, record):
    record()
    for _ in range(2):
        assert verify_response(inventory, "DS-1001", "123456", response("123456")) is Verdict.ACCEPTED


def test_spaces_and_dashes_are_ignored(inventory, record):
    record()
    right = response("123456")
    spaced = f" {right[:4]} {right[4:6]}-{right[6:]} "
    assert verify_response(inventory, "DS-1001", "123 456", spaced) is Verdict.ACCEPTED


@pytest.mark.parametrize(
    "text", ["", "1234567", "123456789", "1234567a", "１２３４５６７８", "12345678\n", "1234567.8"]
)
def test_what_cannot_be_a_response_is_a_format_error(inventory, record, text):
    record()
    with pytest.raises(ResponseFormatError, match="8 digits"):
        verify_response(inventory, "DS-1001", "123456", text)


@pytest.mark.parametrize("text", ["", "1234567", "12345a", "１２３４５６"])
def test_what_cannot_be_a_challenge_is_a_format_error(inventory, record, text):
    record()
    with pytest.raises(ChallengeFormatError, match="up to 6 digits"):
        verify_response(inventory, "DS-1001", text, "12345678")


def test_the_whole_hmac_is_judged_as_hex_in_either_case(inventory, record):
    suite = "OCRA-1:HOTP-SHA1-0:QN06"
    record(login_suite=suite)
    right = response("123456", suite)
    assert len(right) == 40
    assert verify_response(inventory, "DS-1001", "123456", right.upper()) is Verdict.ACCEPTED
    assert verify_response(inventory, "DS-1001", "123456", right.lower()) is Verdict.ACCEPTED
    assert verify_response(inventory, "DS-1001", "123456", "0" * 40) is Verdict.REJECTED
    with pytest.raises(ResponseFormatError, match="40 hex digits"):
        verify_response(inventory, "DS-1001", "123456", "12345678")


def test_the_time_step_may_be_off_by_one(inventory, record, clock):
    suite = "OCRA-1:HOTP-SHA256-8:QN06-T1M"
    record(login_suite=suite)
    now = int(clock.time.timestamp())
    verdicts = [
        verify_response(inventory, "DS-1001", "123456", response("123456", suite, timestamp=now + 60 * steps))
        for steps in (-2, -1, 0, 1, 2)
    ]
    assert [verdict is Verdict.ACCEPTED for verdict in verdicts] == [False, True, True, True, False]


def test_an_accepted_counter_moves_on_and_is_refused_the_second_time(inventory, record):
    record(login_suite=COUNTING)
    first = response("123456", COUNTING, counter=0)
    assert verify_response(inventory, "DS-1001", "123456", first) is Verdict.ACCEPTED
    assert inventory.credential("DS-1001").counter == 1
    assert verify_response(inventory, "DS-1001", "123456", first) is Verdict.REJECTED
    assert inventory.credential("DS-1001").counter == 1


@pytest.mark.parametrize(("ahead", "accepted"), [(0, True), (1, True), (20, True), (21, False)])
def test_a_counter_may_be_twenty_ahead(inventory, record, ahead, accepted):
    record(login_suite=COUNTING, counter=5)
    given = response("123456", COUNTING, counter=5 + ahead)
    verdict = verify_response(inventory, "DS-1001", "123456", given)
    assert verdict is (Verdict.ACCEPTED if accepted else Verdict.REJECTED)
    assert inventory.credential("DS-1001").counter == (6 + ahead if accepted else 5)


def test_counters_that_were_skipped_are_refused_afterwards(inventory, record):
    record(login_suite=COUNTING)
    assert verify_response(inventory, "DS-1001", "1", response("1", COUNTING, counter=7)) is Verdict.ACCEPTED
    assert verify_response(inventory, "DS-1001", "1", response("1", COUNTING, counter=6)) is Verdict.REJECTED


def test_the_very_last_counter_is_never_accepted(inventory, record):
    record(login_suite=COUNTING, counter=2**64 - 2)
    last_but_one = response("1", COUNTING, counter=2**64 - 2)
    assert (
        verify_response(inventory, "DS-1001", "1", response("1", COUNTING, counter=2**64 - 1))
        is Verdict.REJECTED
    )
    assert verify_response(inventory, "DS-1001", "1", last_but_one) is Verdict.ACCEPTED
    assert inventory.credential("DS-1001").counter == 2**64 - 1
    assert verify_response(inventory, "DS-1001", "1", last_but_one) is Verdict.REJECTED


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"login_suite": "OCRA-1:HOTP-SHA256-8:QN06-PSHA1"}, "PIN hash"),
        ({"login_suite": "OCRA-1:HOTP-SHA256-8:QN06-S064"}, "session"),
        ({"login_suite": "HOTP-SHA1-6"}, "no challenge"),
    ],
)
def test_what_the_inventory_cannot_know_is_named(inventory, record, options, reason):
    record(**options)
    with pytest.raises(UnverifiableError, match=reason):
        verify_response(inventory, "DS-1001", "123456", "12345678")


def test_an_unknown_serial_is_named(inventory):
    with pytest.raises(UnknownSerialError):
        verify_response(inventory, "DS-1001", "123456", "12345678")


def test_of_several_credentials_one_must_be_named(inventory):
    both = [NewCredential(id=bytes([n]) * 16, label=f"No. {n}", key=bytearray([n]) * 32) for n in (1, 2)]
    inventory.record_in_doubt("DS-1", board="b", uid=b"u", firmware_version="0", credentials=both)
    given = response("123456", key=bytes([2]) * 32)
    with pytest.raises(AmbiguousCredentialError):
        verify_response(inventory, "DS-1", "123456", given)
    assert verify_response(inventory, "DS-1", "123456", given, "No. 2") is Verdict.ACCEPTED
    assert verify_response(inventory, "DS-1", "123456", given, bytes([1]) * 16) is Verdict.REJECTED


@pytest.mark.parametrize("judge", [verify_response, answer])
def test_the_key_is_wiped_whatever_happens(inventory, record, monkeypatch, judge):
    record()
    seen = []

    def failing(suite, key, question, **inputs):
        seen.append(key)
        raise RuntimeError("failed on the way")

    monkeypatch.setattr(module, "respond", failing)
    question = issue_challenge(inventory, "DS-1001").question
    with pytest.raises(RuntimeError):
        judge(inventory, "DS-1001", question, "12345678")
    assert seen == [bytearray(32)]


def test_an_issued_challenge_is_answered_once(inventory, record):
    record()
    issued = issue_challenge(inventory, "DS-1001")
    right = response(issued.question)
    assert answer(inventory, "DS-1001", issued.question, right) is Verdict.ACCEPTED
    with pytest.raises(ChallengeNotOpenError, match="answered already") as refused:
        answer(inventory, "DS-1001", issued.question, right)
    assert refused.value.reason == "used"


def test_a_wrong_answer_uses_the_challenge_up(inventory, record):
    record()
    question = issue_challenge(inventory, "DS-1001").question
    assert answer(inventory, "DS-1001", question, wrong(response(question))) is Verdict.REJECTED
    with pytest.raises(ChallengeNotOpenError, match="answered already"):
        answer(inventory, "DS-1001", question, response(question))


def test_a_malformed_answer_leaves_the_challenge_open(inventory, record):
    record()
    question = issue_challenge(inventory, "DS-1001").question
    with pytest.raises(ResponseFormatError):
        answer(inventory, "DS-1001", question, "1234")
    assert answer(inventory, "DS-1001", question, response(question)) is Verdict.ACCEPTED


def test_a_challenge_expires_after_three_minutes(inventory, record, clock):
    record()
    one, two = issue_challenge(inventory, "DS-1001"), issue_challenge(inventory, "DS-1001")
    clock.advance(minutes=2, seconds=59)
    assert answer(inventory, "DS-1001", one.question, response(one.question)) is Verdict.ACCEPTED
    clock.advance(seconds=1)
    assert clock.time == two.expires_at
    with pytest.raises(ChallengeNotOpenError, match="expired"):
        answer(inventory, "DS-1001", two.question, response(two.question))


def test_a_challenge_from_the_future_is_not_answered(inventory, record, clock):
    record()
    question = issue_challenge(inventory, "DS-1001").question
    clock.advance(hours=-1)
    with pytest.raises(ChallengeNotOpenError, match="expired"):
        answer(inventory, "DS-1001", question, response(question))


def test_callers_do_not_choose_a_challenge(inventory, record):
    record()
    record("DS-1002", 2)
    others = issue_challenge(inventory, "DS-1002").question
    for question in ("123457", others):
        with pytest.raises(ChallengeNotOpenError, match="not issued"):
            answer(inventory, "DS-1001", question, response(question))


def test_an_answer_moves_the_counter_too(inventory, record):
    record(login_suite=COUNTING)
    for counter in range(2):
        question = issue_challenge(inventory, "DS-1001").question
        given = response(question, COUNTING, counter=counter)
        assert answer(inventory, "DS-1001", question, given) is Verdict.ACCEPTED
    assert inventory.credential("DS-1001").counter == 2


def test_challenges_are_counted_and_survive_the_process(inventory, record):
    record()
    questions = [issue_challenge(inventory, "DS-1001").question for _ in range(50)]
    assert len(set(questions)) == 50
    assert all(len(question) == 6 and int(question) % 16 for question in questions)
    assert inventory.credential("DS-1001").challenge_index == 50


def test_the_challenges_do_not_follow_from_the_login_key(inventory, record):
    """Or a dump and some seen challenges would tell which PIN opens the right key."""
    record()
    record("DS-1002", 2, key=bytearray(KEY))
    one, two = (
        [issue_challenge(inventory, serial).question for _ in range(5)] for serial in ("DS-1001", "DS-1002")
    )
    assert one != two


def test_an_exhausted_sequence_is_named(inventory, record):
    record(login_suite="OCRA-1:HOTP-SHA256-8:QN04")
    with inventory.writing() as session:
        session.query(CredentialRow).one().challenge_index = 9374
    issue_challenge(inventory, "DS-1001")
    with pytest.raises(SequenceExhaustedError):
        issue_challenge(inventory, "DS-1001")
    assert inventory.credential("DS-1001").challenge_index == 9375


def test_challenges_are_issued_for_numeric_questions_only(inventory, record):
    record(login_suite="OCRA-1:HOTP-SHA256-8:QA08")
    with pytest.raises(UnverifiableError, match="numeric"):
        issue_challenge(inventory, "DS-1001")


def test_processes_issuing_at_once_never_get_the_same_challenge(inventory, record, race):
    record()
    body = "for _ in range(50): print(issue_challenge(inventory, 'DS-1001').question)\n"
    questions = [question for output in race(body, 4) for question in output]
    assert len(questions) == len(set(questions)) == 200
    assert inventory.credential("DS-1001").challenge_index == 200


def test_processes_with_the_same_counter_response_are_accepted_once(inventory, record, race):
    record(login_suite=COUNTING)
    given = [response("123456", COUNTING, counter=counter) for counter in range(10)]
    body = f"for given in {given}: print(verify_response(inventory, 'DS-1001', '123456', given).value)\n"
    verdicts = race(body, 4)
    assert all(len(output) == 10 for output in verdicts)
    # All ten in order, each accepted in one process at most; those overtaken by a later counter in none.
    accepted = [sum(output[turn] == "accepted" for output in verdicts) for turn in range(10)]
    assert max(accepted) == 1
    assert inventory.credential("DS-1001").counter == 10


def test_processes_answering_the_same_challenge_are_accepted_once(inventory, record, race, location):
    from host_tools.inventory import Inventory

    record()
    with Inventory.open(location) as real_time:
        questions = [issue_challenge(real_time, "DS-1001").question for _ in range(10)]
    pairs = [(question, response(question)) for question in questions]
    body = (
        "from host_tools.inventory.errors import ChallengeNotOpenError\n"
        f"for question, given in {pairs}:\n"
        "    try:\n"
        "        print(answer(inventory, 'DS-1001', question, given).value)\n"
        "    except ChallengeNotOpenError as refused:\n"
        "        print(refused.reason)\n"
    )
    outputs = race(body, 4)
    for turn in range(10):
        assert sorted(output[turn] for output in outputs) == ["accepted", "used", "used", "used"]
