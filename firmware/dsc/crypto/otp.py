"""One-time codes: HOTP (RFC 4226) by counter, TOTP (RFC 6238) by time."""

from struct import unpack_from

from dsc.crypto.errors import InputError
from dsc.crypto.inputs import check_key, counter_bytes, time_bytes
from dsc.crypto.kdf import hmac_digest

_MODULI = tuple([10**digits for digits in range(11)])


def hotp(key: bytes | bytearray | memoryview, counter: int, digits: int = 6, algorithm: str = "SHA1") -> str:
    """The code of `digits` decimals (6 to 10) for a counter of 0 to 2^64 - 1 (RFC 4226 section 5.3).

    `algorithm` is SHA1, as in RFC 4226, or SHA256 or SHA512. Raises KeyLengthError, CounterError or InputError.
    """
    return _code(key, counter_bytes(counter), digits, algorithm)


def totp(
    key: bytes | bytearray | memoryview,
    timestamp: int,
    digits: int = 6,
    algorithm: str = "SHA1",
    step: int = 30,
    start: int = 0,
) -> str:
    """The code of `digits` decimals (6 to 10) for a time in Unix seconds (RFC 6238 section 4).

    Time is counted in steps of `step` seconds from `start`. Raises KeyLengthError, TimestampError or InputError.
    """
    if type(step) is not int or step < 1:
        raise InputError("step", "must be a whole number of seconds, at least 1")
    if type(start) is not int or start < 0:
        raise InputError("start", "must be a whole number of Unix seconds, at least 0")
    return _code(key, time_bytes(timestamp, step, start), digits, algorithm)


def truncated(digest: bytes | bytearray, digits: int) -> str:
    """The dynamic truncation of a digest to `digits` decimals, leading zeros kept (RFC 4226 section 5.3).

    31 bits make 10 decimals at most, of which the first is then 0, 1 or 2.
    """
    number = unpack_from(">I", digest, digest[-1] & 0x0F)[0] & 0x7FFFFFFF
    modulus = _MODULI[digits]
    # With the modulus added, the number has one digit more, the first, and its leading zeros.
    return str(modulus + number % modulus)[1:]


def _code(key: bytes | bytearray | memoryview, moving: bytes, digits: int, algorithm: str) -> str:
    check_key(key)
    # RFC 4226 section 5.3 wants at least 6; more than 10 would be zeros.
    if type(digits) is not int or not 6 <= digits <= 10:
        raise InputError("digits", "must be 6 to 10")
    return truncated(hmac_digest(algorithm, key, moving), digits)
