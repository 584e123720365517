"""Unlock codes of verified mode: the n-th number that station and token both make of their unlock secret."""

from dsc.crypto.inputs import counter_bytes
from dsc.crypto.kdf import hmac
from dsc.crypto.memory import wipe
from dsc.crypto.seal import SECRET_SIZE, UNLOCK_CODE_DIGITS
from dsc.protocol.errors import UnlockError

TYPE_CHECKING = False
if TYPE_CHECKING:
    Buffer = bytes | bytearray | memoryview

_INFO = b"picodsc unlock 1"
_NUMBER_SIZE = 16  # bytes of the HMAC that make the number
_ZERO = 0x30
_LAST = (1 << 64) - 1


def unlock_code(secret: "Buffer", serial: str, n: int) -> bytearray:
    """The n-th code (n from 1) as 16 ASCII digits: the first 16 bytes of the HMAC, as a number, mod 10^16.

    `secret` has 32 bytes, `serial` is the token's. The caller wipes the result. Raises UnlockError.
    """
    if len(secret) != SECRET_SIZE:
        raise UnlockError("the secret must have %d bytes" % SECRET_SIZE)
    if type(n) is not int or not 1 <= n <= _LAST:
        raise UnlockError("its number must be 1 to 2^64 - 1")
    digest = hmac("SHA256", secret, _INFO, serial.encode(), counter_bytes(n))
    code = bytearray(UNLOCK_CODE_DIGITS)
    try:
        # Long division by ten, a byte at a time: a number of 128 bits would be an object that cannot be wiped.
        for place in range(UNLOCK_CODE_DIGITS - 1, -1, -1):
            rest = 0
            for index in range(_NUMBER_SIZE):
                rest = rest << 8 | digest[index]
                digest[index] = rest // 10
                rest %= 10
            code[place] = _ZERO + rest
        return code
    finally:
        wipe(digest)
