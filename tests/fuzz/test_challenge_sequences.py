"""A small run of what `make fuzz` does to the challenges, and flaws that each of its statistics has to notice."""

import random
import sys
from dataclasses import replace
from math import exp

import pytest

from fakes.chance import distance_by_chance, greatest_distance
from fuzz import challenge_sequences, uniformity
from fuzz.uniformity import FIRST, LAGS, QUESTIONS, STATISTICS, Sample, alarms, p_values, place
from host_tools.inventory.challenges import ChallengeSequence

DEVICES, STRETCHES, LENGTH = 4_000, 8, 2_000
SEED = 6287
POSITIONS = range(uniformity.DIGITS)


@pytest.fixture(scope="module")
def sound():
    """Challenges as they are."""
    return Sample(
        challenge_sequences.firsts(SEED, range(DEVICES)),
        [challenge_sequences.stretch(SEED, number, LENGTH) for number in range(STRETCHES)],
    )


def question(place):
    """The question at a place."""
    block, offset = divmod(place % QUESTIONS, 15)
    return block * 16 + offset + 1


def each_first(change):
    """A flaw of each device's first challenges; `change` gets them as a list, and the device's number."""

    def flawed(sample):
        firsts = [list(first) for first in sample.firsts]
        for number, first in enumerate(firsts):
            change(first, number, firsts)
        return replace(sample, firsts=firsts)

    return flawed


def each_stretch(change):
    """A flaw of each stretch; `change` gets its numbers and an index."""

    def flawed(sample):
        stretches = [list(stretch) for stretch in sample.stretches]
        for stretch in stretches:
            for index in range(len(stretch)):
                change(stretch, index)
        return replace(sample, stretches=stretches)

    return flawed


def without_nought(position):
    """Noughts at the position are ones."""
    power = 10 ** (uniformity.DIGITS - 1 - position)

    def change(first, number, firsts):
        if first[0] // power % 10 == 0:
            first[0] += power

    return each_first(change)


def odd(first, number, firsts):
    first[0] |= 1


def without_walking(first, number, firsts):
    """A permutation of 2^20 values, cut to size by division: low places come twice as often."""
    first[0] = question(random.Random(number).randrange(1 << 20))


def few_keys(first, number, firsts):
    first[:] = firsts[number % 1024]


def like_the_one_before(index):
    def change(first, number, firsts):
        if number % 10 == 0:
            first[index + 1] = first[index]

    return each_first(change)


def like_the_neighbour(index):
    def change(first, number, firsts):
        if number % 3 == 1:
            first[index] = firsts[number - 1][index]

    return each_first(change)


def at_a_distance_from_the_neighbour(index):
    def change(first, number, firsts):
        if number % 3 == 1:
            first[index] = question(place(firsts[number - 1][index]) + QUESTIONS // 4)

    return each_first(change)


def like_an_earlier_one(lag):
    def change(stretch, index):
        if index >= lag and index % 5 == 0:
            stretch[index] = stretch[index - lag]

    return each_stretch(change)


def at_a_distance(stretch, index):
    if index % 5 == 1:
        stretch[index] = question(place(stretch[index - 1]) + QUESTIONS // 4)


def by_turns(stretch, index):
    """One in five avoids the half of the one before."""
    if index % 5 == 1 and (place(stretch[index]) < QUESTIONS // 2) == (
        place(stretch[index - 1]) < QUESTIONS // 2
    ):
        stretch[index] = question(QUESTIONS - 1 - place(stretch[index]))


def rising(stretch, index):
    """One group of four in five is in order of size."""
    if index % 20 == 0:
        stretch[index : index + 4] = sorted(stretch[index : index + 4])


FLAWS = {
    **{f"first challenges: digit {position + 1}": without_nought(position) for position in POSITIONS},
    "first challenges: rest by 16": each_first(odd),
    f"first challenges: {uniformity.BUCKETS} buckets": each_first(without_walking),
    "first challenges: devices with the same": each_first(few_keys),
    **{
        f"each device: challenge {index + 1} and the next": like_the_one_before(index)
        for index in range(FIRST - 1)
    },
    **{
        f"neighbouring devices, challenge {index + 1}: correlation": like_the_neighbour(index)
        for index in range(FIRST)
    },
    **{
        f"neighbouring devices, challenge {index + 1}: differences": at_a_distance_from_the_neighbour(index)
        for index in range(FIRST)
    },
    **{f"one device: correlation at lag {lag}": like_an_earlier_one(lag) for lag in LAGS},
    "one device: successive pairs": like_an_earlier_one(1),
    "one device: successive differences": each_stretch(at_a_distance),
    "one device: runs above and below the middle": each_stretch(by_turns),
    "one device: order of four in a row": each_stretch(rising),
}


def test_challenges_as_they_are_raise_no_alarm(sound):
    assert alarms(sound) == set()


@pytest.mark.parametrize("name", STATISTICS)
def test_each_statistic_notices_a_flaw_of_its_kind(sound, name):
    assert name in alarms(FLAWS[name](sound))


def test_p_values_of_what_is_even_and_independent_are_even():
    chance = random.Random(SEED)
    found = []
    for _ in range(40):
        drawn = [question(chance.randrange(QUESTIONS)) for _ in range(8_000)]
        firsts = [drawn[index : index + FIRST] for index in range(0, 4_000, FIRST)]
        values = p_values(Sample(firsts, [drawn[4_000:6_000], drawn[6_000:]]))
        del values["first challenges: devices with the same"]  # of so few devices hardly any
        found += values.values()
    assert greatest_distance(found) < distance_by_chance(len(found), uniformity.FALSE_ALARM)


@pytest.mark.parametrize(
    ("freedom", "square", "above"),
    [(9, 21.665994, 0.01), (99, 134.641617, 0.01), (9, 4.168159, 0.9), (2, 50, exp(-25)), (2, 0, 1)],
)
def test_tails_of_chi_square_are_those_of_the_tables(freedom, square, above):
    below, beyond = uniformity.gamma_tails(freedom / 2, square / 2)
    assert beyond == pytest.approx(above, rel=1e-6)
    assert below == pytest.approx(1 - above, rel=1e-6)


# The whole sequence.


def test_a_sequence_that_is_whole_has_no_faults():
    assert challenge_sequences.faults_of(ChallengeSequence(bytes(32), 4)) == []


class TwiceTheSame(ChallengeSequence):
    def question(self, index):
        return super().question(max(index, 1))


class OfAllNumbers(ChallengeSequence):
    def question(self, index):
        return f"{index:0{self.length}d}"


class WithoutNoughts(ChallengeSequence):
    def question(self, index):
        return super().question(index).lstrip("0")


@pytest.mark.parametrize(
    ("flawed", "faults"),
    [
        (TwiceTheSame, ["1 questions missing"]),
        # 1 and 16 are one question (hexadecimal 1 and 10), so the end is not reached; 0 is one that is not asked.
        (OfAllNumbers, ["585 questions missing", "586 questions divisible by 16"]),
        (WithoutNoughts, ["937 questions of another length"]),
    ],
)
def test_a_sequence_that_is_not_whole_is_told(flawed, faults):
    assert challenge_sequences.faults_of(flawed(bytes(32), 4)) == faults


# The program.


def run(monkeypatch, *options):
    monkeypatch.setattr(sys, "argv", ["challenge_sequences.py", "--seed", "1", "--keys", "0", *options])
    return challenge_sequences.main()


def test_the_program_prints_a_table_of_all_statistics(monkeypatch, capsys):
    assert run(monkeypatch, "--count", "300", "--stretches", "1", "--jobs", "1") == 0
    printed = capsys.readouterr().out
    assert "300 devices (seed 1)" in printed
    assert [name for name in STATISTICS if name not in printed] == []
    assert "0 faults" in printed


def test_a_statistic_out_of_bounds_fails_the_program(monkeypatch, capsys):
    monkeypatch.setattr(challenge_sequences, "BOUND", 1.1)
    assert run(monkeypatch, "--count", "300", "--stretches", "1", "--jobs", "1") == 1
    assert f"{len(STATISTICS)} faults" in capsys.readouterr().out
