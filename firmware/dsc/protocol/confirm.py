"""Confirming a PIN change: a number that the token draws, answered by the service under a key for that alone."""

from dsc.crypto.errors import EntropyError, InputError, QuestionError
from dsc.crypto.kdf import hkdf
from dsc.crypto.memory import wipe
from dsc.crypto.ocra import Suite, respond
from dsc.crypto.seal import random_digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Buffer = bytes | bytearray | memoryview

CONFIRM_SUITE = "OCRA-1:HOTP-SHA256-8:QN08"
NUMBER_DIGITS = 8  # of the number, and of its answer

_INFO = b"picodsc confirm 1"
_KEY_SIZE = 32
_QUESTION_LENGTHS = (4, 64)  # of an OCRA suite
_MOST_DRAWS = 100


def confirm_key(key: "Buffer", serial: str) -> bytearray:
    """The 32-byte key of confirmations: HKDF of a credential's key, with the token's serial in its info.

    Because of it a confirmation can never serve as a login response, nor the other way round. The caller wipes it.
    """
    return hkdf(key, b"", _INFO + serial.encode(), _KEY_SIZE)


def confirmation(key: "Buffer", serial: str, number: str) -> str:
    """The 8 digits that confirm a PIN change, for the 8-digit `number` that the token shows.

    `key` is the credential's, `serial` the token's. Raises QuestionError for another number.
    """
    if not isinstance(number, str) or len(number) != NUMBER_DIGITS:
        raise QuestionError("must be text of exactly %d digits" % NUMBER_DIGITS, "number")
    derived = confirm_key(key, serial)
    try:
        return respond(Suite.parse(CONFIRM_SUITE), derived, number)
    finally:
        wipe(derived)


def random_question(source: "Callable[[int], Buffer]", length: int) -> str:
    """A uniformly random numeric question of `length` digits (4 to 64), zeros included, not divisible by 16.

    OCRA takes a number and 16 times that number for one question, so none of the latter is ever asked. `source(k)`
    gives k random bytes. Raises InputError for another length, EntropyError if no question comes out of 100 draws.
    """
    low, high = _QUESTION_LENGTHS
    if type(length) is not int or not low <= length <= high:
        raise InputError("length", "must be %d to %d digits" % (low, high))
    for _ in range(_MOST_DRAWS):
        question = bytes(random_digits(source, length)).decode()
        # 10,000 is divisible by 16, so the last four digits decide.
        if int(question[-4:]) % 16:
            return question
    raise EntropyError("the random source gives nothing but numbers divisible by 16")
