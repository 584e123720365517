"""Security code cards: numbered values that follow from a secret, and which two of them a login asks for.

The secret makes the values as docs/formats.md section 10 has it. Nothing here keeps count: what was asked for comes in
as an argument.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Set
from dataclasses import dataclass
from random import Random
from typing import Final

from dsc.crypto.kdf import hkdf_expand, hkdf_extract
from dsc.crypto.memory import equal, wipe
from host_tools.login.rules import reading
from host_tools.login.rules.code_errors import CardIndexError, CardUsedUpError, ShapeError

SECRET_SIZE: Final = 32  # bytes
ASKED: Final = 2  # values that a login asks for
MOST_VALUES: Final = 0xFFFF  # an index is two bytes
MOST_CHARACTERS: Final = 16  # of a value
_INFO: Final = b"picodsc card 1"
_BLOCK: Final = 32  # bytes of HKDF's output that are taken at a time


@dataclass(frozen=True, slots=True)
class Shape:
    """What the values of a card look like. Raises ShapeError if there can be none such."""

    count: int
    length: int
    alphabet: str

    def __post_init__(self) -> None:
        if not ASKED <= self.count <= MOST_VALUES:
            raise ShapeError("count", f"{ASKED} to {MOST_VALUES}")
        if not 1 <= self.length <= MOST_CHARACTERS:
            raise ShapeError("length", f"1 to {MOST_CHARACTERS}")
        reading.check_alphabet(self.alphabet)


def new_secret() -> bytearray:
    """A secret for a new card, 32 bytes; the caller wipes it."""
    return bytearray(secrets.token_bytes(SECRET_SIZE))


def value(secret: bytearray, index: int, shape: Shape) -> bytearray:
    """The value with this number (from 1), ASCII; the caller wipes it.

    Raises CardIndexError, and ShapeError for a secret that has not 32 bytes.
    """
    key = _key(secret)
    try:
        return _value(key, index, shape)
    finally:
        wipe(key)


def values(secret: bytearray, shape: Shape) -> list[bytearray]:
    """All values of the card in the order of their numbers, ASCII; the caller wipes them.

    Raises ShapeError for a secret that has not 32 bytes.
    """
    key = _key(secret)
    made: list[bytearray] = []
    try:
        for index in range(1, shape.count + 1):
            made.append(_value(key, index, shape))
        return made
    except BaseException:
        wipe(*made)
        raise
    finally:
        wipe(key)


def read(typed: str, shape: Shape) -> bytearray:
    """The two values that were typed, one behind the other; the caller wipes them.

    What `reading.read` passes over and takes for one another counts. Raises MalformedCodeError.
    """
    return reading.read(typed, ASKED * shape.length, shape.alphabet)


def judge(secret: bytearray, first: int, second: int, typed: str, shape: Shape) -> bool:
    """Whether the two values were typed together, in this order; the work is the same for right and wrong ones.

    Raises MalformedCodeError, CardIndexError, and ShapeError for a secret that has not 32 bytes.
    """
    answer = read(typed, shape)
    right = bytearray(ASKED * shape.length)
    key = bytearray()
    try:
        key = _key(secret)
        for place, index in enumerate((first, second)):
            part = _value(key, index, shape)
            right[place * shape.length : (place + 1) * shape.length] = part
            wipe(part)
        return equal(right, answer)
    finally:
        wipe(answer, right, key)


def choose(
    used: Mapping[int, int],
    pairs: Set[tuple[int, int]],
    uses: int,
    shape: Shape,
    random: Random | None = None,
) -> tuple[int, int]:
    """The two numbers that the next login asks for, by chance among those that were asked for least.

    `used` has how often each number was asked for, answered or not; `pairs` all that were asked for together. No number
    comes more than `uses` times, and no two of them come together again, in either order. Raises CardUsedUpError.
    """
    random = random or secrets.SystemRandom()
    left = [index for index in range(1, shape.count + 1) if used.get(index, 0) < uses]
    # Chance decides within those asked for equally often: the sort is stable.
    random.shuffle(left)
    left.sort(key=lambda index: used.get(index, 0))
    best: tuple[int, int] | None = None
    least = (0, 0)
    for place, one in enumerate(left):
        times = used.get(one, 0)
        if best is not None and (times > least[0] or least[0] == least[1]):
            break
        for other in left[place + 1 :]:
            if (one, other) not in pairs and (other, one) not in pairs:
                asked = times, used.get(other, 0)
                if best is None or asked < least:
                    best, least = (one, other), asked
                break
    if best is None:
        raise CardUsedUpError(uses)
    # Or the place would tell which of them was asked for less.
    return best if random.getrandbits(1) else (best[1], best[0])


def _key(secret: bytearray) -> bytearray:
    if len(secret) != SECRET_SIZE:
        raise ShapeError("secret", f"{SECRET_SIZE} bytes")
    return hkdf_extract(b"", secret)


def _value(key: bytearray, index: int, shape: Shape) -> bytearray:
    if not 1 <= index <= shape.count:
        raise CardIndexError(index, shape.count)
    letters = shape.alphabet.encode("ascii")
    # Bytes from here on would make the alphabet's first characters more likely than its last.
    bound = 256 - 256 % len(letters)
    info = _INFO + index.to_bytes(2, "big")
    made = bytearray(shape.length)
    done = taken = 0
    while done < shape.length:
        stream = hkdf_expand(key, info, taken + _BLOCK)
        try:
            for byte in memoryview(stream)[taken:]:
                if byte < bound and done < shape.length:
                    made[done] = letters[byte % len(letters)]
                    done += 1
        finally:
            wipe(stream)
        taken += _BLOCK
    return made
