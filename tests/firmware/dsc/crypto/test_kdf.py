"""HMAC, HKDF and PBKDF2 against Python's own and against `cryptography`."""

import hashlib
import hmac as python_hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from hypothesis import given
from hypothesis import strategies as st

from dsc.crypto import kdf
from dsc.crypto.errors import InputError, KeyLengthError

ALGORITHMS = ("SHA1", "SHA256", "SHA512")
BUFFERS = (bytes, bytearray, memoryview)


@given(st.sampled_from(ALGORITHMS), st.binary(max_size=300), st.lists(st.binary(max_size=200), max_size=4))
def test_hmac_equals_pythons(algorithm, key, parts):
    expected = python_hmac.new(key, b"".join(parts), algorithm.lower()).digest()
    for kind in BUFFERS:
        digest = kdf.hmac(algorithm, kind(key), *[kind(part) for part in parts])
        assert digest == expected
        assert isinstance(digest, bytearray)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 127, 128, 129])
def test_keys_around_the_block_size_are_padded_or_hashed(algorithm, length, monkeypatch):
    key = bytes(range(length))
    expected = python_hmac.new(key, b"message", algorithm.lower()).digest()
    assert kdf.hmac_digest(algorithm, key, b"message") == expected
    # The way of MicroPython, whose bytearrays have no translate.
    monkeypatch.setattr(kdf, "_masked", kdf._look_up)
    assert kdf.hmac_digest(algorithm, key, b"message") == expected


def test_hmac_of_an_unknown_hash_is_refused():
    with pytest.raises(InputError, match="hash"):
        kdf.hmac("SHA224", b"key", b"message")


@given(st.binary(max_size=100), st.binary(max_size=100), st.binary(max_size=100), st.integers(1, 8160))
def test_hkdf_equals_that_of_cryptography(ikm, salt, info, length):
    expected = HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(ikm)
    assert kdf.hkdf(ikm, salt, info, length) == expected


@given(st.binary(min_size=32, max_size=80), st.binary(max_size=100), st.integers(1, 8160))
def test_hkdf_expand_equals_that_of_cryptography(prk, info, length):
    assert kdf.hkdf_expand(prk, info, length) == HKDFExpand(
        algorithm=SHA256(), length=length, info=info
    ).derive(prk)


@pytest.mark.parametrize("length", [0, -1, 8161, True, 1.5])
def test_hkdf_gives_1_to_8160_bytes(length):
    with pytest.raises(InputError, match="length"):
        kdf.hkdf(b"ikm", b"", b"", length)


def test_hkdf_expand_wants_a_key_of_32_bytes():
    with pytest.raises(KeyLengthError, match="prk: must have at least 32"):
        kdf.hkdf_expand(bytes(31), b"", 32)


@given(st.binary(max_size=150), st.binary(max_size=100), st.integers(1, 600), st.integers(1, 100))
def test_pbkdf2_equals_that_of_cryptography(password, salt, rounds, length):
    expected = PBKDF2HMAC(algorithm=SHA256(), length=length, salt=salt, iterations=rounds).derive(password)
    for kind in BUFFERS:
        assert kdf.pbkdf2_sha256(kind(password), kind(salt), rounds, length) == expected


@pytest.mark.parametrize(
    ("rounds", "length", "reports"),
    [
        (1, 32, []),
        (249, 32, []),
        (250, 32, [250]),
        (251, 32, [250]),
        (1000, 32, [250, 500, 750, 1000]),
        (200, 64, [250]),
        (300, 70, [250, 500, 750]),
        (1, 8160, [250]),
    ],
)
def test_pbkdf2_reports_every_250_rounds_of_all_blocks(rounds, length, reports):
    seen = []
    output = kdf.pbkdf2_sha256(b"password", b"salt", rounds, length, seen.append)
    assert seen == reports
    assert output == hashlib.pbkdf2_hmac("sha256", b"password", b"salt", rounds, length)


@pytest.mark.parametrize("rounds", [0, -1, 1.5, True])
def test_pbkdf2_has_at_least_one_round(rounds):
    with pytest.raises(InputError, match="rounds"):
        kdf.pbkdf2_sha256(b"", b"", rounds, 32)


@pytest.mark.parametrize("length", [0, -1, 1.5, True, 32 << 32])
def test_pbkdf2_gives_at_least_one_byte(length):
    with pytest.raises(InputError, match="length"):
        kdf.pbkdf2_sha256(b"", b"", 1, length)


def test_pbkdf2_uses_hashes_alone(monkeypatch):
    def forbidden(*_):
        raise AssertionError("MicroPython has no hashlib.pbkdf2_hmac")

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", forbidden)
    assert len(kdf.pbkdf2_sha256(b"password", b"salt", 2, 32)) == 32
