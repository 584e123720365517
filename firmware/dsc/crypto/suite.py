"""The OCRA suite: which hash, how many digits and which inputs, read strictly from its text (RFC 6287 section 6).

    OCRA-1:HOTP-<SHA1|SHA256|SHA512>-<0|4..10>:[C-]Q[<A|N|H><04..64>][-P[<hash>]][-S[<001..512>]][-T[<step>]]

A bare letter stands for the RFC's default: QN08, PSHA1, S064, T1M. A step is 1 to 59 seconds (S) or minutes (M), or
1 to 48 hours (H, erratum 3729), without leading zeros. The length of a question may be one digit (QH8), because
an example of section 6.4 is written so. Session data may have any length up to 512 bytes: section 6.3 calls 064,
128, 256 and 512 typical and leaves the choice to the parties; section 5.1 sets the limit.
"""

from dsc.crypto.errors import SuiteError
from dsc.crypto.hashes import DIGEST_SIZE

_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-"
_TRUNCATIONS = {"0": 0, "4": 4, "5": 5, "6": 6, "7": 7, "8": 8, "9": 9, "10": 10}
_INPUTS = "CQPST"
_FORMATS = "ANH"
_UNITS = {"S": (59, 1), "M": (59, 60), "H": (48, 3600)}  # greatest number allowed, seconds of one
_NO_QUESTION = "Q is missing: every suite has a question, after C and before P, S and T"


class Suite:
    """A parsed OCRA suite; make one with `Suite.parse`, and treat it as constant.

    text              the suite as it was given, which is what enters the computation
    algorithm         "SHA1", "SHA256" or "SHA512"
    digits            of the response: 4 to 10, or 0 for the whole HMAC as hexadecimal text
    counter           whether a counter is called for
    question_format   "N" decimal digits, "A" letters and digits, "H" hexadecimal digits
    question_length   greatest number of characters, 4 to 64
    pin_algorithm     hash of the PIN, or None
    session_length    bytes of session data, 1 to 512, or None
    time_step         seconds, or None
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.counter = False
        self.question_format = ""
        self.question_length = 0
        self.pin_algorithm: str | None = None
        self.session_length: int | None = None
        self.time_step: int | None = None
        parts = _parts(text)
        self.algorithm, self.digits = _crypto_function(text, parts[1])
        self._read_inputs(parts[2])
        # DataInput begins with the suite and a zero byte (section 5.1), the same for every question.
        self.prefix = text.encode() + b"\x00"

    @classmethod
    def parse(cls, text: str) -> "Suite":
        """The suite that a text names; SuiteError, with the reason, if RFC 6287 does not allow it."""
        return cls(text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return "Suite(%r)" % self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Suite) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def _read_inputs(self, data_input: str) -> None:
        last = -1
        for field in data_input.split("-"):
            letter = field[:1]
            place = _INPUTS.find(letter) if letter else -1
            if place < 0:
                raise SuiteError(self.text, "inputs must be of C, Q, P, S and T, separated by one '-'")
            if place == last:
                raise SuiteError(self.text, f"{letter} is given twice")
            if place < last:
                raise SuiteError(self.text, "inputs must come once each, in the order C, Q, P, S, T")
            if place > 1 and not self.question_length:
                raise SuiteError(self.text, _NO_QUESTION)
            last = place
            self._read_input(letter, field[1:])
        if not self.question_length:
            raise SuiteError(self.text, _NO_QUESTION)

    def _read_input(self, letter: str, rest: str) -> None:
        if letter == "C":
            if rest:
                raise SuiteError(self.text, "C stands alone")
            self.counter = True
        elif letter == "Q":
            self.question_format, self.question_length = _question(self.text, rest or "N08")
        elif letter == "P":
            self.pin_algorithm = rest or "SHA1"
            if self.pin_algorithm not in DIGEST_SIZE:
                raise SuiteError(self.text, "the hash of P must be SHA1, SHA256 or SHA512")
        elif letter == "S":
            self.session_length = _number(rest or "064")
            if len(rest or "064") != 3 or not 1 <= self.session_length <= 512:
                raise SuiteError(self.text, "the length of S must be three digits, 001 to 512")
        else:
            self.time_step = _step(self.text, rest or "1M")


def _parts(text: str) -> list[str]:
    if not isinstance(text, str):
        raise SuiteError(type(text).__name__, "must be text")
    # Strip takes characters off both ends as long as they are allowed: what it cannot empty has others.
    if text.strip(_CHARACTERS):
        if text.upper().strip(_CHARACTERS) == "":
            raise SuiteError(text, "must be upper case")
        raise SuiteError(text, "may only have A to Z, 0 to 9, ':' and '-', no spaces")
    parts = text.split(":")
    if len(parts) != 3:
        raise SuiteError(
            text, "must have three parts with ':' between: algorithm, crypto function, data input"
        )
    if parts[0] != "OCRA-1":
        raise SuiteError(text, "the algorithm must be OCRA-1")
    return parts


def _crypto_function(text: str, crypto_function: str) -> tuple[str, int]:
    fields = crypto_function.split("-")
    if len(fields) != 3 or fields[0] != "HOTP":
        raise SuiteError(text, "the crypto function must be HOTP-hash-digits, as in HOTP-SHA256-8")
    if fields[1] not in DIGEST_SIZE:
        raise SuiteError(text, "the hash must be SHA1, SHA256 or SHA512")
    if fields[2] not in _TRUNCATIONS:
        raise SuiteError(text, "the number of digits must be 0 or 4 to 10, without leading zeros")
    return fields[1], _TRUNCATIONS[fields[2]]


def _question(text: str, rest: str) -> tuple[str, int]:
    if rest[0] not in _FORMATS:
        raise SuiteError(text, "the format of Q must be A, N or H")
    length = _number(rest[1:])
    if len(rest) > 3 or not 4 <= length <= 64:
        raise SuiteError(text, "the length of Q must be 04 to 64")
    return rest[0], length


def _step(text: str, rest: str) -> int:
    count = _number(rest[:-1])
    most, seconds = _UNITS.get(rest[-1], (0, 0))
    if rest[0] == "0" or not 1 <= count <= most:
        raise SuiteError(text, "the step of T must be 1 to 59 S or M, or 1 to 48 H, without leading zeros")
    return count * seconds


def _number(text: str) -> int:
    """The number that a text of one to three digits says, -1 for any other text."""
    return int(text) if 1 <= len(text) <= 3 and not text.strip("0123456789") else -1
