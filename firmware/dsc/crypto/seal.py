"""Soft sealing: secrets wrapped under a PIN so that nothing stored can tell a right PIN from a wrong one.

There is no tag, no hash and no padding to check, on purpose: every PIN opens a sealed secret to some secret, and only
a server that knows the right one can tell. That holds only as long as what is sealed is uniformly random and is
sealed once in its life: two wrappings of one secret are an oracle for the PIN.

The infos below are part of the format; once released, they cannot change.
"""

import hashlib

from dsc.crypto.errors import EntropyError, InputError, KeyLengthError
from dsc.crypto.kdf import hkdf, hkdf_expand, hmac, pbkdf2_sha256
from dsc.crypto.memory import wipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Buffer = bytes | bytearray | memoryview

SECRET_SIZE = 32  # bytes of DEK, KEK and device secret
SALT_SIZE = 16  # bytes of salts, ids and nonces

UNLOCK_CODE_DIGITS = 16

_KEK_INFO = b"picodsc kek 1"
_UKEK_INFO = b"picodsc ukek 1"
_DEK_INFO = b"picodsc dek 1"
_KEY_INFO = b"picodsc key 1"
_TAG_INFO = b"picodsc tag 1"
_UNLOCK_INFO = b"picodsc U 1"
_DEVICE_INFOS = {"open": b"picodsc open 1", "server": b"picodsc server 1"}

_ZERO = 0x30  # ASCII "0"
_SUMS = b"0123456789012345678"  # of two digits, mod 10: looked up, because a division takes as long as its operands say
_DIGITS_OF_BYTES = 250  # bytes below this fall on the ten digits evenly
_MOST_DRAWS = 100


def offset_between(target: "Buffer", pin: "Buffer") -> bytes:
    """Digit by digit (target - pin) mod 10, as digit values: the offset that shifts `pin` to `target`.

    Both are ASCII digits, equally many. The offset is stored in clear; it says nothing of a PIN whose target is
    uniformly random. Raises InputError.
    """
    _check_digits("target", target)
    _check_digits("pin", pin)
    if len(target) != len(pin):
        raise InputError("pin", "must have as many digits as the target")
    return bytes([(target[i] - pin[i]) % 10 for i in range(len(pin))])


def shift(pin: "Buffer", offset: "Buffer") -> bytearray:
    """Digit by digit (pin + offset) mod 10: ASCII digits shifted by the digit values of an offset.

    The caller wipes the result. Raises InputError.
    """
    _check_digits("pin", pin)
    if len(offset) != len(pin) or not all(digit < 10 for digit in offset):
        raise InputError("offset", "must have a value of 0 to 9 for each digit of the PIN")
    shifted = bytearray(len(pin))
    for i in range(len(pin)):
        shifted[i] = _SUMS[pin[i] - _ZERO + offset[i]]
    return shifted


def key_encryption_key(
    shifted_pin: "Buffer",
    salt: "Buffer",
    rounds: int,
    device_secret: "Buffer",
    uid: "Buffer",
    pbkdf2: "Callable[[Buffer, Buffer, int, int], bytearray]" = pbkdf2_sha256,
) -> bytearray:
    """The 32-byte KEK: HKDF of (PBKDF2 of the shifted PIN, then the device secret), salted by the board's uid.

    `salt` has 16 bytes, `device_secret` 32. `pbkdf2` is called with password, salt, rounds and length; a board may
    have a faster one. The caller wipes the result. Raises InputError, KeyLengthError for wrong sizes.
    """
    _check_digits("shifted_pin", shifted_pin)
    return _stretched(shifted_pin, salt, rounds, device_secret, uid, pbkdf2, _KEK_INFO)


def unlock_key_encryption_key(
    code: "Buffer",
    salt: "Buffer",
    rounds: int,
    device_secret: "Buffer",
    uid: "Buffer",
    pbkdf2: "Callable[[Buffer, Buffer, int, int], bytearray]" = pbkdf2_sha256,
) -> bytearray:
    """The 32-byte KEK that an unlock code makes: `key_encryption_key` with an info of its own; verified mode only.

    `code` is its 16 ASCII digits, `salt` one of its own. The caller wipes the result. Raises InputError,
    KeyLengthError for wrong sizes.
    """
    _check_digits("code", code)
    if len(code) != UNLOCK_CODE_DIGITS:
        raise InputError("code", "must have %d digits" % UNLOCK_CODE_DIGITS)
    return _stretched(code, salt, rounds, device_secret, uid, pbkdf2, _UKEK_INFO)


def seal_dek(dek: "Buffer", kek: "Buffer") -> bytearray:
    """The 32-byte DEK wrapped under the KEK. Raises KeyLengthError unless both have 32 bytes."""
    _check_size("dek", dek, SECRET_SIZE)
    _check_size("kek", kek, SECRET_SIZE)
    return _masked(dek, kek, _DEK_INFO)


def open_dek(sealed: "Buffer", kek: "Buffer") -> bytearray:
    """The 32 bytes that a wrapped DEK opens to: the DEK if the KEK is right, else others that look no different.

    The caller wipes the result. Raises KeyLengthError unless both have 32 bytes.
    """
    return seal_dek(sealed, kek)


def seal_key(key: "Buffer", dek: "Buffer", id: "Buffer", nonce: "Buffer", header: "Buffer") -> bytearray:  # noqa: A002
    """A key wrapped under the DEK, or under a `device_key`, bound to its credential's id and constant header.

    `id` and `nonce` have 16 bytes each; `header` is any length, and a changed one opens to another key. The result
    is as long as the key. Raises KeyLengthError or InputError for wrong sizes.
    """
    if not len(key):
        raise KeyLengthError("must not be empty")
    _check_size("dek", dek, SECRET_SIZE)
    _check_size("id", id, SALT_SIZE)
    _check_size("nonce", nonce, SALT_SIZE)
    return _masked(key, dek, b"".join([_KEY_INFO, bytes(id), bytes(nonce), hashlib.sha256(header).digest()]))


def open_key(sealed: "Buffer", dek: "Buffer", id: "Buffer", nonce: "Buffer", header: "Buffer") -> bytearray:  # noqa: A002
    """What a wrapped key opens to: the key if DEK and header are right, else bytes that look no different.

    The caller wipes the result. Raises as `seal_key` does.
    """
    return seal_key(sealed, dek, id, nonce, header)


def device_key(device_secret: "Buffer", uid: "Buffer", purpose: str) -> bytearray:
    """The 32-byte key for what the PIN does not guard: purpose "open" (possession-only) or "server" (mutual mode).

    It stands in the DEK's place in `seal_key` and `open_key`. The caller wipes it. Raises KeyLengthError unless the
    secret has 32 bytes, InputError for another purpose.
    """
    _check_size("device_secret", device_secret, SECRET_SIZE)
    if purpose not in _DEVICE_INFOS:
        raise InputError("purpose", 'must be "open" or "server"')
    return hkdf(device_secret, uid, _DEVICE_INFOS[purpose], SECRET_SIZE)


def seal_unlock_secret(secret: "Buffer", dek: "Buffer") -> bytearray:
    """The 32-byte unlock secret wrapped under the DEK, or a wrapped one opened: it is its own inverse.

    Another DEK opens it to bytes that look no different. The caller wipes what is opened. Raises KeyLengthError
    unless both have 32 bytes.
    """
    _check_size("secret", secret, SECRET_SIZE)
    _check_size("dek", dek, SECRET_SIZE)
    return _masked(secret, dek, _UNLOCK_INFO)


def verified_tag(kek: "Buffer", data: "Buffer") -> bytearray:
    """The 32-byte tag that tells a right KEK: for verified mode alone, where a board's secret guards the KEK.

    In soft mode it would be a complete oracle for the PIN. Raises KeyLengthError unless the KEK has 32 bytes.
    """
    _check_size("kek", kek, SECRET_SIZE)
    key = hkdf_expand(kek, _TAG_INFO, SECRET_SIZE)
    try:
        return hmac("SHA256", key, data)
    finally:
        wipe(key)


def random_digits(source: "Callable[[int], Buffer]", n: int) -> bytearray:
    """`n` uniformly random ASCII digits; `source(k)` gives k random bytes, which are wiped where they can be.

    Bytes of 250 and above are thrown away, for 256 is no multiple of ten. Raises EntropyError if 100 draws do not
    fill the digits, which for a working source is out of the question. The caller wipes the result.
    """
    digits = bytearray(n)
    filled = 0
    for _ in range(_MOST_DRAWS):
        if filled == n:
            return digits
        drawn = source(n - filled)
        try:
            for byte in drawn:
                if byte < _DIGITS_OF_BYTES and filled < n:
                    digits[filled] = _ZERO + byte % 10
                    filled += 1
        finally:
            if isinstance(drawn, bytearray):
                wipe(drawn)
    wipe(digits)
    raise EntropyError("the random source gives no usable bytes")


def _stretched(
    digits: "Buffer",
    salt: "Buffer",
    rounds: int,
    device_secret: "Buffer",
    uid: "Buffer",
    pbkdf2: "Callable[[Buffer, Buffer, int, int], bytearray]",
    info: bytes,
) -> bytearray:
    _check_size("salt", salt, SALT_SIZE)
    _check_size("device_secret", device_secret, SECRET_SIZE)
    material = bytearray(2 * SECRET_SIZE)
    stretched = None
    try:
        stretched = pbkdf2(digits, salt, rounds, SECRET_SIZE)
        material[:SECRET_SIZE] = stretched
        material[SECRET_SIZE:] = device_secret
        return hkdf(material, uid, info, SECRET_SIZE)
    finally:
        wipe(material, stretched)


def _masked(data: "Buffer", key: "Buffer", info: bytes) -> bytearray:
    stream = hkdf_expand(key, info, len(data))
    # The key stream becomes the result in place: one buffer, and none left over.
    for i in range(len(stream)):
        stream[i] ^= data[i]
    return stream


def _check_digits(name: str, digits: "Buffer") -> None:
    if not len(digits) or not all(_ZERO <= digit < _ZERO + 10 for digit in digits):
        raise InputError(name, "must be ASCII digits, at least one")


def _check_size(name: str, value: "Buffer", size: int) -> None:
    if len(value) != size:
        raise KeyLengthError("must have %d bytes" % size, name)
