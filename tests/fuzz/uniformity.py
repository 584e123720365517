"""How probable a sample of challenges is if they are drawn evenly and independently: one p-value a statistic.

A p-value here is two-sided: what is more even than chance would make it is as suspect as what is less.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import comb, erfc, exp, lgamma, log, sqrt

DIGITS = 6
QUESTIONS = 10**DIGITS // 16 * 15  # those that are not divisible by 16
FIRST = 4  # so many first challenges of each device
BUCKETS, COARSE, DIFFERENCES = 250, 10, 100
LAGS = range(1, 9)
# One run in so many of a faultless sequence is to raise an alarm; the statistics share it evenly (Bonferroni), so it
# holds however they hang together. It is small, for a red run of `make fuzz` is to mean a fault: run each minute, it
# cries wolf once in two thousand years. That costs little: with 100,000 devices, buckets that are by turns 4.2 % too
# full and too empty are noticed, and at 1e-3 it would be 3.3 %. "About", for the distributions are those of large
# samples, which tails so thin follow to a small factor only. And challenges of one device do not come twice, so they
# are a little more even than independent ones: 5,000 of 937,500 shrink a variance by half a per cent, which moves no
# verdict.
FALSE_ALARM = 1e-9


@dataclass(frozen=True)
class Sample:
    """Challenges as numbers: the first ones of many devices, and long stretches of a few."""

    firsts: list[list[int]]
    stretches: list[list[int]]


def p_values(sample: Sample) -> dict[str, float]:
    """The p-value of each statistic, by its name."""
    return {name: statistic(sample) for name, statistic in STATISTICS.items()}


def alarms(sample: Sample) -> set[str]:
    """The statistics by which the sample is none of even and independent challenges."""
    return {name for name, p in p_values(sample).items() if p < BOUND}


# Of distributions.


def chi_square_p(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Of counts in cells that have these shares of the probability."""
    total = sum(counts)
    expected = [total * share for share in shares]
    square = sum((count - due) ** 2 / due for count, due in zip(counts, expected, strict=True))
    below, above = gamma_tails((len(counts) - 1) / 2, square / 2)
    return min(1.0, 2 * min(below, above))


def gamma_tails(a: float, x: float) -> tuple[float, float]:
    """P(a, x) and Q(a, x), the regularised incomplete gamma functions (DLMF 8.11.4 and 8.9.2), small ones exactly."""
    if x <= 0:
        return 0.0, 1.0
    scale = exp(a * log(x) - x - lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for step in itertools.count(1):
            term *= x / (a + step)
            total += term
            if term < total * 1e-16:
                break
        return scale * total, 1 - scale * total
    # The continued fraction, from its front (Lentz).
    b = x + 1 - a
    c, d = 1e300, 1 / b
    fraction = d
    for step in itertools.count(1):
        factor = step * (a - step)
        b += 2
        d = 1 / (factor * d + b)
        c = b + factor / c
        fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return 1 - scale * fraction, scale * fraction


def normal_p(value: float, mean: float, variance: float) -> float:
    """Of a value that is normal with this mean and variance."""
    return erfc(abs(value - mean) / sqrt(2 * variance))


# Of one challenge.


def place(question: int) -> int:
    """Where a question stands among all, which is even from 0 to QUESTIONS - 1; its digits are not quite."""
    return question // 16 * 15 + question % 16 - 1


def bucket(question: int, buckets: int) -> int:
    """Which of so many equal parts the place is in."""
    return place(question) * buckets // QUESTIONS


def even(cells: int) -> list[float]:
    """Equal shares."""
    return [1 / cells] * cells


def bucket_shares(buckets: int) -> list[float]:
    """The parts' shares, which differ by less than a place."""
    edges = [-(-QUESTIONS * number // buckets) for number in range(buckets + 1)]
    return [(end - begin) / QUESTIONS for begin, end in itertools.pairwise(edges)]


def digit_shares(position: int) -> list[float]:
    """How often each digit stands there, multiples of 16 being left out: the last four digits tell those."""
    power = 10 ** (DIGITS - 1 - position)
    if power >= 10_000:
        return even(10)
    counts = Counter(number // power % 10 for number in range(10_000) if number % 16)
    return [counts[digit] / counts.total() for digit in range(10)]


def counted(cells: Iterable[int], number: int) -> list[int]:
    """How many there are in each of so many cells."""
    counts = Counter(cells)
    return [counts[cell] for cell in range(number)]


# Of a sample.


def digit_at(position: int) -> Callable[[Sample], float]:
    """Whether each digit stands at the position of first challenges as often as it should."""

    def statistic(sample: Sample) -> float:
        power = 10 ** (DIGITS - 1 - position)
        cells = (first[0] // power % 10 for first in sample.firsts)
        return chi_square_p(counted(cells, 10), digit_shares(position))

    return statistic


def by_sixteen(sample: Sample) -> float:
    """Whether first challenges leave each rest, divided by 16, as often."""
    return chi_square_p(counted((first[0] % 16 - 1 for first in sample.firsts), 15), even(15))


def in_buckets(sample: Sample) -> float:
    """Whether first challenges are in each part of all questions as often."""
    cells = (bucket(first[0], BUCKETS) for first in sample.firsts)
    return chi_square_p(counted(cells, BUCKETS), bucket_shares(BUCKETS))


def the_same(sample: Sample) -> float:
    """How many pairs of devices have the same first challenge."""
    counts = Counter(first[0] for first in sample.firsts)
    pairs, found = comb(len(sample.firsts), 2), sum(comb(count, 2) for count in counts.values())
    return normal_p(found, pairs / QUESTIONS, pairs / QUESTIONS * (1 - 1 / QUESTIONS))


def of_one_device(index: int) -> Callable[[Sample], float]:
    """Whether a device's challenges at the index and the next one know of each other."""
    return lambda sample: pairs_p((first[index], first[index + 1]) for first in sample.firsts)


def of_neighbours(index: int) -> Callable[[Sample], float]:
    """Whether two devices' challenges at the same index correlate."""
    return lambda sample: correlation_p([[first[index] for first in sample.firsts]], 1)


def between_neighbours(index: int) -> Callable[[Sample], float]:
    """Whether two devices' challenges at the same index differ by anything as often."""
    return lambda sample: differences_p([[first[index] for first in sample.firsts]], 0)


def at_lag(lag: int) -> Callable[[Sample], float]:
    """Whether a device's challenges correlate with those so much later."""
    return lambda sample: correlation_p(sample.stretches, lag)


def successive_pairs(sample: Sample) -> float:
    """Whether each pair of parts follows on each other as often."""
    return pairs_p(
        itertools.chain.from_iterable(zip(one[::2], one[1::2], strict=False) for one in sample.stretches)
    )


def successive_differences(sample: Sample) -> float:
    """Whether successive challenges differ by anything as often; never by nothing."""
    return differences_p(sample.stretches, 1)


def runs(sample: Sample) -> float:
    """How often successive challenges change from the lower half to the upper one, or back (Wald and Wolfowitz)."""
    changes = trials = 0
    for one in sample.stretches:
        halves = [bucket(question, 2) for question in one]
        changes += sum(a != b for a, b in itertools.pairwise(halves))
        trials += len(one) - 1
    return normal_p(changes, trials / 2, trials / 4)


def orders(sample: Sample) -> float:
    """In which order of size four successive challenges stand: each of 24 as often."""
    counts: Counter[tuple[int, ...]] = Counter()
    for one in sample.stretches:
        for four in zip(one[::4], one[1::4], one[2::4], one[3::4], strict=False):
            counts[tuple(sorted(range(4), key=four.__getitem__))] += 1
    return chi_square_p([counts[order] for order in itertools.permutations(range(4))], even(24))


def pairs_p(pairs: Iterable[tuple[int, int]]) -> float:
    """Of pairs, in cells of both parts."""
    shares = bucket_shares(COARSE)
    cells = (bucket(one, COARSE) * COARSE + bucket(two, COARSE) for one, two in pairs)
    return chi_square_p(counted(cells, COARSE**2), [one * two for one in shares for two in shares])


def correlation_p(series: Iterable[list[int]], lag: int) -> float:
    """Of the sum of products of standardised places that are so far apart."""
    mean, deviation = (QUESTIONS - 1) / 2, sqrt((QUESTIONS**2 - 1) / 12)
    total, count = 0.0, 0
    for one in series:
        standard = [(place(question) - mean) / deviation for question in one]
        total += sum(a * b for a, b in zip(standard, standard[lag:], strict=False))
        count += len(one) - lag
    return normal_p(total, 0, count)


def differences_p(series: Iterable[list[int]], least: int) -> float:
    """Of the distances from a place to the next one's, round the end of all; the least is 1 where none comes twice."""
    span = QUESTIONS - least
    cells = [
        ((place(two) - place(one)) % QUESTIONS - least) * DIFFERENCES // span
        for one_series in series
        for one, two in itertools.pairwise(one_series)
    ]
    return chi_square_p(counted(cells, DIFFERENCES), even(DIFFERENCES))


def _statistics() -> Iterator[tuple[str, Callable[[Sample], float]]]:
    for position in range(DIGITS):
        yield f"first challenges: digit {position + 1}", digit_at(position)
    yield "first challenges: rest by 16", by_sixteen
    yield f"first challenges: {BUCKETS} buckets", in_buckets
    yield "first challenges: devices with the same", the_same
    for index in range(FIRST - 1):
        yield f"each device: challenge {index + 1} and the next", of_one_device(index)
    for index in range(FIRST):
        yield f"neighbouring devices, challenge {index + 1}: correlation", of_neighbours(index)
        yield f"neighbouring devices, challenge {index + 1}: differences", between_neighbours(index)
    for lag in LAGS:
        yield f"one device: correlation at lag {lag}", at_lag(lag)
    yield "one device: successive pairs", successive_pairs
    yield "one device: successive differences", successive_differences
    yield "one device: runs above and below the middle", runs
    yield "one device: order of four in a row", orders


STATISTICS = dict(_statistics())
BOUND = FALSE_ALARM / len(STATISTICS)
