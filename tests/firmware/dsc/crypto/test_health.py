"""The health tests of raw bits: their cutoffs follow from the claim, bad sources fail, good ones never do."""

import random
from decimal import Decimal, localcontext
from itertools import pairwise
from math import ceil, comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsc.crypto import health
from dsc.crypto.health import (
    BLOCK_BITS,
    BLOCK_BYTES,
    LAG_CUTOFF,
    LAGS,
    PAIRS,
    PERIOD,
    PROPORTION,
    REPETITION,
    RUN_CUTOFF,
    SCREEN_PAIRS,
    SHARE_CUTOFF,
    START_BLOCKS,
    SUSPICIOUS,
    HealthTests,
    agreements,
)

MIN_ENTROPY = Decimal("0.5")  # bits a sample: the claim of docs/entropy.md
ALPHA_EXPONENT = 20
BLOCKS_OF_A_MILLION = 1_000_000 // BLOCK_BITS + 1


def packed(bits) -> bytearray:
    """Bits in the order in which they came, eight to a byte, the first one lowest."""
    bits = list(bits)
    return bytearray(
        sum(bit << place for place, bit in enumerate(bits[i : i + 8])) for i in range(0, len(bits), 8)
    )


def blocks(bits):
    """Whole blocks of the bits that `bits` gives."""
    while True:
        yield packed([next(bits) for _ in range(BLOCK_BITS)])


def failure(bits, most_blocks: int = START_BLOCKS) -> str:
    """The test that a source fails within so many blocks."""
    tests = HealthTests()
    for _, block in zip(range(most_blocks), blocks(iter(bits)), strict=False):
        if not tests.passes(block):
            break
    return tests.failed


def endless(bit):
    """A source whose n-th bit is bit(n)."""
    number = 0
    while True:
        yield bit(number)
        number += 1


def biased(ones, seed=1):
    source = random.Random(seed)
    return endless(lambda _: int(source.random() < ones))


def sticky(stays, seed=1):
    source = random.Random(seed)
    last = 0
    while True:
        last ^= source.random() >= stays
        yield last


def exceeding(n: int, cutoff: int, p: Decimal) -> Decimal:
    """The probability that at least `cutoff` of `n` independent guesses are right, each with the probability `p`."""
    with localcontext() as context:
        context.prec = 60
        return sum((comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(cutoff, n + 1)), Decimal(0))


def smallest_cutoff(n: int, alpha: Decimal) -> int:
    """1 + critbinom(n, 2^-H, 1 - alpha) of SP 800-90B, section 4.4.2."""
    p = Decimal(2) ** -MIN_ENTROPY
    cutoff = int(n * p)
    while exceeding(n, cutoff, p) > alpha:
        cutoff += 1
    return cutoff


def test_the_cutoffs_follow_from_the_claim_and_alpha():
    alpha = Decimal(2) ** -ALPHA_EXPONENT
    assert ceil(ALPHA_EXPONENT / MIN_ENTROPY) + 1 == RUN_CUTOFF
    assert smallest_cutoff(BLOCK_BITS, alpha) == SHARE_CUTOFF
    assert smallest_cutoff(PAIRS, alpha / (2 * LAGS)) == LAG_CUTOFF


def test_the_screen_lets_hardly_a_source_pass_that_the_whole_count_would_find():
    share = Decimal(LAG_CUTOFF) / PAIRS
    assert 1 - exceeding(SCREEN_PAIRS, SUSPICIOUS, share) < Decimal("1e-5")


def test_the_start_up_test_sees_at_least_the_1024_bits_of_the_standard():
    assert START_BLOCKS * BLOCK_BITS >= 1024


@pytest.mark.parametrize("bit", [0, 1])
@pytest.mark.parametrize("before", [0, 1, 500, 1000, 1020])
def test_so_many_equal_bits_in_a_row_fail_and_one_fewer_pass(bit, before):
    """Over the end of a block too: a run may begin in one and end in the next."""
    source = random.Random(before)
    noise = [source.getrandbits(1) for _ in range(2 * BLOCK_BITS)]
    for length, expected in ((RUN_CUTOFF - 1, ""), (RUN_CUTOFF, REPETITION)):
        bits = list(noise)
        bits[before : before + length] = [bit] * length
        bits[before + length] = 1 - bit
        if before:
            bits[before - 1] = 1 - bit
        assert failure(bits, 2) == expected


@pytest.mark.parametrize("bit", [0, 1])
def test_so_many_bits_like_the_first_fail_and_one_fewer_pass(bit, monkeypatch):
    monkeypatch.setattr(health, "SUSPICIOUS", SCREEN_PAIRS + 1)  # such a block has a period as well, almost
    source = random.Random(1)
    for same, expected in ((SHARE_CUTOFF - 1, ""), (SHARE_CUTOFF, PROPORTION)):
        rest = [bit] * (same - 1) + [1 - bit] * (BLOCK_BITS - same)
        while True:
            source.shuffle(rest)
            if longest_run([bit, *rest]) < RUN_CUTOFF:
                break
        assert failure([bit, *rest], 1) == expected


def longest_run(bits):
    longest = run = 1
    for before, bit in pairwise(bits):
        run = run + 1 if bit == before else 1
        longest = max(longest, run)
    return longest


@pytest.mark.parametrize("lag", [1, 2, 7, 8, 33, 63, 64])
@pytest.mark.parametrize("agreeing", [True, False])
def test_so_many_bits_guessed_from_one_before_them_fail_and_one_fewer_pass(lag, agreeing, monkeypatch):
    """Alone: the block is made so that only this lag can tell."""
    monkeypatch.setattr(health, "RUN_CUTOFF", BLOCK_BITS + 1)
    monkeypatch.setattr(health, "SHARE_CUTOFF", BLOCK_BITS + 1)
    source = random.Random(lag)
    for right, expected in ((LAG_CUTOFF - 1, ""), (LAG_CUTOFF, PERIOD)):
        guesses = [True] * right + [False] * (PAIRS - right)
        source.shuffle(guesses)
        bits = [source.getrandbits(1) for _ in range(LAGS)]
        for is_right in guesses:
            bits.append(bits[-lag] ^ (is_right != agreeing))
        counts = {other: agreements(as_number(bits), other, PAIRS) for other in range(1, LAGS + 1)}
        others = [count for other, count in counts.items() if other % lag or other > 2 * lag]
        assert counts[lag] == (right if agreeing else PAIRS - right)
        assert all(PAIRS - LAG_CUTOFF < count < LAG_CUTOFF for count in others)
        assert failure(bits, 1) == expected


def as_number(bits) -> int:
    return int.from_bytes(packed(bits), "little")


@given(
    st.binary(min_size=BLOCK_BYTES, max_size=BLOCK_BYTES),
    st.integers(1, LAGS),
    st.sampled_from([8, 240, 960]),
)
def test_agreements_are_those_that_comparing_bit_by_bit_finds(block, lag, pairs):
    bits = [block[i // 8] >> i % 8 & 1 for i in range(BLOCK_BITS)]
    expected = sum(bits[i] == bits[i - lag] for i in range(LAGS, LAGS + pairs))
    assert agreements(int.from_bytes(block, "little"), lag, pairs) == expected


@given(st.integers(0, 1))
def test_a_stuck_source_fails_at_once(bit):
    assert failure([bit] * BLOCK_BITS, 1) == REPETITION


@settings(max_examples=200)
@given(st.lists(st.integers(0, 1), min_size=1, max_size=LAGS))
def test_a_source_of_a_period_of_up_to_64_bits_fails_in_its_first_block(pattern):
    assert failure(endless(lambda n: pattern[n % len(pattern)]), 1)


@given(st.lists(st.integers(0, 1), min_size=33, max_size=LAGS))
def test_a_pattern_that_is_inverted_each_time_fails_too(pattern):
    assert failure(endless(lambda n: pattern[n % len(pattern)] ^ n // len(pattern) & 1), 1)


def test_a_period_between_noise_of_one_bit_in_ten_is_found():
    source = random.Random(1)
    assert failure(endless(lambda n: (n // 3 ^ (source.random() < 0.1)) & 1)) == PERIOD


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("ones", [0.1, 0.15, 0.85, 0.9])
def test_a_source_of_less_entropy_than_claimed_by_its_bias_fails_before_the_first_output(ones, seed):
    assert failure(biased(ones, seed))  # in a block that begins with the rare bit, proportion is blind


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("stays", [0.1, 0.15, 0.85, 0.9])
def test_a_source_whose_bits_follow_from_one_another_fails_before_the_first_output(stays, seed):
    assert failure(sticky(stays, seed)) in (REPETITION, PERIOD)


@pytest.mark.parametrize("after", [0, 100, 1500, 4000])
def test_a_source_that_dies_fails_within_two_blocks_of_its_death(after):
    source = random.Random(after)
    assert failure(endless(lambda n: source.getrandbits(1) if n < after else 0), after // BLOCK_BITS + 2)


@pytest.mark.parametrize(
    "bits",
    [
        pytest.param(lambda: biased(0.5), id="good"),
        pytest.param(lambda: biased(0.6), id="biased to 0.6"),
        pytest.param(lambda: sticky(0.6), id="sticky by 0.6"),
    ],
)
def test_a_million_bits_of_a_source_better_than_claimed_raise_no_alarm(bits, counted):
    assert failure(bits(), BLOCKS_OF_A_MILLION) == ""
    counted(
        f"no false alarm in {BLOCKS_OF_A_MILLION * BLOCK_BITS} bits of a source that is better than claimed"
    )


def test_a_source_at_the_claim_itself_fails_hardly_ever():
    """Bits of exactly 0.5 bits of min-entropy: in 100 blocks, 0.03 alarms are to be expected, all of runs."""
    assert failure(biased(0.7071, 3), 100) == ""


@pytest.mark.parametrize(
    ("bad", "named"),
    [(bytearray(BLOCK_BYTES), REPETITION), (bytearray(b"\x55" * BLOCK_BYTES), PERIOD)],
    ids=["zeros", "alternating"],
)
def test_a_failure_is_for_ever_under_its_first_name(bad, named):
    tests = HealthTests()
    good = bytearray(random.Random(1).randbytes(BLOCK_BYTES))
    assert tests.passes(good)
    assert not tests.passes(bad)
    assert tests.failed == named
    for later in (good, bytearray(BLOCK_BYTES), bytearray(b"\x55" * BLOCK_BYTES)):
        assert not tests.passes(later)
        assert tests.failed == named
