"""The self-test: it passes, and it names each primitive that does not."""

import hashlib

import pytest

from dsc.app import selftest
from dsc.crypto import hashes, kdf, ocra, otp, seal


class Stretching:
    """A board's own PBKDF2; `answer` stands in for what it should compute."""

    def __init__(self, answer=None):
        self.answer = answer

    def pbkdf2_sha256(self, password, salt, rounds, length, progress=None):
        """What the core computes, unless there is another answer."""
        return ORIGINAL(password, salt, rounds, length) if self.answer is None else self.answer


ORIGINAL = kdf.pbkdf2_sha256
BOARD = Stretching()


@pytest.mark.parametrize("answer", [bytearray(64), bytearray(32), bytearray()])
def test_a_board_whose_stretching_gives_one_key_for_every_pin_is_found_out(answer):
    assert selftest.failures(Stretching(answer)) == ["PBKDF2"]


def test_a_board_that_stops_after_the_first_round_is_found_out():
    class OneRound(Stretching):
        def pbkdf2_sha256(self, password, salt, rounds, length, progress=None):
            return ORIGINAL(password, salt, 1, length)

    assert selftest.failures(OneRound()) == ["PBKDF2"]


def test_all_known_answers_are_right():
    assert selftest.failures(BOARD) == []


@pytest.mark.parametrize(
    ("module", "function", "name"),
    [
        (kdf, "hmac", "HMAC"),
        (kdf, "hkdf", "HKDF"),
        (otp, "hotp", "HOTP"),
        (ocra, "respond", "OCRA"),
    ],
)
def test_a_primitive_with_one_wrong_bit_is_named(monkeypatch, module, function, name):
    right = getattr(module, function)

    def wrong(*arguments, **options):
        answer = right(*arguments, **options)
        if isinstance(answer, str):
            return str((int(answer[0]) + 1) % 10) + answer[1:]
        answer[0] ^= 1
        return answer

    monkeypatch.setattr(module, function, wrong)
    assert name in selftest.failures(BOARD)  # and what is built on it may follow


@pytest.mark.parametrize(
    ("algorithm", "name"), [("SHA1", "SHA-1"), ("SHA256", "SHA-256"), ("SHA512", "SHA-512")]
)
def test_a_hash_that_is_another_is_named(monkeypatch, algorithm, name):
    right = hashes.new
    other = hashlib.md5

    def new(asked):
        return other(usedforsecurity=False) if asked == algorithm else right(asked)

    monkeypatch.setattr(hashes, "new", new)
    assert name in selftest.failures(BOARD)


def test_a_primitive_that_raises_is_named(monkeypatch):
    def broken(*_):
        raise MemoryError

    monkeypatch.setattr(otp, "hotp", broken)
    assert selftest.failures(BOARD) == ["HOTP"]


@pytest.mark.parametrize(
    "wrong", [lambda sealed, kek: bytearray(32), lambda sealed, kek: bytearray(range(2, 34))]
)
def test_sealing_that_loses_the_secret_or_does_not_hide_it_is_named(monkeypatch, wrong):
    monkeypatch.setattr(seal, "open_dek", wrong)
    assert selftest.failures(BOARD) == ["SEAL"]
