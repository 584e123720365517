"""The health tests of raw bits: how often they are wrong, what they find, and what they take on the emulated Pico."""

import tempfile
from collections.abc import Callable
from math import comb, log2
from pathlib import Path

from figure import Figure

from dsc.crypto.health import BLOCK_BITS, LAG_CUTOFF, LAGS, PAIRS, RUN_CUTOFF, SHARE_CUTOFF, START_BLOCKS
from fakes import units
from hil.desk import EmulatedDesk
from host_tools.engines.open import open_engine

MOST_MISSED = 0.01  # of the sources that count as found
TIMED = """
import time
from dsc.app import factory
from dsc.crypto.health import HealthTests
from pico import oscillator
_token = factory._waiting._token
_token.board.link.open()
_block = bytearray(128)
def _timed(action):
    begun = time.ticks_us()
    action()
    print(time.ticks_diff(time.ticks_us(), begun))
_timed(lambda: oscillator.fill(_block))
_tests = HealthTests()
_timed(lambda: _tests.passes(_block))
_timed(lambda: _token.board.entropy.read_untested(32))
_timed(lambda: _token.board.entropy.stir())
_timed(lambda: _token.board.entropy.read(32))
_timed(lambda: _token.board.entropy.read(32))
_token.board.link.close()
"""


def at_least(n: int, cutoff: int, p: float) -> float:
    """The probability of at least `cutoff` of `n` events, each with the probability `p`."""
    return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(cutoff, n + 1))


def alarms() -> list[Figure]:
    """The chance that an ideal source fails a test, as a power of two."""
    lag = 2 * LAGS * at_least(PAIRS, LAG_CUTOFF, 0.5)
    return [
        Figure(
            "false alarm, ideal source: repetition, a bit", 1.0 - RUN_CUTOFF, "log2", "the claim's", -20.0
        ),
        Figure(
            "false alarm, ideal source: proportion, a block",
            log2(at_least(BLOCK_BITS - 1, SHARE_CUTOFF - 1, 0.5)),
            "log2",
            "the claim's",
            -20.0,
        ),
        Figure("false alarm, ideal source: period, a block", log2(lag), "log2", "the claim's", -20.0),
    ]


def least_found(chance: Callable[[float], float]) -> float:
    """The least share, in percent, that is found in a start-up test but for one case in a hundred."""
    for tenths in range(500, 1001):
        if (1 - chance(tenths / 1000)) ** START_BLOCKS <= MOST_MISSED:
            return tenths / 10
    raise ValueError("nothing is found")


def found() -> list[Figure]:
    """The faults that the start-up test finds by proportion or period alone."""
    return [
        Figure(
            "bias found by the start-up test: ones",
            least_found(lambda p: at_least(BLOCK_BITS - 1, SHARE_CUTOFF - 1, p) * p),
            "%",
        ),
        Figure(
            "guess found by the start-up test: from one bit before",
            least_found(lambda p: at_least(PAIRS, LAG_CUTOFF, p)),
            "%",
        ),
    ]


def times(folder: Path) -> list[Figure]:
    """What each step takes of a blank token on the emulated Pico."""
    with open_engine("rp2040", units.blank_unit(folder)) as engine:
        engine.power_on()
        said = EmulatedDesk(engine, units.UID).ask(TIMED).split()
    names = (
        "1,024 raw bits",
        "their health tests",
        "32 bytes for the order of scans",
        "a key's moment",
        "32 bytes for keys, the first, start-up test included",
        "32 bytes for keys, later",
    )
    return [Figure(name, int(took) / 1000, "ms") for name, took in zip(names, said, strict=True)]


def figures() -> list[Figure]:
    """All of them. Raises EngineMissingError if there is no image."""
    with tempfile.TemporaryDirectory() as folder:
        return alarms() + found() + times(Path(folder))
