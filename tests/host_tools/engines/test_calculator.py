"""The firmware's OCRA, HOTP and TOTP behind a pipe: the same answers, to the letter, on both interpreters."""

import json
from pathlib import Path

import pytest

from host_tools.engines.calculator import Calculator
from host_tools.engines.errors import EngineMissingError, FirmwareStoppedError, UnknownEngineError

VECTORS = Path(__file__).parents[2] / "vectors"
KEY = "31" * 20
ONE_WAY = "OCRA-1:HOTP-SHA1-6:QN08"
ALL = "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1-S001-T1M"
COUNTER = "OCRA-1:HOTP-SHA256-8:C-QN08"
TIME = "OCRA-1:HOTP-SHA256-8:QN08-T1M"

PUBLISHED = json.loads((VECTORS / "ocra_rfc6287.json").read_text())["vectors"]

# Each is answered by an error that begins so.
REFUSED = [
    ("text", "RequestError: the line is not JSON"),
    ("[]", "RequestError: a request is a JSON object"),
    (b"\xff\xfe", "RequestError: the line is not UTF-8"),
    ({}, "RequestError: key is missing"),
    ({"suite": ONE_WAY, "question": "1"}, "RequestError: key is missing"),
    ({"suite": ONE_WAY, "key": None, "question": "1"}, "RequestError: key is missing"),
    ({"key": KEY, "question": "1"}, "RequestError: suite is missing"),
    ({"suite": ONE_WAY, "key": KEY}, "RequestError: question is missing"),
    ({"suite": ONE_WAY, "key": KEY, "question": "1", "nonce": "00"}, "RequestError: 'nonce' is no field"),
    (
        {"suite": ONE_WAY, "key": KEY, "question": "1", "😀é": 1},
        r"RequestError: '\U0001f600\xe9' is no field",
    ),
    ({"kind": "sms"}, "RequestError: kind 'sms' is none of"),
    ({"suite": ONE_WAY, "key": KEY, "question": 1}, "QuestionError: question: must be text"),
    ({"suite": ONE_WAY, "key": KEY, "question": "é"}, "QuestionError: question: "),
    ({"suite": ONE_WAY, "key": KEY, "question": "123456789"}, "QuestionError: question: "),
    ({"suite": ONE_WAY, "key": KEY, "question": ""}, "QuestionError: question: "),
    ({"suite": ONE_WAY, "key": "3", "question": "1"}, "RequestError: key is not hex"),
    ({"suite": ONE_WAY, "key": "zz", "question": "1"}, "RequestError: key is not hex"),
    ({"suite": ONE_WAY, "key": "é1", "question": "1"}, "RequestError: key is not hex"),
    ({"suite": ONE_WAY, "key": 31, "question": "1"}, "RequestError: key is not hex"),
    ({"suite": ONE_WAY, "key": "", "question": "1"}, "KeyLengthError: key: "),
    ({"suite": "OCRA-1:HOTP-MD5-6:QN08", "key": KEY, "question": "1"}, "SuiteError: "),
    ({"suite": "ocra é", "key": KEY, "question": "1"}, r"SuiteError: OCRA suite 'ocra \xe9': "),
    ({"suite": 6287, "key": KEY, "question": "1"}, "SuiteError: OCRA suite 'int': must be text"),
    ({"suite": ONE_WAY, "key": KEY, "question": "1", "counter": 0}, "SuperfluousInputError: counter"),
    ({"suite": COUNTER, "key": KEY, "question": "1"}, "MissingInputError: counter"),
    ({"suite": COUNTER, "key": KEY, "question": "1", "counter": 2**64}, "CounterError: counter: "),
    ({"suite": COUNTER, "key": KEY, "question": "1", "counter": -1}, "CounterError: counter: "),
    ({"suite": COUNTER, "key": KEY, "question": "1", "counter": "5"}, "CounterError: counter: "),
    ({"suite": COUNTER, "key": KEY, "question": "1", "counter": True}, "CounterError: counter: "),
    ({"suite": COUNTER, "key": KEY, "question": "1", "counter": 5.0}, "RequestError: 'counter' must be"),
    ({"suite": COUNTER, "key": KEY, "question": "1", "counter": []}, "RequestError: 'counter' must be"),
    ({"suite": TIME, "key": KEY, "question": "1", "timestamp": "1"}, "TimestampError: timestamp: "),
    ({"suite": TIME, "key": KEY, "question": "1", "timestamp": True}, "TimestampError: timestamp: "),
    ({"suite": TIME, "key": KEY, "question": "1", "timestamp": 10**30}, "TimestampError: timestamp: "),
    ({"suite": ALL, "key": KEY, "question": "1", "pin": 1234}, "RequestError: pin is not text"),
    (
        {"suite": ALL, "key": KEY, "question": "1", "pin": "1", "pin_hash": "00"},
        "RequestError: pin and pin_hash",
    ),
    ({"suite": ONE_WAY, "key": KEY, "question": "1", "pin": "1234"}, "SuperfluousInputError: pin"),
    ({"kind": "hotp", "key": KEY}, "RequestError: counter is missing"),
    ({"kind": "hotp", "key": KEY, "counter": 0, "digits": 5}, "InputError: digits: "),
    ({"kind": "hotp", "key": KEY, "counter": 0, "digits": "6"}, "InputError: digits: "),
    ({"kind": "hotp", "key": KEY, "counter": 0, "algorithm": "MD5"}, "InputError: hash: "),
    ({"kind": "hotp", "key": KEY, "counter": 0, "suite": ONE_WAY}, "RequestError: 'suite' is no field"),
    ({"kind": "totp", "key": KEY, "timestamp": 59, "step": 0}, "InputError: step: "),
    ({"kind": "totp", "key": KEY, "timestamp": 59, "start": 60}, "TimestampError: timestamp: "),
]


@pytest.fixture
def calculator(engine_name):
    with Calculator(engine_name) as opened:
        yield opened


def as_line(request):
    return json.dumps(request) if isinstance(request, dict) else request


def test_the_published_ocra_responses_come_out(calculator):
    for vector in PUBLISHED:
        kind = "mutual" if "first" in vector else "ocra"
        for left_out in ("pin", "pin_hash") if "pin" in vector else ("pin",):
            request = {name: vector[name] for name in vector if name not in {"section", "response", left_out}}
            assert calculator.answer({**request, "kind": kind}) == {"response": vector["response"]}


def test_hotp_and_totp_answer_beside_ocra(calculator):
    assert calculator.answer({"kind": "hotp", "key": KEY, "counter": 0}) == {"response": "297541"}
    key = "3132333435363738393031323334353637383930"
    assert calculator.answer({"kind": "hotp", "key": key, "counter": 9}) == {"response": "520489"}
    assert calculator.answer({"kind": "totp", "key": key, "timestamp": 59, "digits": 8}) == {
        "response": "94287082"
    }


def test_absent_and_null_are_the_same(calculator):
    unused = dict.fromkeys(("counter", "pin", "pin_hash", "session", "timestamp"))
    request = {"suite": ONE_WAY, "key": KEY, "question": "1"}
    assert calculator.answer({**request, **unused}) == calculator.answer(request)


def test_the_last_counter_of_64_bits_has_a_response(calculator):
    request = {"suite": COUNTER, "key": KEY, "question": "1", "counter": 2**64 - 1}
    assert len(calculator.answer(request)["response"]) == 8


def test_a_pin_of_any_characters_is_hashed_as_utf_8(calculator):
    request = {"suite": "OCRA-1:HOTP-SHA256-8:QN08-PSHA1", "key": KEY, "question": "1"}
    # printf 'é😀' | sha1sum
    digest = "9c286deb5d7549eafd1dcb2b58e0b573bc1b4a97"
    assert calculator.answer({**request, "pin": "é😀"}) == calculator.answer({**request, "pin_hash": digest})


def test_what_is_refused_is_answered_and_the_batch_goes_on(calculator):
    good = json.dumps({"suite": ONE_WAY, "key": KEY, "question": "1"})
    lines = [line for request, _ in REFUSED for line in (as_line(request), good)]
    replies = [json.loads(reply) for reply in calculator.answer_lines(lines)]
    assert len(replies) == len(lines)
    for (request, beginning), reply in zip(REFUSED, replies[::2], strict=True):
        assert reply["error"].startswith(beginning), request
    assert {reply["response"] for reply in replies[1::2]} == {calculator.answer(json.loads(good))["response"]}


def test_both_interpreters_answer_to_the_letter_alike(micropython):
    lines = [as_line(request) for request, _ in REFUSED]
    replies = {}
    for name in ("cpython", "micropython"):
        with Calculator(name) as calculator:
            replies[name] = list(calculator.answer_lines(lines))
    assert replies["cpython"] == replies["micropython"]
    assert all(reply.isascii() for reply in replies["cpython"])


def test_each_reply_comes_before_the_next_line_is_asked_for(calculator):
    log = []

    def lines():
        for number in range(3):
            log.append(f"asked {number}")
            yield json.dumps({"kind": "hotp", "key": KEY, "counter": number})

    for _ in calculator.answer_lines(lines()):
        log.append("answered")
    assert log == ["asked 0", "answered", "asked 1", "answered", "asked 2", "answered"]


def test_blank_lines_are_passed_over(calculator):
    request = json.dumps({"kind": "hotp", "key": KEY, "counter": 0})
    assert len(list(calculator.answer_lines(["", "  \n", request, "\t", "\n"]))) == 1


def test_thousands_of_requests_do_not_clog_the_pipe(calculator):
    lines = [json.dumps({"kind": "hotp", "key": KEY, "counter": number}) for number in range(5000)]
    replies = list(calculator.answer_lines(lines))
    assert len(replies) == 5000
    assert "error" not in "".join(replies)


def test_a_line_of_the_greatest_length_does_not_clog_the_pipe(calculator):
    request = {"suite": "x" * 60_000, "key": KEY, "question": "1"}
    assert calculator.answer(request)["error"].startswith("SuiteError")


def test_a_calculator_may_be_closed_unused(engine_name):
    Calculator(engine_name).close()


def test_a_calculator_that_was_killed_is_reported(calculator):
    calculator._process.kill()
    calculator._process.wait()
    with pytest.raises(FirmwareStoppedError):
        calculator.answer({"kind": "hotp", "key": KEY, "counter": 0})


def test_an_unknown_engine_is_named_beside_the_known_ones():
    with pytest.raises(UnknownEngineError, match="no engine 'pypy'; choose from cpython, micropython"):
        Calculator("pypy")


def test_a_missing_interpreter_is_reported_with_what_to_do(monkeypatch):
    monkeypatch.setenv("PICODSC_MICROPYTHON", "nowhere/micropython")
    with pytest.raises(EngineMissingError, match="PICODSC_MICROPYTHON names nowhere/micropython"):
        Calculator("micropython")
