"""SHA-512 (FIPS 180-4) in Python, for platforms whose `hashlib` has none."""

import struct

from dsc.crypto.errors import CryptoError
from dsc.crypto.memory import wipe

_BLOCK = 128  # bytes
_WORD = 0xFFFFFFFFFFFFFFFF

# FIPS 180-4 section 5.3.5: the fractions of the square roots of the first 8 primes, 64 bits each.
_START = (
    0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
    0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
)  # fmt: skip

# FIPS 180-4 section 4.2.3: the fractions of the cube roots of the first 80 primes, 64 bits each.
_ROUND = (
    0x428A2F98D728AE22, 0x7137449123EF65CD, 0xB5C0FBCFEC4D3B2F, 0xE9B5DBA58189DBBC,
    0x3956C25BF348B538, 0x59F111F1B605D019, 0x923F82A4AF194F9B, 0xAB1C5ED5DA6D8118,
    0xD807AA98A3030242, 0x12835B0145706FBE, 0x243185BE4EE4B28C, 0x550C7DC3D5FFB4E2,
    0x72BE5D74F27B896F, 0x80DEB1FE3B1696B1, 0x9BDC06A725C71235, 0xC19BF174CF692694,
    0xE49B69C19EF14AD2, 0xEFBE4786384F25E3, 0x0FC19DC68B8CD5B5, 0x240CA1CC77AC9C65,
    0x2DE92C6F592B0275, 0x4A7484AA6EA6E483, 0x5CB0A9DCBD41FBD4, 0x76F988DA831153B5,
    0x983E5152EE66DFAB, 0xA831C66D2DB43210, 0xB00327C898FB213F, 0xBF597FC7BEEF0EE4,
    0xC6E00BF33DA88FC2, 0xD5A79147930AA725, 0x06CA6351E003826F, 0x142929670A0E6E70,
    0x27B70A8546D22FFC, 0x2E1B21385C26C926, 0x4D2C6DFC5AC42AED, 0x53380D139D95B3DF,
    0x650A73548BAF63DE, 0x766A0ABB3C77B2A8, 0x81C2C92E47EDAEE6, 0x92722C851482353B,
    0xA2BFE8A14CF10364, 0xA81A664BBC423001, 0xC24B8B70D0F89791, 0xC76C51A30654BE30,
    0xD192E819D6EF5218, 0xD69906245565A910, 0xF40E35855771202A, 0x106AA07032BBD1B8,
    0x19A4C116B8D2D0C8, 0x1E376C085141AB53, 0x2748774CDF8EEB99, 0x34B0BCB5E19B48A8,
    0x391C0CB3C5C95A63, 0x4ED8AA4AE3418ACB, 0x5B9CCA4F7763E373, 0x682E6FF3D6B2B8A3,
    0x748F82EE5DEFB2FC, 0x78A5636F43172F60, 0x84C87814A1F0AB72, 0x8CC702081A6439EC,
    0x90BEFFFA23631E28, 0xA4506CEBDE82BDE9, 0xBEF9A3F7B2C67915, 0xC67178F2E372532B,
    0xCA273ECEEA26619C, 0xD186B8C721C0C207, 0xEADA7DD6CDE0EB1E, 0xF57D4F7FEE6ED178,
    0x06F067AA72176FBA, 0x0A637DC5A2C898A6, 0x113F9804BEF90DAE, 0x1B710B35131C471B,
    0x28DB77F523047D84, 0x32CAAB7B40C72493, 0x3C9EBE0A15C9BEBC, 0x431D67C49C100D4C,
    0x4CC5D4BECB3E42B6, 0x597F299CFC657E2A, 0x5FCB6FAB3AD6FAEC, 0x6C44198C4A475817,
)  # fmt: skip


class Sha512:
    """One SHA-512 computation: any number of `update`, then `digest` once, as MicroPython's hash objects work.

    Words of state and schedule are integers, which cannot be overwritten; the buffers can, and are, by `digest`.
    """

    def __init__(self, data: bytes | bytearray | memoryview = b"") -> None:
        self._state: tuple[int, ...] = _START
        self._block = bytearray(_BLOCK)
        self._filled = 0
        self._length = 0
        self._spent = False
        if data:
            self.update(data)

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Take in more bytes. Raises CryptoError after `digest`."""
        if self._spent:
            raise CryptoError("this hash has given its digest; make a new one")
        data = memoryview(data)
        size = len(data)
        self._length += size
        start = 0
        if self._filled:
            start = min(_BLOCK - self._filled, size)
            self._block[self._filled : self._filled + start] = data[:start]
            self._filled += start
            if self._filled < _BLOCK:
                return
            self._state = _compressed(self._state, self._block, 0)
            self._filled = 0
        # Whole blocks are read where they are, so that long inputs are not copied.
        while size - start >= _BLOCK:
            self._state = _compressed(self._state, data, start)
            start += _BLOCK
        self._filled = size - start
        self._block[: self._filled] = data[start:]

    def digest(self) -> bytes:
        """The 64 bytes of the digest. Raises CryptoError the second time."""
        if self._spent:
            raise CryptoError("this hash has given its digest; make a new one")
        self._spent = True
        # Section 5.1.2: one bit, zeros, and the length in bits as a 128-bit number, to a whole number of blocks.
        # The upper half of that number stays zero: no input here comes near 2^64 bits.
        padding = bytearray(_BLOCK if self._filled < _BLOCK - 16 else 2 * _BLOCK)
        try:
            padding[: self._filled] = memoryview(self._block)[: self._filled]
            padding[self._filled] = 0x80
            struct.pack_into(">Q", padding, len(padding) - 8, self._length << 3)
            for start in range(0, len(padding), _BLOCK):
                self._state = _compressed(self._state, padding, start)
            return struct.pack(">8Q", *self._state)
        finally:
            self._state = _START
            wipe(padding, self._block)


def _compressed(state: tuple[int, ...], data: bytes | bytearray | memoryview, start: int) -> tuple[int, ...]:
    """The state after the 128-byte block at `start` of `data` (section 6.4.2).

    A word doubled to 128 bits makes each right rotation one shift: the low 64 bits of the doubled word shifted
    right by n are the word rotated by n. What rises above 64 bits is masked off once per sum.
    """
    words = list(struct.unpack_from(">16Q", data, start))
    for i in range(16, 80):
        x = words[i - 15]
        y = words[i - 2]
        xx = x << 64 | x
        yy = y << 64 | y
        small_0 = ((xx >> 1) ^ (xx >> 8)) & _WORD ^ (x >> 7)
        small_1 = ((yy >> 19) ^ (yy >> 61)) & _WORD ^ (y >> 6)
        words.append((words[i - 16] + small_0 + words[i - 7] + small_1) & _WORD)
    a, b, c, d, e, f, g, h = state
    for i in range(80):
        ee = e << 64 | e
        aa = a << 64 | a
        big_0 = ((aa >> 28) ^ (aa >> 34) ^ (aa >> 39)) & _WORD
        big_1 = ((ee >> 14) ^ (ee >> 18) ^ (ee >> 41)) & _WORD
        choice = g ^ e & (f ^ g)
        majority = a & b | c & (a | b)
        t = h + big_1 + choice + _ROUND[i] + words[i]
        h = g
        g = f
        f = e
        e = (d + t) & _WORD
        d = c
        c = b
        b = a
        a = (t + big_0 + majority) & _WORD
    return tuple([(state[i] + new) & _WORD for i, new in enumerate((a, b, c, d, e, f, g, h))])
