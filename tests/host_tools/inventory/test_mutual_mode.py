"""Mutual mode, as the login page sees it: it proves itself first, and then judges the token's response."""

import pytest

from dsc.crypto.ocra import Suite, mutual, respond
from host_tools.inventory import mutual_mode as module
from host_tools.inventory.errors import (
    ChallengeFormatError,
    ChallengeNotOpenError,
    ResponseFormatError,
    UnverifiableError,
)
from host_tools.inventory.mutual_mode import answer_page, verify_mutual
from host_tools.inventory.verify import Verdict, answer, issue_challenge

LOGIN = "OCRA-1:HOTP-SHA256-8:QN06"
COUNTING = "OCRA-1:HOTP-SHA256-8:C-QN06"
SERVER = "OCRA-1:HOTP-SHA256-6:QN06"
REAL = bytes([1]) * 32
SERVER_KEY = bytes([9]) * 32
ALARM = bytes(range(32))
NUMBER = "000123"


@pytest.fixture
def token(record):
    def token(**options):
        server = {"server_id": bytes([200]) * 16, "server_key": bytearray(SERVER_KEY), "server_suite": SERVER}
        return record(alarm_key=bytearray(ALARM), **{**server, **options})

    return token


def response(page, key=REAL, suite=LOGIN, **inputs):
    return mutual(Suite.parse(suite), key, page.server_question, page.client_question, **inputs)


def test_the_page_s_code_is_the_server_s_over_the_token_s_number_first(inventory, token):
    token()
    page = answer_page(inventory, "DS-1001", NUMBER)
    assert page.code == mutual(Suite.parse(SERVER), SERVER_KEY, NUMBER, page.server_question)
    assert len(page.server_question) == 6
    assert page.credential.serial == "DS-1001"


def test_the_token_s_response_to_both_numbers_is_accepted_once(inventory, token):
    token()
    page = answer_page(inventory, "DS-1001", "000 123")
    assert page.client_question == NUMBER
    assert verify_mutual(inventory, "DS-1001", page.server_question, response(page)) is Verdict.ACCEPTED
    with pytest.raises(ChallengeNotOpenError, match="answered already"):
        verify_mutual(inventory, "DS-1001", page.server_question, response(page))


def test_the_duress_pin_raises_the_alarm_behind_the_same_page(inventory, token):
    token()
    page = answer_page(inventory, "DS-1001", NUMBER)
    assert verify_mutual(inventory, "DS-1001", page.server_question, response(page, ALARM)) is Verdict.ALARM


def test_nothing_else_is_a_response(inventory, token):
    token()
    login = Suite.parse(LOGIN)
    makers = [
        lambda page: page.code.rjust(8, "0"),
        lambda page: mutual(login, REAL, page.client_question, page.server_question),
        lambda page: mutual(login, REAL, page.server_question, "000124"),
        lambda page: respond(login, REAL, page.server_question),
        lambda page: mutual(login, SERVER_KEY, page.server_question, page.client_question),
    ]
    for make in makers:
        page = answer_page(inventory, "DS-1001", NUMBER)
        assert verify_mutual(inventory, "DS-1001", page.server_question, make(page)) is Verdict.REJECTED


def test_a_wrong_response_uses_the_challenge_up_and_a_malformed_one_does_not(inventory, token):
    token()
    page = answer_page(inventory, "DS-1001", NUMBER)
    with pytest.raises(ResponseFormatError, match="8 digits"):
        verify_mutual(inventory, "DS-1001", page.server_question, "1234")
    assert verify_mutual(inventory, "DS-1001", page.server_question, "00000000") is Verdict.REJECTED
    with pytest.raises(ChallengeNotOpenError, match="answered already"):
        verify_mutual(inventory, "DS-1001", page.server_question, response(page))


def test_a_page_is_good_for_three_minutes(inventory, token, clock):
    token()
    page = answer_page(inventory, "DS-1001", NUMBER)
    clock.advance(minutes=3)
    assert clock.time == page.expires_at
    with pytest.raises(ChallengeNotOpenError, match="expired"):
        verify_mutual(inventory, "DS-1001", page.server_question, response(page))


def test_one_way_and_mutual_challenges_are_not_answered_in_each_other_s_place(inventory, token):
    token()
    page = answer_page(inventory, "DS-1001", NUMBER)
    issued = issue_challenge(inventory, "DS-1001")
    one_way = respond(Suite.parse(LOGIN), REAL, page.server_question)
    with pytest.raises(ChallengeNotOpenError, match="not issued"):
        answer(inventory, "DS-1001", page.server_question, one_way)
    with pytest.raises(ChallengeNotOpenError, match="not issued"):
        verify_mutual(inventory, "DS-1001", issued.question, "12345678")


def test_both_come_from_one_sequence(inventory, token):
    token()
    questions = [
        ask()
        for _ in range(20)
        for ask in (
            lambda: answer_page(inventory, "DS-1001", NUMBER).server_question,
            lambda: issue_challenge(inventory, "DS-1001").question,
        )
    ]
    assert len(set(questions)) == 40
    assert inventory.credential("DS-1001").challenge_index == 40


def test_a_counter_in_the_login_suite_moves_on(inventory, token):
    token(login_suite=COUNTING)
    for counter in (0, 3):
        page = answer_page(inventory, "DS-1001", NUMBER)
        given = response(page, suite=COUNTING, counter=counter)
        assert verify_mutual(inventory, "DS-1001", page.server_question, given) is Verdict.ACCEPTED
    assert inventory.credential("DS-1001").counter == 4


def test_a_server_suite_with_time_is_computed_for_the_present(inventory, token, clock):
    suite = "OCRA-1:HOTP-SHA256-6:QN06-T1M"
    token(server_suite=suite)
    page = answer_page(inventory, "DS-1001", NUMBER)
    now = int(clock.time.timestamp())
    assert page.code == mutual(Suite.parse(suite), SERVER_KEY, NUMBER, page.server_question, timestamp=now)


@pytest.mark.parametrize("number", ["", "12345", "1234567", "12345a", "000016", "000000", "１２３４５６"])
def test_what_the_token_cannot_have_shown_is_refused_and_no_challenge_spent(inventory, token, number):
    token()
    with pytest.raises(ChallengeFormatError):
        answer_page(inventory, "DS-1001", number)
    assert inventory.credential("DS-1001").challenge_index == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"server_id": None, "server_key": None}, "no server key"),
        ({"server_suite": "OCRA-1:HOTP-SHA256-6:C-QN06"}, "out of step"),
        ({"server_suite": "OCRA-1:HOTP-SHA256-6:QN06-PSHA1"}, "PIN hash"),
        (
            {"login_suite": "OCRA-1:HOTP-SHA256-8:QH06", "server_suite": "OCRA-1:HOTP-SHA256-6:QH06"},
            "numeric",
        ),
    ],
)
def test_what_cannot_be_mutual_is_named(inventory, token, options, reason):
    token(**options)
    with pytest.raises(UnverifiableError, match=reason):
        answer_page(inventory, "DS-1001", NUMBER)
    with pytest.raises(UnverifiableError, match=reason):
        verify_mutual(inventory, "DS-1001", NUMBER, "12345678")


def test_the_server_key_is_wiped_whatever_happens(inventory, token, monkeypatch):
    token()
    seen = []

    def failing(suite, key, *questions, **inputs):
        seen.append(key)
        raise RuntimeError("failed on the way")

    monkeypatch.setattr(module, "mutual", failing)
    with pytest.raises(RuntimeError):
        answer_page(inventory, "DS-1001", NUMBER)
    assert seen == [bytearray(32)]
