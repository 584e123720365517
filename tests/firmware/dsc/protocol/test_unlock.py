"""Unlock codes: the formula, frozen values, and that they are as good as random."""

import hmac
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.protocol import unlock
from dsc.protocol.errors import UnlockError
from dsc.protocol.unlock import unlock_code

SECRET = bytes(range(32))


def formula(secret, serial, n):
    digest = hmac.digest(secret, b"picodsc unlock 1" + serial.encode() + n.to_bytes(8, "big"), "sha256")
    return b"%016d" % (int.from_bytes(digest[:16], "big") % 10**16)


@given(
    st.binary(min_size=32, max_size=32),
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=1, max_size=20),
    st.integers(1, 2**64 - 1),
)
def test_a_code_is_the_formula_of_the_design(secret, serial, n):
    code = unlock_code(secret, serial, n)
    assert code == formula(secret, serial, n)
    assert isinstance(code, bytearray)


@pytest.mark.parametrize(
    "top", [bytes(16), b"\xff" * 16, (10**16 - 1).to_bytes(16, "big"), (10**16).to_bytes(16, "big")]
)
def test_the_number_is_taken_mod_10_to_the_16_whatever_its_size(monkeypatch, top):
    monkeypatch.setattr(unlock, "hmac", lambda *_: bytearray(top + b"\xaa" * 16))
    assert unlock_code(SECRET, "DS-1001", 1) == b"%016d" % (int.from_bytes(top, "big") % 10**16)


def test_frozen_codes():
    assert [bytes(unlock_code(SECRET, "DS-1001", n)) for n in (1, 2, 2**64 - 1)] == [
        b"3564611818994298",
        b"2094103049619316",
        b"7049273350098142",
    ]


def test_all_codes_differ_and_their_digits_are_even():
    codes = [bytes(unlock_code(SECRET, "DS-1001", n)) for n in range(1, 3001)]
    assert len(set(codes)) == 3000
    assert all(len(code) == 16 for code in codes)
    for place in range(16):
        # 300 of each are expected, with a deviation of 16; the secret is fixed, so this never comes out otherwise.
        seen = Counter(code[place] for code in codes)
        assert all(220 < seen[digit] < 380 for digit in b"0123456789")


def test_another_secret_or_serial_gives_other_codes():
    one = unlock_code(SECRET, "DS-1001", 1)
    assert unlock_code(SECRET, "DS-1002", 1) != one
    assert unlock_code(SECRET[::-1], "DS-1001", 1) != one


@pytest.mark.parametrize("n", [0, -1, 2**64, True, 1.0, "1"])
def test_numbers_begin_at_one_and_have_64_bits(n):
    with pytest.raises(UnlockError, match="1 to 2"):
        unlock_code(SECRET, "DS-1001", n)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_the_secret_has_32_bytes(size):
    with pytest.raises(UnlockError, match="32 bytes"):
        unlock_code(bytes(size), "DS-1001", 1)


def test_the_digest_behind_a_code_is_wiped(monkeypatch):
    made = []
    real = unlock.hmac

    def watched(*arguments):
        made.append(real(*arguments))
        return made[-1]

    monkeypatch.setattr(unlock, "hmac", watched)
    unlock_code(SECRET, "DS-1001", 1)
    assert made == [bytearray(32)]
