"""Confirmations: the formula, and that none can serve as anything else; questions that are never divisible by 16."""

import hashlib
import hmac
import struct
from collections import Counter
from random import Random

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from dsc.crypto import ocra
from dsc.crypto.errors import EntropyError, InputError, QuestionError
from dsc.crypto.ocra import Suite, mutual, respond
from dsc.protocol import confirm
from dsc.protocol.confirm import CONFIRM_SUITE, confirm_key, confirmation, random_question
from dsc.protocol.transaction import DIGITS, Field, question

KEY = bytes(range(32))

keys = st.binary(min_size=16, max_size=64)
serials = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=1, max_size=20)
numbers = st.text("0123456789", min_size=8, max_size=8)


def derived(key, serial):
    info = b"picodsc confirm 1" + serial.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=b"", info=info).derive(key)


@given(keys, serials)
def test_the_key_of_confirmations_is_the_formula_of_the_design(key, serial):
    made = confirm_key(key, serial)
    assert made == derived(key, serial)
    assert isinstance(made, bytearray)


@given(keys, serials, numbers)
def test_a_confirmation_is_ocra_under_that_key(key, serial, number):
    hexadecimal = f"{int(number):x}"
    padded = bytes.fromhex(hexadecimal + "0" * (256 - len(hexadecimal)))
    digest = hmac.digest(derived(key, serial), b"OCRA-1:HOTP-SHA256-8:QN08\x00" + padded, hashlib.sha256)
    offset = digest[-1] & 15
    truncated = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    assert confirmation(key, serial, number) == f"{truncated % 10**8:08}"


def test_frozen_confirmations():
    assert confirm_key(KEY, "DS-1001").hex() == (
        "d30135adfd3be2402428c77cb103981afcdaaebe07f2e4c207270b9ea193b4f2"
    )
    assert [confirmation(KEY, "DS-1001", number) for number in ("00000001", "12345678")] == [
        "75809398",
        "18943574",
    ]


@pytest.mark.parametrize(
    "number", ["", "1234567", "123456789", "1234567a", "１２３４５６７８", b"12345678", None]
)
def test_the_number_has_eight_digits(number):
    with pytest.raises(QuestionError):
        confirmation(KEY, "DS-1001", number)


def test_the_derived_key_is_wiped(monkeypatch):
    seen = []

    def watched(key, serial):
        seen.append(confirm_key(key, serial))
        return seen[-1]

    monkeypatch.setattr(confirm, "confirm_key", watched)
    confirmation(KEY, "DS-1001", "12345678")
    assert seen == [bytearray(32)]


@pytest.fixture
def hashed(monkeypatch):
    """What goes into the HMAC of each OCRA computation: (key, message)."""
    inputs = []
    real = ocra.hmac_digest

    def watched(name, key, *parts):
        inputs.append((bytes(key), b"".join(bytes(part) for part in parts)))
        return real(name, key, *parts)

    monkeypatch.setattr(ocra, "hmac_digest", watched)
    return inputs


LOGIN, SIGN, SERVER = (
    Suite.parse(f"OCRA-1:HOTP-SHA256-8:{inputs}") for inputs in ("QN08", "QH64", "QN08-T1M")
)


@pytest.mark.parametrize("key", [KEY, bytes(16), b"\xff" * 64, hashlib.sha512(KEY).digest()])
def test_no_hmac_of_a_confirmation_is_that_of_a_login_a_signature_or_a_mutual_answer(hashed, key):
    """Not even where suite and question are the same: another key is what tells them apart, always."""
    fields = [Field(DIGITS, "Code")]
    for value in range(0, 10**8, 999_983):
        number = f"{value:08}"
        hashed.clear()
        confirmation(key, "DS-1001", number)
        (confirming,) = hashed
        hashed.clear()
        respond(LOGIN, key, number)
        respond(SIGN, key, question("DS-1001", fields, [number]))
        mutual(LOGIN, key, number, "87654321")
        mutual(SERVER, key, "87654321", number, timestamp=60)
        assert {used for used, _ in hashed} == {key}
        assert hashed[0][1] == confirming[1], "suite and question are the same, and so is what is hashed"
        assert confirming[0] != key
        assert confirming not in hashed


@given(keys, serials, serials)
def test_the_key_of_confirmations_is_neither_the_credential_s_nor_another_token_s(key, serial, other):
    # HMAC pads keys with zeros, so keys are compared as it does.
    assert bytes(confirm_key(key, serial)) != key.rstrip(b"\x00").ljust(32, b"\x00")
    assert (confirm_key(key, serial) == confirm_key(key, other)) == (serial == other)


def test_confirmations_and_login_responses_to_the_same_numbers_agree_no_more_than_chance():
    numbers = [f"{value:08}" for value in range(1, 10**8, 4999)]
    same = sum(confirmation(KEY, "DS-1001", number) == respond(LOGIN, KEY, number) for number in numbers)
    assert len(numbers) == 20005
    assert same == 0  # a fixed key: 0.0002 are expected


def source_of(*draws):
    """A source that gives these bytes, draw by draw."""
    waiting = iter(draws)
    return lambda n: bytes(next(waiting))


def test_every_four_digit_question_not_divisible_by_16_comes_out_exactly_once():
    """Over all equally likely draws of four digits: no other question comes, and none more often."""
    marker = b"\x00\x00\x00\x01"
    seen = Counter()
    for value in range(10**4):
        draw = bytes(int(digit) for digit in f"{value:04}")
        seen[random_question(source_of(draw, marker), 4)] += 1
    del seen["0001"]  # the marker stands for a new draw
    assert set(seen) == {f"{value:04}" for value in range(10**4) if value % 16 and value != 1}
    assert set(seen.values()) == {1}


def test_a_multiple_of_16_is_drawn_again_as_a_whole():
    assert random_question(source_of(b"\x01\x00\x00\x00\x01\x06", b"\x07\x07\x07\x07\x07\x07"), 6) == "777777"


def test_zeros_in_front_are_kept():
    assert random_question(source_of(bytes(7) + b"\x01"), 8) == "00000001"


@given(st.integers(4, 64), st.integers(0, 2**32))
def test_questions_have_full_length_and_are_never_divisible_by_16(length, seed):
    drawn = random_question(Random(seed).randbytes, length)
    assert len(drawn) == length
    assert drawn.isdigit()
    assert int(drawn) % 16


@pytest.mark.parametrize("length", [3, 65, 0, True, 8.0])
def test_questions_have_4_to_64_digits(length):
    with pytest.raises(InputError, match="4 to 64"):
        random_question(lambda n: bytes(n), length)


def test_a_source_of_zeros_is_an_error_and_no_endless_loop():
    with pytest.raises(EntropyError, match="divisible by 16"):
        random_question(lambda n: bytes(n), 8)


def test_the_suite_of_confirmations_is_frozen():
    assert CONFIRM_SUITE == "OCRA-1:HOTP-SHA256-8:QN08"
