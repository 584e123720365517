"""The challenge sequence: every question once, none that OCRA takes for another, in a keyed order."""

import functools
import itertools
import random

import pytest

from dsc.crypto.ocra import Suite, padded_question
from host_tools.inventory.challenges import LENGTHS, ChallengeSequence, question_count
from host_tools.inventory.errors import QuestionLengthError, SequenceExhaustedError

KEY = bytes(range(32))
FROZEN_6 = ["069387", "981995", "955170", "867933"]
FROZEN_18 = ["013017881254349981", "261684946334343922"]


def test_six_digits_give_937500_questions():
    assert question_count(6) == 937_500


def test_all_six_digit_questions_come_exactly_once():
    sequence = ChallengeSequence(KEY, 6)
    # The round function has 10 x 1024 values only, so remembering them makes the whole sequence affordable.
    sequence._round = functools.cache(sequence._round)
    questions = {sequence.question(index) for index in range(sequence.count)}
    assert len(questions) == 937_500
    assert {len(question) for question in questions} == {6}
    assert not [question for question in questions if int(question) % 16 == 0]


def test_all_four_digit_questions_are_different_to_ocra():
    suite = Suite.parse("OCRA-1:HOTP-SHA256-8:QN04")
    sequence = ChallengeSequence(KEY, 4)
    padded = {bytes(padded_question(suite, sequence.question(index))) for index in range(sequence.count)}
    assert len(padded) == sequence.count == 9375


@pytest.mark.parametrize("length", LENGTHS)
def test_each_length_has_full_length_questions_that_do_not_repeat(length):
    sequence = ChallengeSequence(KEY, length)
    picked = random.Random(length)
    places = {0, sequence.count - 1, *(picked.randrange(sequence.count) for _ in range(300))}
    questions = [sequence.question(place) for place in places]
    assert len(set(questions)) == len(places)
    assert {len(question) for question in questions} == {length}
    assert all(question.isdigit() and int(question) % 16 for question in questions)


def test_leading_zeros_are_kept():
    sequence = ChallengeSequence(KEY, 4)
    assert [question for question in map(sequence.question, range(300)) if question.startswith("0")]


@pytest.mark.parametrize("index", [937_500, 10**9, -1])
def test_the_end_of_the_sequence_is_named(index):
    with pytest.raises(SequenceExhaustedError) as refused:
        ChallengeSequence(KEY, 6).question(index)
    assert refused.value.count == 937_500


@pytest.mark.parametrize("length", [0, 3, 19, 64])
def test_other_lengths_are_refused(length):
    with pytest.raises(QuestionLengthError, match="4 to 18"):
        ChallengeSequence(KEY, length)


def test_two_keys_give_two_orders():
    one, two = ChallengeSequence(KEY, 6), ChallengeSequence(KEY[::-1], 6)
    same = sum(one.question(index) == two.question(index) for index in range(500))
    assert same <= 2


def test_two_lengths_under_one_key_have_nothing_in_common():
    one, two = ChallengeSequence(KEY, 6), ChallengeSequence(KEY, 8)
    assert not {one.question(index) for index in range(100)} & {
        two.question(index)[2:] for index in range(20)
    }


def test_the_sequence_stays_what_it_was():
    """Once challenges were issued, the order may never change: it would repeat some."""
    assert [ChallengeSequence(KEY, 6).question(index) for index in range(4)] == FROZEN_6
    assert [ChallengeSequence(KEY, 18).question(index) for index in range(2)] == FROZEN_18


def chi_square(counts):
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 / expected for count in counts)


def test_first_challenges_over_many_keys_are_uniform():
    counts = [0] * 100
    for number in range(10_000):
        place = int(ChallengeSequence(number.to_bytes(32, "big"), 6).question(0))
        counts[place * 100 // 1_000_000] += 1
    # 99 degrees of freedom: a fair sequence passes 161 once in ten thousand times; these keys are fixed.
    assert chi_square(counts) < 161


def test_successive_challenges_are_uncorrelated():
    sequence = ChallengeSequence(KEY, 6)
    numbers = [int(sequence.question(index)) for index in range(5_000)]
    counts = [0] * 100
    for one, two in itertools.pairwise(numbers):
        counts[one * 10 // 1_000_000 * 10 + two * 10 // 1_000_000] += 1
    assert chi_square(counts) < 161
