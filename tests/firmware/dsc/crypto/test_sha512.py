"""SHA-512 in Python against hashlib's, and the choice between the two."""

import hashlib
import importlib.util
from math import isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.crypto import hashes, sha512
from dsc.crypto.errors import CryptoError, InputError
from dsc.crypto.sha512 import Sha512

FIRST_80_PRIMES = [n for n in range(2, 410) if all(n % d for d in range(2, n))]


def test_start_words_are_the_fractions_of_square_roots():
    assert [isqrt(prime << 128) % (1 << 64) for prime in FIRST_80_PRIMES[:8]] == list(sha512._START)


def test_round_words_are_the_fractions_of_cube_roots():
    assert len(FIRST_80_PRIMES) == len(sha512._ROUND) == 80
    for prime, word in zip(FIRST_80_PRIMES, sha512._ROUND, strict=True):
        root = (int(prime ** (1 / 3)) << 64) + word
        assert root**3 <= prime << 192 < (root + 1) ** 3


@pytest.mark.parametrize("length", [*range(105, 135), *range(230, 262), 1000, 12800])
def test_lengths_around_the_edges_of_blocks_equal_hashlib(length):
    message = bytes(i * 7 % 256 for i in range(length))
    assert Sha512(message).digest() == hashlib.sha512(message).digest()


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_a_message_in_pieces_is_the_message(pieces):
    digest = Sha512()
    for piece in pieces:
        digest.update(piece)
    assert digest.digest() == hashlib.sha512(b"".join(pieces)).digest()


def test_all_kinds_of_buffers_are_taken():
    for kind in (bytes, bytearray, memoryview):
        assert Sha512(kind(b"abc")).digest() == hashlib.sha512(b"abc").digest()


def test_a_hash_is_spent_after_its_digest():
    spent = Sha512(b"abc")
    spent.digest()
    with pytest.raises(CryptoError, match="make a new one"):
        spent.digest()
    with pytest.raises(CryptoError, match="make a new one"):
        spent.update(b"")


def test_a_spent_hash_holds_nothing_of_its_message():
    digest = Sha512(b"\xaa" * 200)
    buffer = digest._block
    assert any(buffer)
    digest.digest()
    assert not any(buffer)
    assert digest._state == sha512._START


def test_the_padded_last_block_is_wiped(monkeypatch):
    hashed = []
    compressed = sha512._compressed

    def watched(state, data, start):
        hashed.append(data)
        return compressed(state, data, start)

    monkeypatch.setattr(sha512, "_compressed", watched)
    digest = Sha512(b"\xaa" * 100)
    digest.digest()
    assert len(hashed) == 1
    assert not any(hashed[0])


def _hashes_module():
    spec = importlib.util.spec_from_file_location("hashes_under_test", hashes.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sha512_is_hashlibs_where_it_has_one():
    assert _hashes_module().CONSTRUCTORS["SHA512"] is hashlib.sha512


def test_sha512_is_ours_where_hashlib_has_none(monkeypatch):
    monkeypatch.delattr(hashlib, "sha512")
    assert _hashes_module().CONSTRUCTORS["SHA512"] is Sha512


@pytest.mark.parametrize("name", ["SHA1", "SHA256", "SHA512"])
def test_hashes_have_the_names_and_sizes_of_suites(name):
    digest = hashes.new(name, b"ab")
    digest.update(b"c")
    assert digest.digest() == hashlib.new(name, b"abc").digest()
    assert hashes.DIGEST_SIZE[name] == hashlib.new(name).digest_size
    assert hashes.BLOCK_SIZE[name] == hashlib.new(name).block_size


def test_other_hashes_are_refused():
    with pytest.raises(InputError, match="SHA1, SHA256 or SHA512"):
        hashes.new("MD5")
