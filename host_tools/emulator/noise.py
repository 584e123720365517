"""Noise that is the same every time: numbers made from a seed, a name and counts."""

from __future__ import annotations

import random
from hashlib import blake2b
from statistics import NormalDist

_NORMAL = NormalDist()


def number(seed: int, name: str, *counts: int) -> int:
    """64 bits, as good as random, that depend on all arguments and on nothing else."""
    text = f"{seed} {name} {' '.join(map(str, counts))}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def fraction(seed: int, name: str, *counts: int) -> float:
    """At least 0, less than 1, evenly spread."""
    return (number(seed, name, *counts) >> 11) / (1 << 53)


def normal(seed: int, name: str, *counts: int) -> float:
    """Normally distributed, with mean 0 and standard deviation 1."""
    return _NORMAL.inv_cdf((number(seed, name, *counts) % (1 << 52) + 0.5) / (1 << 52))


def content(length: int, seed: int, name: str, *counts: int) -> bytes:
    """`length` bytes, such as a memory holds that was never written."""
    return random.Random(number(seed, name, *counts)).randbytes(length)  # noqa: S311 - must be repeatable


def bits(length: int, share: float, seed: int, name: str, *counts: int) -> bytes:
    """`length` bytes in which each bit is set with the probability `share`, to the nearest 256th."""
    source = random.Random(number(seed, name, *counts))  # noqa: S311 - must be repeatable
    chosen = 0
    steps = round(share * 256)
    if steps >= 256:
        return b"\xff" * length
    for place in range(
        8
    ):  # of the share's binary digits, the last one first: each draw halves what is so far
        drawn = source.getrandbits(8 * length)
        chosen = chosen | drawn if steps >> place & 1 else chosen & drawn
    return chosen.to_bytes(length, "big")
