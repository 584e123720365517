"""A challenge for whoever calls: the one that waits, or the next; its answer counts, right or wrong."""

import pytest

from dsc.crypto.ocra import Suite, mutual, respond
from host_tools.inventory.asking import ask, judged
from host_tools.inventory.desk_errors import LockedError, NoOpenChallengeError, PageNumberError
from host_tools.inventory.errors import (
    ChallengeNotOpenError,
    ResponseFormatError,
    TokenStateError,
    UnverifiableError,
)
from host_tools.inventory.judging import Verdict, keys_of
from host_tools.inventory.verify import issue_challenge

LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
SERVER = "OCRA-1:HOTP-SHA256-6:QN06"
KEY = bytes([1]) * 32
ALARM = bytes(range(32))
MUTUAL = {"server_id": b"s" * 16, "server_key": bytearray(b"s" * 32), "server_suite": SERVER}


def response(question, key=KEY):
    return respond(Suite.parse(LOGIN), key, question)


def wrong(right):
    return str((int(right[0]) + 1) % 10) + right[1:]


def judge(inventory, given, question=None):
    credential = inventory.credential("DS-1001")
    with keys_of(inventory, credential) as keys, inventory.writing() as session:
        return judged(inventory, session, credential, keys, given, question)


def test_a_challenge_is_shown_again_until_it_was_answered(inventory, seal, clock):
    seal()
    first = ask(inventory, "DS-1001")
    clock.advance(minutes=2)
    assert ask(inventory, "DS-1001") == first
    assert judge(inventory, response(first.question)) is Verdict.ACCEPTED
    assert ask(inventory, "DS-1001").question != first.question


def test_a_challenge_that_has_expired_is_not_shown_again(inventory, seal, clock):
    seal()
    first = ask(inventory, "DS-1001")
    clock.advance(minutes=3)
    with pytest.raises(NoOpenChallengeError):
        judge(inventory, response(first.question))
    with pytest.raises(ChallengeNotOpenError, match="expired"):
        judge(inventory, response(first.question), first.question)
    assert ask(inventory, "DS-1001").question != first.question


def test_a_wrong_answer_uses_the_challenge_up_and_counts(inventory, seal):
    seal()
    for _ in range(10):
        asked = ask(inventory, "DS-1001")
        assert judge(inventory, wrong(response(asked.question))) is Verdict.REJECTED
        with pytest.raises((NoOpenChallengeError, LockedError)):
            judge(inventory, response(asked.question))
    with pytest.raises(LockedError):
        ask(inventory, "DS-1001")
    assert [entry.event for entry in inventory.history("DS-1001")].count("wrong response") == 10


def test_a_malformed_answer_is_none(inventory, seal):
    seal()
    asked = ask(inventory, "DS-1001")
    with pytest.raises(ResponseFormatError):
        judge(inventory, "1234")
    assert judge(inventory, response(asked.question)) is Verdict.ACCEPTED


def test_without_a_challenge_there_is_no_answer(inventory, seal):
    seal()
    with pytest.raises(NoOpenChallengeError):
        judge(inventory, "12345678")
    with pytest.raises(ChallengeNotOpenError, match="not issued"):
        judge(inventory, response("123457"), "123457")


def test_a_challenge_that_somebody_else_issues_meanwhile_does_not_come_between(inventory, seal):
    seal()
    asked = ask(inventory, "DS-1001")
    issue_challenge(inventory, "DS-1001")
    assert ask(inventory, "DS-1001") == asked
    assert judge(inventory, response(asked.question)) is Verdict.ACCEPTED


def test_an_answer_under_duress_is_in_the_log(inventory, seal):
    seal(alarm_key=bytearray(ALARM))
    asked = ask(inventory, "DS-1001")
    assert judge(inventory, response(asked.question, ALARM)) is Verdict.ALARM
    assert inventory.history("DS-1001")[-1].event == "alarm"


def test_in_mutual_mode_the_page_proves_itself_first(inventory, seal):
    seal(**MUTUAL)
    with pytest.raises(PageNumberError, match="checks the page first"):
        ask(inventory, "DS-1001")
    asked = ask(inventory, "DS-1001", page_number="123 457")
    assert asked.code == mutual(Suite.parse(SERVER), b"s" * 32, "123457", asked.question)
    assert ask(inventory, "DS-1001", page_number="123457") == asked
    later = ask(inventory, "DS-1001", page_number="000001")
    assert later.question != asked.question
    given = mutual(Suite.parse(LOGIN), KEY, later.question, "000001")
    assert judge(inventory, given) is Verdict.ACCEPTED
    given = mutual(Suite.parse(LOGIN), KEY, asked.question, "123457")
    assert judge(inventory, wrong(given), asked.question) is Verdict.REJECTED


def test_a_token_without_mutual_mode_shows_no_number(inventory, seal):
    seal()
    with pytest.raises(PageNumberError, match="checks no page"):
        ask(inventory, "DS-1001", page_number="123457")


def test_plain_codes_answer_nothing(inventory, seal):
    seal(login_suite="HOTP-SHA1-6")
    with pytest.raises(UnverifiableError):
        ask(inventory, "DS-1001")


def test_a_token_that_is_in_nobodys_hands_opens_nothing(inventory, record):
    record()
    asked = ask(inventory, "DS-1001")
    with pytest.raises(TokenStateError, match="in doubt"):
        judge(inventory, response(asked.question))
