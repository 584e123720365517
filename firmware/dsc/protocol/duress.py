"""The duress PIN: the PIN with 5 added to some of its digits, so that either of the two leads to the other.

A token keeps nothing of it: PIN and duress PIN open the vault to two keys, and only the server knows which of them
raises the alarm. The digits between them (delta) survive every change of the PIN.
"""

from dsc.crypto.memory import wipe
from dsc.crypto.seal import shift
from dsc.protocol.errors import DeltaError
from dsc.protocol.pin import PIN_MAX_DIGITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    Buffer = bytes | bytearray | memoryview

# The first digit moves: `DEFAULT[:length]` for a PIN of that length. No neighbouring key, no key hit twice, is 5 away.
DEFAULT = b"5" + b"0" * (PIN_MAX_DIGITS - 1)

_ZERO = 0x30
_FIVE = 0x35


def check_delta(delta: "Buffer", length: int) -> None:
    """Refuse a delta that is not `length` ASCII digits 0 or 5, one of them 5. Raises DeltaError."""
    if len(delta) != length:
        raise DeltaError("must be as many as the PIN has, %d" % length)
    if not all(digit in (_ZERO, _FIVE) for digit in delta):
        raise DeltaError("each must be 0 or 5")
    if not any(digit == _FIVE for digit in delta):
        raise DeltaError("one must be 5, or both PINs were the same")


def moved(pin: "Buffer", delta: "Buffer") -> bytearray:
    """The PIN plus delta, digit by digit mod 10: the duress PIN of a PIN, and the PIN of a duress PIN.

    Both are ASCII digits. The caller wipes the result. Raises DeltaError, InputError.
    """
    check_delta(delta, len(pin))
    offset = bytearray(len(delta))
    try:
        for index in range(len(delta)):
            offset[index] = delta[index] - _ZERO
        return shift(pin, offset)
    finally:
        wipe(offset)
