"""Checks of keys, counters and times that HOTP, TOTP and OCRA have in common."""

import struct

from dsc.crypto.errors import CounterError, InputError, KeyLengthError, TimestampError

_COUNTS = 1 << 64


def check_key(key: bytes | bytearray | memoryview) -> None:
    """Refuse a key that is not bytes (InputError) or is empty (KeyLengthError).

    Any other length is allowed, as in RFC 2104; RFC 4226 section 4 asks for at least 16 bytes, and recommends 20.
    """
    if not isinstance(key, (bytes, bytearray, memoryview)):
        raise InputError("key", "must be bytes")
    if not len(key):
        raise KeyLengthError("must not be empty")


def counter_bytes(counter: int) -> bytes:
    """The 8 bytes that a counter enters a computation as (RFC 4226 section 5.1); CounterError if it has none."""
    # Not isinstance: True and False are no counters.
    if type(counter) is not int or not 0 <= counter < _COUNTS:
        raise CounterError("must be a whole number of 0 to 2^64 - 1")
    return struct.pack(">Q", counter)


def time_bytes(timestamp: int, step: int, start: int = 0) -> bytes:
    """The 8 bytes of the number of whole `step`s of seconds from `start` to `timestamp` (RFC 6238 section 4.2).

    `timestamp` and `start` are Unix seconds. Raises TimestampError for a time that is no whole number, comes
    before `start`, or makes more steps than 64 bits hold.
    """
    if type(timestamp) is not int or timestamp < start:
        raise TimestampError("must be a whole number of Unix seconds, not before %d" % start)
    steps = (timestamp - start) // step
    if steps >= _COUNTS:
        raise TimestampError("is too late: the number of time steps must be below 2^64")
    return struct.pack(">Q", steps)
