"""OCRA beyond the published vectors: every input's limits, padding, truncation, mutual mode."""

import hashlib
import hmac
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.crypto.errors import (
    CounterError,
    InputError,
    KeyLengthError,
    MissingInputError,
    PinHashError,
    QuestionError,
    SessionError,
    SuperfluousInputError,
    TimestampError,
)
from dsc.crypto.ocra import Suite, mutual, padded_question, pin_digest, respond

KEY = bytearray(b"12345678901234567890123456789012")


def suite(inputs, crypto="HOTP-SHA256-8"):
    return Suite.parse(f"OCRA-1:{crypto}:{inputs}")


def whole_hmac(text, *parts):
    """The HMAC of a DataInput put together by hand (RFC 6287 section 5.1)."""
    return hmac.new(bytes(KEY), b"".join((text.encode(), b"\x00", *parts)), "sha256").hexdigest()


FULL = "OCRA-1:HOTP-SHA256-0:C-QN08-PSHA1-S003-T2M"
FULL_INPUTS = {"counter": 7, "pin_hash": bytes(range(20)), "session": b"abc", "timestamp": 601}


def test_data_input_is_counter_question_pin_session_time_in_this_order():
    question = bytes.fromhex("bc614e") + bytes(125)
    expected = whole_hmac(
        FULL, struct.pack(">Q", 7), question, bytes(range(20)), b"abc", struct.pack(">Q", 601 // 120)
    )
    assert respond(Suite.parse(FULL), KEY, "12345678", **FULL_INPUTS) == expected


def test_truncation_0_gives_the_whole_hmac_in_lower_case_hexadecimal():
    text = "OCRA-1:HOTP-SHA256-0:QA08"
    response = respond(Suite.parse(text), KEY, "abcdEFGH")
    assert response == whole_hmac(text, b"abcdEFGH" + bytes(120))
    assert response == response.lower()
    assert len(response) == 64


def test_truncation_10_has_ten_digits_of_which_the_first_is_0_1_or_2():
    ten = suite("QN04", "HOTP-SHA1-10")
    responses = [respond(ten, KEY, f"{i:04d}") for i in range(60)]
    assert {len(response) for response in responses} == {10}
    assert {response[0] for response in responses} == {"0", "1", "2"}


@pytest.mark.parametrize("digits", [4, 5, 6, 7, 8, 9, 10])
def test_a_response_has_the_digits_of_the_suite_leading_zeros_included(digits):
    some = suite("QN04", f"HOTP-SHA512-{digits}")
    responses = [respond(some, KEY, f"{i:04d}") for i in range(100)]
    assert all(len(response) == digits and response.isdigit() for response in responses)
    assert any(response[0] == "0" for response in responses)


@pytest.mark.parametrize("question", ["1", "000001", "16", "000016", "256", "65536", "065536"])
def test_numeric_questions_are_the_same_that_have_the_same_padded_hexadecimal_text(question):
    assert padded_question(suite("QN06"), question) == b"\x10" + bytes(127)


def test_question_zero_is_all_zeros():
    assert padded_question(suite("QN06"), "000000") == bytes(128)


def test_hexadecimal_of_odd_length_is_padded_by_a_nibble_on_the_right():
    assert padded_question(suite("QH05"), "aBcDe") == bytes.fromhex("abcde0") + bytes(125)
    assert padded_question(suite("QH05"), "0") == bytes(128)


def test_a_question_of_letters_and_digits_is_its_ascii_bytes():
    assert padded_question(suite("QA64"), "aZ09" * 16) == b"aZ09" * 16 + bytes(64)


@given(st.sampled_from("NAH"), st.integers(4, 64), st.data())
def test_a_padded_question_has_128_bytes_and_begins_with_the_question(question_format, length, data):
    alphabet = {"N": "0123456789", "A": "aZ5", "H": "09afAF"}[question_format]
    question = data.draw(st.text(alphabet, min_size=1, max_size=length))
    padded = padded_question(suite(f"Q{question_format}{length:02d}"), question)
    assert len(padded) == 128
    if question_format == "A":
        assert padded.rstrip(b"\x00").decode() == question
    else:
        text = question.lower() if question_format == "H" else f"{int(question):x}"
        assert padded.hex() == text + "0" * (256 - len(text))


@pytest.mark.parametrize(
    ("inputs", "question"),
    [
        ("QN06", ""),
        ("QN06", "1234567"),
        ("QN06", "12345a"),
        ("QN06", "-12345"),
        ("QN06", "+12345"),
        ("QN06", " 1234"),
        ("QN06", "1234\n"),
        ("QN06", "1_2"),
        ("QN06", "\u0661\u0662\u0663"),
        ("QN06", "\uff11\uff12"),
        ("QN06", "\u00b2"),
        ("QA06", "ab cd"),
        ("QA06", "ab-cd"),
        ("QA06", "abc\u00e9"),
        ("QA06", "\u0661"),
        ("QH06", "abcdeg"),
        ("QH06", "0x12"),
        ("QH06", "ab cd"),
        ("QN06", 123456),
        ("QN06", b"123456"),
        ("QN06", None),
    ],
)
def test_a_question_too_long_or_of_the_wrong_alphabet_is_refused(inputs, question):
    with pytest.raises(QuestionError) as refused:
        respond(suite(inputs), KEY, question)
    assert refused.value.name == "question"
    with pytest.raises(QuestionError):
        padded_question(suite(inputs), question)


@pytest.mark.parametrize("counter", [-1, 1 << 64, True, False, 1.0, "1", b"\x01"])
def test_a_counter_that_is_no_number_of_64_bits_is_refused(counter):
    with pytest.raises(CounterError):
        respond(suite("C-QN06"), KEY, "1", counter=counter)


@pytest.mark.parametrize("counter", [0, 1, (1 << 64) - 1])
def test_a_counter_enters_as_8_bytes(counter):
    text = "OCRA-1:HOTP-SHA256-0:C-QA04"
    expected = whole_hmac(text, counter.to_bytes(8, "big"), b"a" + bytes(127))
    assert respond(Suite.parse(text), KEY, "a", counter=counter) == expected


@pytest.mark.parametrize(
    ("step", "seconds"), [("1S", 1), ("59S", 59), ("1M", 60), ("59M", 3540), ("48H", 172800)]
)
def test_time_is_the_number_of_whole_steps(step, seconds):
    text = f"OCRA-1:HOTP-SHA256-0:QA04-T{step}"
    for timestamp in (0, seconds - 1, seconds, 1206446760, seconds * ((1 << 64) - 1)):
        expected = whole_hmac(text, b"a" + bytes(127), (timestamp // seconds).to_bytes(8, "big"))
        assert respond(Suite.parse(text), KEY, "a", timestamp=timestamp) == expected


@pytest.mark.parametrize("timestamp", [-1, 60 << 64, 1.5, True, "5"])
def test_a_time_that_is_no_whole_number_of_64_bits_of_steps_is_refused(timestamp):
    with pytest.raises(TimestampError):
        respond(suite("QN06-T1M"), KEY, "1", timestamp=timestamp)


@pytest.mark.parametrize("session", [b"", b"ab", b"abcd", "abc", [1, 2, 3]])
def test_a_session_of_another_length_or_kind_is_refused(session):
    with pytest.raises(SessionError):
        respond(suite("QN06-S003"), KEY, "1", session=session)


@pytest.mark.parametrize("pin_hash", [b"", bytes(19), bytes(32), "0" * 20, "1234"])
def test_a_pin_hash_that_is_no_digest_is_refused(pin_hash):
    with pytest.raises(PinHashError):
        respond(suite("QN06-PSHA1"), KEY, "1", pin_hash=pin_hash)


@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "SHA512"])
def test_the_digest_of_a_pin_is_a_pin_hash(algorithm):
    with_pin = suite(f"QN06-P{algorithm}")
    digest = pin_digest(with_pin, "1234")
    assert digest == hashlib.new(algorithm, b"1234").digest()
    assert isinstance(digest, bytearray)
    assert pin_digest(with_pin, bytearray(b"1234")) == digest
    assert len(respond(with_pin, KEY, "1", pin_hash=digest)) == 8


def test_a_suite_without_p_has_no_pin_digest():
    with pytest.raises(SuperfluousInputError) as refused:
        pin_digest(suite("QN06"), "1234")
    assert refused.value.name == "pin"


@pytest.mark.parametrize("name", FULL_INPUTS)
def test_a_missing_input_is_named(name):
    inputs = {other: value for other, value in FULL_INPUTS.items() if other != name}
    with pytest.raises(MissingInputError) as refused:
        respond(Suite.parse(FULL), KEY, "1", **inputs)
    assert refused.value.name == name


@pytest.mark.parametrize("name", FULL_INPUTS)
def test_a_superfluous_input_is_named(name):
    with pytest.raises(SuperfluousInputError) as refused:
        respond(suite("QN06"), KEY, "1", **{name: FULL_INPUTS[name]})
    assert refused.value.name == name


def test_an_empty_key_is_refused():
    for empty in (b"", bytearray(), memoryview(b"")):
        with pytest.raises(KeyLengthError):
            respond(suite("QN06"), empty, "1")


@pytest.mark.parametrize("key", ["key", None, 5, [1, 2]])
def test_a_key_that_is_not_bytes_is_refused(key):
    with pytest.raises(InputError, match="key: must be bytes"):
        respond(suite("QN06"), key, "1")


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["SHA1", "SHA256", "SHA512"]))
def test_keys_of_every_length_and_kind_of_buffer_give_what_hmac_gives(key, algorithm):
    text = f"OCRA-1:HOTP-{algorithm}-0:QA04"
    expected = hmac.new(key, text.encode() + b"\x00a" + bytes(127), algorithm.lower()).hexdigest()
    for kind in (bytes, bytearray, memoryview):
        assert respond(Suite.parse(text), kind(key), "a") == expected


@pytest.mark.parametrize("not_a_suite", ["OCRA-1:HOTP-SHA256-8:QN06", None])
def test_a_suite_must_be_parsed(not_a_suite):
    for call in (
        lambda: respond(not_a_suite, KEY, "1"),
        lambda: mutual(not_a_suite, KEY, "1", "1"),
        lambda: pin_digest(not_a_suite, "1"),
        lambda: padded_question(not_a_suite, "1"),
    ):
        with pytest.raises(InputError, match=r"suite: .*Suite\.parse"):
            call()


def test_mutual_mode_takes_two_numbers_as_one():
    text = "OCRA-1:HOTP-SHA256-0:QN08"
    number = f"{int('0000000112345678'):x}"
    padded = bytes.fromhex(number + "0" * (256 - len(number)))
    assert mutual(Suite.parse(text), KEY, "00000001", "12345678") == whole_hmac(text, padded)


def test_mutual_mode_joins_hexadecimal_parts_of_odd_length_without_a_gap():
    text = "OCRA-1:HOTP-SHA256-0:QH05"
    padded = bytes.fromhex("abcdef1234") + bytes(123)
    assert mutual(Suite.parse(text), KEY, "ABCDE", "f1234") == whole_hmac(text, padded)


def test_mutual_mode_fills_all_128_bytes():
    text = "OCRA-1:HOTP-SHA256-0:QA64"
    assert mutual(Suite.parse(text), KEY, "a" * 64, "b" * 64) == whole_hmac(text, b"a" * 64 + b"b" * 64)
    longest = suite("QN64")
    assert len(mutual(longest, KEY, "9" * 64, "9" * 64)) == 8


def test_the_two_sides_of_mutual_mode_differ():
    both = suite("QA08")
    assert mutual(both, KEY, "CLI22220", "SRV11110") != mutual(both, KEY, "SRV11110", "CLI22220")


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("1234567", "12345678", "first"),
        ("12345678", "123456789", "second"),
        ("1234567", "123456789", "first"),
        ("", "12345678", "first"),
        (None, "12345678", "first"),
        ("12345678", 12345678, "second"),
        ("12345678", "1234567a", "question"),
    ],
)
def test_a_part_without_its_full_length_or_alphabet_is_refused(first, second, name):
    with pytest.raises(QuestionError) as refused:
        mutual(suite("QN08"), KEY, first, second)
    assert refused.value.name == name


def test_mutual_mode_takes_the_same_other_inputs():
    with pytest.raises(MissingInputError):
        mutual(suite("C-QN08"), KEY, "12345678", "12345678")
    assert len(mutual(suite("C-QN08-T1M"), KEY, "12345678", "12345678", counter=0, timestamp=0)) == 8


def test_no_message_carries_key_or_pin_hash():
    secret = bytearray(b"SECRETSECRETSECRET")
    for inputs, given_inputs in (("QN06-PSHA1", {"pin_hash": secret}), ("QN06-S003", {"session": secret})):
        with pytest.raises(InputError) as refused:
            respond(suite(inputs), secret, "1", **given_inputs)
        assert "SECRET" not in str(refused.value) + repr(refused.value)
