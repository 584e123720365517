"""The order in which a credential's challenges are issued: a keyed permutation, so that none comes twice."""

from __future__ import annotations

import hashlib
import hmac

from dsc.crypto.kdf import hkdf
from dsc.crypto.memory import wipe
from host_tools.inventory.errors import QuestionLengthError, SequenceExhaustedError

LENGTHS = range(4, 19)
ROUNDS = 10


def question_count(length: int) -> int:
    """How many questions of `length` digits are not divisible by 16: 15 in 16, exactly, from 4 digits on."""
    if length not in LENGTHS:
        raise QuestionLengthError(length)
    count: int = 10**length // 16 * 15
    return count


class ChallengeSequence:
    """All numeric questions of one length in an order that only the key's holder can foretell.

    RFC 6287 pads the hex text of a number on the right, so numbers that differ by a factor of 16 only are one
    question; leaving out the multiples of 16 leaves numbers that all pad differently.

    The order is a Feistel network over the next power of four, with HMAC-SHA256 as its round function; a
    value that falls outside the questions goes through it again until it is inside ("cycle walking", Black
    and Rogaway 2002), which keeps it a permutation.
    """

    def __init__(self, key: bytes | bytearray, length: int) -> None:
        """`key` is the credential's challenge key; `length` the suite's digits, 4 to 18.

        Raises QuestionLengthError. Call `close` when done.
        """
        self.length = length
        self.count = question_count(length)
        self._half_bits = ((self.count - 1).bit_length() + 1) // 2
        self._key = hkdf(key, b"", b"picodsc challenges 1" + length.to_bytes(1, "big"), 32)

    def question(self, index: int) -> str:
        """The question at `index`, counted from 0, with its leading zeros; raises SequenceExhaustedError."""
        if not 0 <= index < self.count:
            raise SequenceExhaustedError(self.count)
        place = self._permuted(index)
        while place >= self.count:
            place = self._permuted(place)
        block, offset = divmod(place, 15)
        return f"{block * 16 + offset + 1:0{self.length}d}"

    def close(self) -> None:
        """Wipe the derived key."""
        wipe(self._key)

    def _permuted(self, value: int) -> int:
        mask = (1 << self._half_bits) - 1
        left, right = value >> self._half_bits, value & mask
        for number in range(ROUNDS):
            left, right = right, left ^ self._round(number, right) & mask
        return left << self._half_bits | right

    def _round(self, number: int, half: int) -> int:
        digest = hmac.digest(self._key, number.to_bytes(1, "big") + half.to_bytes(4, "big"), hashlib.sha256)
        return int.from_bytes(digest[:8], "big")
