"""SHA-256's compression function (FIPS 180-4, section 6.2.2): hashlib does not tell what is between two blocks."""

import struct
from math import isqrt

MASK = 0xFFFF_FFFF
START = (
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
)  # fmt: skip


def _cube_root(number: int) -> int:
    root = 1 << (number.bit_length() // 3 + 1)
    while root**3 > number:
        root = (2 * root + number // root**2) // 3
    return root


# The first 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2).
PRIMES = [n for n in range(2, 312) if all(n % d for d in range(2, isqrt(n) + 1))]
K = [_cube_root(prime << 96) & MASK for prime in PRIMES]


def _ror(word: int, bits: int) -> int:
    return (word >> bits | word << (32 - bits)) & MASK


def compressed(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    """The eight words after one block of 64 bytes."""
    w = list(struct.unpack(">16I", block))
    for n in range(16, 64):
        sigma0 = _ror(w[n - 15], 7) ^ _ror(w[n - 15], 18) ^ w[n - 15] >> 3
        sigma1 = _ror(w[n - 2], 17) ^ _ror(w[n - 2], 19) ^ w[n - 2] >> 10
        w.append((w[n - 16] + sigma0 + w[n - 7] + sigma1) & MASK)
    a, b, c, d, e, f, g, h = state
    for n in range(64):
        t1 = h + (_ror(e, 6) ^ _ror(e, 11) ^ _ror(e, 25)) + (g ^ e & (f ^ g)) + K[n] + w[n]
        t2 = (_ror(a, 2) ^ _ror(a, 13) ^ _ror(a, 22)) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (t1 + t2) & MASK, a, b, c, (d + t1) & MASK, e, f, g
    return tuple((old + new) & MASK for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))
