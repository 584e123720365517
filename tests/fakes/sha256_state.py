"""SHA-256's state after one block, which hashlib does not show: what a key of HMAC leaves, as good as the key itself.

Source: FIPS 180-4, sections 4.1.2, 4.2.2, 5.3.3, 6.2.2.
"""

import struct
from math import isqrt

BLOCK = 64
_WORD = 0xFFFF_FFFF


def _primes(count):
    found, number = [], 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _cube_root(number):
    guess = round(number ** (1 / 3))
    while guess**3 > number:
        guess -= 1
    while (guess + 1) ** 3 <= number:
        guess += 1
    return guess


_INITIAL = [isqrt(prime << 64) & _WORD for prime in _primes(8)]  # the first 32 bits of the roots' fractions
_CONSTANTS = [_cube_root(prime << 96) & _WORD for prime in _primes(64)]


def _rotated(word, count):
    return (word >> count | word << (32 - count)) & _WORD


def after(block: bytes) -> list[int]:
    """The eight words of the state after the first block of 64 bytes."""
    schedule = list(struct.unpack(">16I", block))
    for place in range(16, 64):
        early, late = schedule[place - 15], schedule[place - 2]
        small = _rotated(early, 7) ^ _rotated(early, 18) ^ early >> 3
        large = _rotated(late, 17) ^ _rotated(late, 19) ^ late >> 10
        schedule.append((schedule[place - 16] + small + schedule[place - 7] + large) & _WORD)
    a, b, c, d, e, f, g, h = _INITIAL
    for constant, word in zip(_CONSTANTS, schedule, strict=True):
        choice = (e & f) ^ (~e & g)
        first = h + (_rotated(e, 6) ^ _rotated(e, 11) ^ _rotated(e, 25)) + choice + constant + word
        second = (_rotated(a, 2) ^ _rotated(a, 13) ^ _rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
        a, b, c, d, e, f, g, h = (first + second) & _WORD, a, b, c, (d + first) & _WORD, e, f, g
    return [(old + new) & _WORD for old, new in zip(_INITIAL, (a, b, c, d, e, f, g, h), strict=True)]


def of_hmac_key(key: bytes) -> dict[str, list[int]]:
    """The states after HMAC's inner and outer block (RFC 2104, section 2), for a key of at most 64 bytes."""
    padded = key.ljust(BLOCK, b"\0")
    return {
        name: after(bytes(byte ^ mask for byte in padded))
        for name, mask in (("inner", 0x36), ("outer", 0x5C))
    }
