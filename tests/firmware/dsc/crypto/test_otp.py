"""HOTP and TOTP beyond the published vectors."""

import hmac
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.crypto.errors import CounterError, InputError, KeyLengthError, TimestampError
from dsc.crypto.otp import hotp, totp, truncated

KEY = bytearray(b"12345678901234567890")


@given(
    st.binary(min_size=1, max_size=150),
    st.integers(0, (1 << 64) - 1),
    st.integers(6, 10),
    st.sampled_from(["SHA1", "SHA256", "SHA512"]),
)
def test_hotp_is_the_truncated_hmac_of_the_counter(key, counter, digits, algorithm):
    digest = hmac.new(key, struct.pack(">Q", counter), algorithm.lower()).digest()
    start = digest[-1] % 16
    number = int.from_bytes(digest[start : start + 4], "big") % (1 << 31)
    assert hotp(key, counter, digits, algorithm) == str(number).zfill(10)[-digits:]


def test_truncation_keeps_leading_zeros_and_drops_the_sign_bit():
    assert truncated(bytes(20), 6) == "000000"
    assert truncated(b"\xff\xff\xff\xff" + bytes(16), 10) == "2147483647"
    assert truncated(bytes(15) + b"\x00\x01\xe2\x40\x0f", 4) == "3456"


@given(st.integers(0, 1 << 40), st.integers(1, 3600), st.integers(0, 1 << 40))
def test_totp_is_hotp_of_the_number_of_steps(elapsed, step, start):
    assert totp(KEY, start + elapsed, 8, "SHA256", step, start) == hotp(KEY, elapsed // step, 8, "SHA256")


@pytest.mark.parametrize("digits", [5, 11, 0, -6, True, 6.0, "6"])
def test_codes_have_6_to_10_digits(digits):
    with pytest.raises(InputError, match="digits"):
        hotp(KEY, 0, digits)
    with pytest.raises(InputError, match="digits"):
        totp(KEY, 0, digits)


def test_an_unknown_hash_is_refused():
    for name in ("MD5", "sha1", "SHA384", ""):
        with pytest.raises(InputError, match="SHA1, SHA256 or SHA512"):
            hotp(KEY, 0, algorithm=name)


def test_counters_keys_and_times_are_checked():
    with pytest.raises(CounterError):
        hotp(KEY, 1 << 64)
    with pytest.raises(KeyLengthError):
        hotp(b"", 0)
    with pytest.raises(InputError):
        hotp("text", 0)
    with pytest.raises(TimestampError):
        totp(KEY, -1)
    with pytest.raises(TimestampError, match="not before 100"):
        totp(KEY, 99, start=100)


@pytest.mark.parametrize("step", [0, -30, 1.5, True])
def test_a_step_is_at_least_a_second(step):
    with pytest.raises(InputError, match="step"):
        totp(KEY, 59, step=step)


@pytest.mark.parametrize("start", [-1, 1.5, True])
def test_a_start_is_no_time_before_1970(start):
    with pytest.raises(InputError, match="start"):
        totp(KEY, 59, start=start)
