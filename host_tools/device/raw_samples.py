"""Records raw bits of a board's ring oscillator, for an assessment as SP 800-90B asks for it (docs/entropy.md).

The board is a blank token, or one with the sources of `make deploy`: its own code takes the bits, spaced as for keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import log2, sqrt
from typing import TYPE_CHECKING, Final

from dsc.crypto.health import BLOCK_BYTES, HealthTests
from host_tools.device.errors import RawSamplesError
from host_tools.device.repl import Repl

if TYPE_CHECKING:
    from mpremote.transport_serial import SerialTransport

# Packed bits that the board takes at a time: as text they fit its USB buffer of 256 bytes.
PIECE_BYTES: Final = 96
PREPARE: Final = f"from pico import oscillator; _raw = bytearray({PIECE_BYTES})"
TAKE: Final = "oscillator.fill(_raw); print(_raw.hex())"
CONFIDENCE: Final = 2.576  # standard deviations of 99 % (SP 800-90B, section 6.3.1)


@dataclass(frozen=True)
class Look:
    """A first look at samples: how many, how many ones, the estimate by the most common value, a failed test.

    `most` is the estimate of SP 800-90B, section 6.3.1, in bits a sample: true entropy may be far below it.
    """

    samples: int
    ones: int
    most: float
    failed: str


def record(
    transport: SerialTransport, samples: int, progress: Callable[[int], None] = lambda done: None
) -> Iterator[bytes]:
    """At least `samples` consecutive bits but for pauses between pieces, packed as the firmware packs them.

    `progress` is given the number of samples so far. Raises BoardLeftError, BoardScriptError,
    RawSamplesError.
    """
    repl = Repl(transport)
    repl.interrupt()
    repl.run(PREPARE, "preparing the oscillator")
    for done in range(0, samples, PIECE_BYTES * 8):
        yield _piece(repl.run(TAKE, "taking raw bits"))
        progress(min(samples, done + PIECE_BYTES * 8))
    repl.leave()


def unpacked(packed: bytes) -> bytes:
    """One byte of 0 or 1 for each sample, as NIST's tools read them, in the order in which they were taken."""
    return bytes(byte >> place & 1 for byte in packed for place in range(8))


def look(packed: bytes) -> Look:
    """A first look at whole blocks of bits."""
    samples = len(packed) * 8
    ones = sum(byte.bit_count() for byte in packed)
    share = max(ones, samples - ones) / samples
    bound = min(1.0, share + CONFIDENCE * sqrt(share * (1 - share) / (samples - 1)))
    tests = HealthTests()
    for start in range(0, len(packed) - BLOCK_BYTES + 1, BLOCK_BYTES):
        tests.passes(bytearray(packed[start : start + BLOCK_BYTES]))
    return Look(samples, ones, -log2(bound) if bound < 1 else 0.0, tests.failed)


def _piece(said: str) -> bytes:
    try:
        piece = bytes.fromhex(said.strip())
    except ValueError as error:
        raise RawSamplesError from error
    if len(piece) != PIECE_BYTES:
        raise RawSamplesError
    return piece
