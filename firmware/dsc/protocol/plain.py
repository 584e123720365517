"""Plain one-time codes, which answer no question: the method that stands in a credential's login suite's place.

    HOTP-<SHA1|SHA256|SHA512>-<6..10>           by counter (RFC 4226)
    TOTP-<SHA1|SHA256|SHA512>-<6..10>-T<step>   by time (RFC 6238): 1 to 59 seconds (T30S) or minutes (T1M)

Steps are written as in an OCRA suite (RFC 6287 section 6.3), but never left out.
"""

from dsc.crypto.hashes import DIGEST_SIZE
from dsc.crypto.otp import hotp, totp
from dsc.protocol.errors import MethodError

TYPE_CHECKING = False
if TYPE_CHECKING:
    Buffer = bytes | bytearray | memoryview

_DIGITS = {"6": 6, "7": 7, "8": 8, "9": 9, "10": 10}
_UNITS = {"S": 1, "M": 60}  # seconds
_MOST_STEPS = 59  # of either unit


class Method:
    """A parsed method; make one with `Method.parse`, and treat it as constant.

    text        as it was given
    timed       whether the code follows from the time, and not from a counter
    algorithm   "SHA1", "SHA256" or "SHA512"
    digits      of the code: 6 to 10
    step        seconds that a code lasts; 0 where it is not timed
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if not isinstance(text, str):
            raise MethodError(type(text).__name__, "must be text")
        parts = text.split("-")
        self.timed = parts[0] == "TOTP"
        if not is_plain(text) or len(parts) != (4 if self.timed else 3):
            raise MethodError(text, "must be like HOTP-SHA1-6, or like TOTP-SHA1-6-T30S")
        if parts[1] not in DIGEST_SIZE:
            raise MethodError(text, "the hash must be SHA1, SHA256 or SHA512")
        if parts[2] not in _DIGITS:
            raise MethodError(text, "the number of digits must be 6 to 10, without leading zeros")
        self.algorithm = parts[1]
        self.digits = _DIGITS[parts[2]]
        self.step = _step(text, parts[3]) if self.timed else 0

    @classmethod
    def parse(cls, text: str) -> "Method":
        """The method that a text names; MethodError, with the reason, if it names none."""
        return cls(text)


def is_plain(text: str) -> bool:
    """Whether a login suite's text is meant as a method of plain codes, and not as an OCRA suite."""
    return text[:5] in ("HOTP-", "TOTP-")


def code(method: Method, key: "Buffer", moving: int) -> str:
    """The code for `moving`: a counter of 0 to 2^64 - 1, or for a timed method Unix seconds.

    Raises KeyLengthError, CounterError or TimestampError.
    """
    if method.timed:
        return totp(key, moving, method.digits, method.algorithm, method.step)
    return hotp(key, moving, method.digits, method.algorithm)


def _step(text: str, step: str) -> int:
    number = step[1:-1]
    if (
        step[:1] != "T"
        or step[-1] not in _UNITS
        or not 1 <= len(number) <= 2
        or number.strip("0123456789")
        or number[0] == "0"
        or int(number) > _MOST_STEPS
    ):
        raise MethodError(text, "the step must be T and 1 to 59 S or M, without leading zeros")
    return int(number) * _UNITS[step[-1]]
