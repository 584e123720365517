"""The Pico's Entropy port: the ring oscillator's raw bits, stirred by the timer and the temperature sensor."""

import time

from dsc import entropy
from pico import oscillator


class Entropy(entropy.Entropy):
    """Not `os.urandom`, which on this chip runs the oscillator's bits through a shift register, tests none, and hides
    from a health test what they are like."""

    def __init__(self, uid: bytes) -> None:
        super().__init__(oscillator.fill, uid, _microseconds, oscillator.temperature_noise)


def _microseconds() -> int:
    return time.ticks_diff(time.ticks_us(), 0)
