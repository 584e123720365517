"""What chance alone would give: bounds for tests whose outcome is random, with the probability of a false alarm."""

from math import comb, log, sqrt


def greatest_distance(shares: list[float]) -> float:
    """The Kolmogorov–Smirnov distance of values between 0 and 1 from the uniform distribution."""
    values = sorted(shares)
    count = len(values)
    return max(max((index + 1) / count - value, value - index / count) for index, value in enumerate(values))


def distance_by_chance(count: int, false_alarm: float) -> float:
    """What that distance exceeds at most so often if the values are uniform (Massart's form of the DKW bound)."""
    return sqrt(log(2 / false_alarm) / (2 * count))


def hits_by_chance(count: int, probability: float, false_alarm: float) -> int:
    """The least number that hits of this probability reach, among `count`, at most so often."""
    tail, hits = 1.0, 0
    while tail > false_alarm:
        tail -= comb(count, hits) * probability**hits * (1 - probability) ** (count - hits)
        hits += 1
    return hits


def most(count: int, probability: float) -> float:
    """What hits of this probability among `count` exceed less than once in 1e9 times (seven standard deviations).

    For expected hits of 100 or more, where `hits_by_chance` has numbers too large for a float.
    """
    return count * probability + _seven_deviations(count, probability)


def least(count: int, probability: float) -> float:
    """What they fall short of as rarely."""
    return count * probability - _seven_deviations(count, probability)


def _seven_deviations(count: int, probability: float) -> float:
    return 7 * sqrt(count * probability * (1 - probability))
