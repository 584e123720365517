"""How unlike random bytes a key is: imported keys have a look, and only the right PIN brings it out.

All weights are ratios of likelihoods, averaged over what an imported key may look like; so random bytes reach 2^n
less often than once in 2^n.
"""

import string
from collections.abc import Callable, Iterable
from itertools import pairwise
from math import comb, erfc, log2, sqrt
from statistics import fmean, pstdev
from typing import Final

KNOWN: Final = 4  # bytes of something known that count as its presence

_CLASSES: Final = {
    "printable": bytes(range(0x20, 0x7F)),
    "base64": (string.ascii_letters + string.digits + "+/=-_").encode(),
    "lower-case hexadecimal": b"0123456789abcdef",
    "upper-case hexadecimal": b"0123456789ABCDEF",
    "base32": (string.ascii_uppercase + "234567=").encode(),
    "lower-case letters": string.ascii_lowercase.encode(),
    "decimal": string.digits.encode(),
    "packed decimal": bytes(high << 4 | low for high in range(10) for low in range(10)),
    "seven bits": bytes(range(0x80)),
    "four bits": bytes(range(0x10)),
    "odd parity": bytes(byte for byte in range(256) if byte.bit_count() & 1),
    "even parity": bytes(byte for byte in range(256) if not byte.bit_count() & 1),
}  # fmt: skip
_ERRORS: Final = (0.02, 0.25)  # share of bytes that are not as the rest
_PERIODS: Final = (1, 2, 4, 8, 16)


def _class_weights(size: int, length: int) -> list[float]:
    """The weight of a class of `size` bytes by the number of a key's bytes that are outside it."""
    return [
        fmean(
            (256 * (1 - error) / size) ** (length - outside) * (256 * error / (256 - size)) ** outside
            for error in _ERRORS
        )
        for outside in range(length + 1)
    ]


class Structure:
    """Weighs keys of one length; `known` are texts and numbers that a careless maker might have put into them."""

    def __init__(self, length: int, known: Iterable[bytes]) -> None:
        self._length = length
        self._classes = [(letters, _class_weights(len(letters), length)) for letters in _CLASSES.values()]
        self._same = {compared: _class_weights(1, compared) for compared in range(length)}
        self._few = [
            2.0 ** (8 * length - length * log2(different or 1) - log2(comb(256, different)) - 5)
            for different in range(length + 1)
        ]
        self._known = {part[at : at + KNOWN] for part in known for at in range(len(part) - KNOWN + 1)}
        self._windows = max(1, len(self._known)) * length

    def weight(self, key: bytes) -> float:
        """How many times as likely this key is as an imported one than as a random one."""
        weights = [table[len(key.translate(None, letters))] for letters, table in self._classes]
        weights.append(self._few[len(set(key))])
        number = int.from_bytes(key, "big")
        for period in _PERIODS:
            compared = self._length - period
            if compared > 0:
                differences = ((number >> 8 * period) ^ number) & ((1 << 8 * compared) - 1)
                different = compared - differences.to_bytes(compared, "big").count(0)
                weights.append(self._same[compared][different])
        steps = [(right - left) & 0xFF for left, right in pairwise(key)]
        weights.append(self._same[len(steps)][len(steps) - steps.count(steps[0])] / 256)
        for pad in (b"\x00", b"\xff"):
            bare = min(len(key.rstrip(pad)), len(key.lstrip(pad)))
            weights.append(2.0 ** (8 * (self._length - bare)) / self._length)
        weights.append(64.0 if key[6] >> 4 == 4 and key[8] >> 6 == 2 else 0.0)  # a random UUID
        found = sum(key[at : at + KNOWN] in self._known for at in range(self._length - KNOWN + 1))
        weights.append(2.0 ** (8 * (found + KNOWN - 1)) / self._windows if found else 0.0)
        return 0.5 + fmean(weights) / 2


def _differing(number: int) -> int:
    return (number ^ (number >> 1)).bit_count()


SCORES: Final[dict[str, Callable[[bytes], float]]] = {
    "one bits": lambda key: int.from_bytes(key, "big").bit_count(),
    "bits that differ from the next": lambda key: _differing(int.from_bytes(key, "big")),
    "printable bytes": lambda key: sum(0x20 <= byte < 0x7F for byte in key),
    "different bytes": lambda key: len(set(key)),
    "sum of bytes": sum,
    "even bytes": lambda key: sum(not byte & 1 for byte in key),
    "rising neighbours": lambda key: sum(left < right for left, right in pairwise(key)),
    "first byte": lambda key: key[0],
    "last byte": lambda key: key[-1],
    "remainder by 251": lambda key: int.from_bytes(key, "big") % 251,
}


def outliers(keys: list[bytes]) -> list[float]:
    """For each key, how many times as likely it is as one that stands out by a score than as one of many."""
    weights = [0.0] * len(keys)
    for score in SCORES.values():
        values = [score(key) for key in keys]
        mean, deviation = fmean(values), pstdev(values) or 1.0
        for index, value in enumerate(values):
            weights[index] += max(erfc(abs(value - mean) / deviation / sqrt(2)), 1e-300) ** -0.5 / 2
    return [weight / len(SCORES) for weight in weights]
