"""HMAC (RFC 2104) and the key derivations made of it: HKDF (RFC 5869) and PBKDF2 (RFC 8018), with SHA-256.

Every buffer that holds a key or what follows from one is wiped before the call returns. Digests are immutable and
stay behind in freed memory (see `dsc.crypto.memory`).
"""

import hashlib
from struct import pack_into

from dsc.crypto.errors import InputError, KeyLengthError
from dsc.crypto.hashes import BLOCK_SIZE, constructor
from dsc.crypto.memory import ZEROS, wipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Buffer = bytes | bytearray | memoryview

_INNER = bytes([byte ^ 0x36 for byte in range(256)])
_OUTER = bytes([byte ^ 0x5C for byte in range(256)])


def _look_up(block: bytearray, table: bytes) -> bytearray:
    translated = bytearray(len(block))
    for i in range(len(block)):
        translated[i] = table[block[i]]
    return translated


# Masking keys by a table keeps them in memory that can be wiped. MicroPython's bytearrays have no `translate`.
_masked = getattr(bytearray, "translate", _look_up)

_FIELD = {64: "64s", 128: "128s"}  # a block with a key in it, filled with zeros
_SHA256_SIZE = 32  # bytes
_SHA256_BLOCK = 64  # bytes
_REPORT_EVERY = 250  # PBKDF2 rounds


def hmac(name: str, key: "Buffer", *parts: "Buffer") -> bytearray:
    """HMAC of the parts one after the other, with the hash function called `name` (RFC 2104 section 2).

    The key may have any length, 0 included. The caller wipes the result where it is a secret. Raises InputError
    for an unknown hash function.
    """
    return bytearray(hmac_digest(name, key, *parts))


def hmac_digest(name: str, key: "Buffer", *parts: "Buffer") -> bytes:
    """HMAC as `hmac` makes it, but immutable, as it comes from the hash: for what is shortened and shown at once."""
    new = constructor(name)
    size = BLOCK_SIZE[name]
    inner = outer = block = _key_block(new, size, key)
    try:
        inner = _masked(block, _INNER)
        outer = _masked(block, _OUTER)
        first = new(inner)
        for part in parts:
            first.update(part)
        second = new(outer)
        second.update(first.digest())
        return second.digest()  # type: ignore[no-any-return]
    finally:
        # What `wipe` does, in a fifth of its time: this is every response's inner loop.
        try:
            block[:] = inner[:] = outer[:] = ZEROS[size]
        except MemoryError:
            wipe(block, inner, outer)


def hkdf_extract(salt: "Buffer", ikm: "Buffer") -> bytearray:
    """The 32-byte pseudorandom key of RFC 5869 section 2.2.

    An empty salt equals the 32 zero bytes that the RFC puts in its place, since HMAC pads keys with zeros.
    """
    return hmac("SHA256", salt, ikm)


def hkdf_expand(prk: "Buffer", info: "Buffer", length: int) -> bytearray:
    """`length` bytes (1 to 8160) out of a pseudorandom key of at least 32 bytes (RFC 5869 section 2.3).

    Raises KeyLengthError for a shorter key, InputError for any other length.
    """
    if len(prk) < _SHA256_SIZE:
        raise KeyLengthError("must have at least 32 bytes", "prk")
    if type(length) is not int or not 1 <= length <= 255 * _SHA256_SIZE:
        raise InputError("length", "must be 1 to 8160 bytes")
    output = bytearray(length)
    block = bytearray(0)
    try:
        done = 0
        number = 1
        while done < length:
            previous = block
            block = hmac("SHA256", prk, previous, info, bytes([number]))
            wipe(previous)
            taken = min(_SHA256_SIZE, length - done)
            output[done : done + taken] = memoryview(block)[:taken]
            done += taken
            number += 1
        return output
    finally:
        wipe(block)


def hkdf(ikm: "Buffer", salt: "Buffer", info: "Buffer", length: int) -> bytearray:
    """Extract, then expand: `length` bytes from the input key material (RFC 5869 section 2)."""
    prk = hkdf_extract(salt, ikm)
    try:
        return hkdf_expand(prk, info, length)
    finally:
        wipe(prk)


def pbkdf2_sha256(
    password: "Buffer",
    salt: "Buffer",
    rounds: int,
    length: int,
    progress: "Callable[[int], None] | None" = None,
) -> bytearray:
    """`length` bytes from a password by PBKDF2 with HMAC-SHA256 (RFC 8018 section 5.2).

    `progress(done)` is called after every 250 rounds with the rounds done so far, so that a watchdog can be fed
    and a bar moved; each 32 bytes of output take `rounds` of them. Raises InputError for fewer than 1 round or
    1 byte.
    """
    if type(rounds) is not int or rounds < 1:
        raise InputError("rounds", "must be a whole number, at least 1")
    if type(length) is not int or not 1 <= length <= 0xFFFFFFFF * _SHA256_SIZE:
        raise InputError("length", "must be 1 to 32 * (2^32 - 1) bytes")
    output = bytearray(length)
    # What is hashed is always a pad, then a digest. Each pad gets a place for that digest right behind it: a round is
    # two hashes of a buffer, with no concatenation that would leave copies of the pad in memory.
    inner = outer = block = _key_block(hashlib.sha256, _SHA256_BLOCK, password, _SHA256_SIZE)
    try:
        inner = _masked(block, _INNER)
        outer = _masked(block, _OUTER)
        for done in range(0, length, _SHA256_SIZE):
            index = done // _SHA256_SIZE
            first = hashlib.sha256(memoryview(inner)[:_SHA256_BLOCK])
            first.update(salt)
            first.update((index + 1).to_bytes(4, "big"))
            part = _iterated(inner, outer, first.digest(), rounds, index * rounds, progress)
            taken = min(_SHA256_SIZE, length - done)
            output[done : done + taken] = memoryview(part)[:taken]
            wipe(part)
        return output
    except BaseException:
        # `progress` may raise (a cancelled entry, say): half an output is as secret as a whole one.
        wipe(output)
        raise
    finally:
        wipe(block, inner, outer)


def _iterated(
    inner: bytearray,
    outer: bytearray,
    digest: bytes,
    rounds: int,
    done: int,
    progress: "Callable[[int], None] | None",
) -> bytearray:
    """The 32 bytes U_1 xor ... xor U_rounds, given the inner digest of U_1 (RFC 8018 section 5.2, function F)."""
    sha256 = hashlib.sha256
    inner_digest = memoryview(inner)[_SHA256_BLOCK:]
    outer_digest = memoryview(outer)[_SHA256_BLOCK:]
    outer_digest[:] = digest
    digest = sha256(outer).digest()
    total = int.from_bytes(digest, "big")
    left = rounds - 1
    # The rounds up to the next report; the one before this loop counts.
    batch = _REPORT_EVERY - done % _REPORT_EVERY - 1
    done += 1
    while True:
        batch = min(batch, left)
        for _ in range(batch):
            inner_digest[:] = digest
            outer_digest[:] = sha256(inner).digest()
            digest = sha256(outer).digest()
            total ^= int.from_bytes(digest, "big")
        done += batch
        left -= batch
        if progress is not None and done % _REPORT_EVERY == 0:
            progress(done)
        if not left:
            return bytearray(total.to_bytes(_SHA256_SIZE, "big"))
        batch = _REPORT_EVERY


def _key_block(new: "Callable[..., Any]", size: int, key: "Buffer", room: int = 0) -> bytearray:
    """A key as RFC 2104 has it enter HMAC: hashed if longer than `size` bytes, then zeros; `room` more behind it."""
    block = bytearray(size + room)
    if len(key) > size:
        key = new(key).digest()
    # Not `block[: len(key)] = key`, which copies the key first, and leaves the copy behind.
    if isinstance(key, memoryview):
        memoryview(block)[: len(key)] = key
    else:
        pack_into(_FIELD[size], block, 0, key)
    return block
