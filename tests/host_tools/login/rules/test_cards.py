"""Security code cards: values that follow from a secret, and the choice of those that a login asks for."""

import hashlib
import hmac
import itertools
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import chance
from fakes.chance import least, most
from host_tools.login.rules import cards
from host_tools.login.rules.cards import Shape
from host_tools.login.rules.code_errors import (
    CardIndexError,
    CardUsedUpError,
    MalformedCodeError,
    ShapeError,
)

CLEAR = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
SHAPE = Shape(224, 3, CLEAR)
SECRET = bytes(range(32))
FROZEN = [b"6RV", b"SEC", b"38Z", b"H4Q", b"TP7"]
FROZEN_DIGEST = "6b5eb98c5b14ff42bc9923511f80b9c364f1e37c165fdbc36a6a96f9cf65feff"
SHAPES = [SHAPE, Shape(1000, 3, "0123456789"), Shape(300, 16, CLEAR + "01I"), Shape(2, 1, "AB")]


def independently(secret, index, length, alphabet):
    """A value as docs/formats.md has it, by another HMAC and another way of reading the stream."""
    key = hmac.new(bytes(32), secret, hashlib.sha256).digest()
    info = b"picodsc card 1" + bytes(divmod(index, 256))
    stream, block = b"", b""
    for number in range(1, 256):
        block = hmac.new(key, block + info + bytes([number]), hashlib.sha256).digest()
        stream += block
    even = [byte for byte in stream if byte // len(alphabet) < 256 // len(alphabet)]
    return "".join(alphabet[byte % len(alphabet)] for byte in even[:length]).encode()


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.count}x{shape.length}")
def test_values_are_those_of_an_independent_computation(shape):
    made = cards.values(bytearray(SECRET), shape)
    assert len(made) == shape.count
    for index, value in enumerate(made, 1):
        assert value == independently(SECRET, index, shape.length, shape.alphabet)
        assert value == cards.value(bytearray(SECRET), index, shape)


def test_the_values_of_a_secret_never_change():
    """Once a card is printed, these can't be redefined."""
    made = cards.values(bytearray(SECRET), SHAPE)
    assert [bytes(made[index - 1]) for index in (1, 2, 50, 100, 224)] == FROZEN
    assert hashlib.sha256(b"".join(made)).hexdigest() == FROZEN_DIGEST


def test_every_character_comes_equally_often_whatever_the_size_of_the_alphabet():
    for alphabet in (CLEAR, "0123456789", CLEAR + "01I"):
        shape = Shape(6000, 3, alphabet)
        counts = Counter(b"".join(cards.values(bytearray(SECRET), shape)).decode())
        assert set(counts) == set(alphabet)
        assert max(counts.values()) <= most(3 * shape.count, 1 / len(alphabet))
        assert min(counts.values()) >= least(3 * shape.count, 1 / len(alphabet))


def test_two_secrets_make_two_cards():
    first, second = (cards.values(cards.new_secret(), SHAPE) for _ in range(2))
    same = sum(a == b for a, b in zip(first, second, strict=True))
    assert same < chance.hits_by_chance(SHAPE.count, len(CLEAR) ** -3, 1e-9)


def test_a_secret_is_32_bytes_by_chance_and_stays_as_it_is():
    secret = cards.new_secret()
    assert len(secret) == 32
    before = bytes(secret)
    cards.values(secret, SHAPE)
    cards.judge(secret, 1, 2, "AAAAAA", SHAPE)
    assert secret == before


def answer(first, second):
    return (
        cards.value(bytearray(SECRET), first, SHAPE) + cards.value(bytearray(SECRET), second, SHAPE)
    ).decode()


def test_the_two_values_are_accepted_as_people_type_them():
    right = answer(100, 50)
    for typed in (right, right.lower(), f"{right[:3]} {right[3:]}", f"{right[:3]}-{right[3:]}"):
        assert cards.judge(bytearray(SECRET), 100, 50, typed, SHAPE)


def test_anything_else_is_refused():
    right = answer(100, 50)
    assert not cards.judge(bytearray(SECRET), 50, 100, right, SHAPE)
    assert not cards.judge(bytearray(SECRET), 100, 51, right, SHAPE)
    assert not cards.judge(bytearray(32), 100, 50, right, SHAPE)
    for place in range(6):
        other = CLEAR[(CLEAR.index(right[place]) + 1) % len(CLEAR)]
        assert not cards.judge(bytearray(SECRET), 100, 50, right[:place] + other + right[place + 1 :], SHAPE)


def test_right_and_wrong_answers_make_the_same_work(monkeypatch):
    calls = []
    for name in ("hkdf_extract", "hkdf_expand", "equal"):
        real = getattr(cards, name)
        monkeypatch.setattr(
            cards, name, lambda *given, _n=name, _r=real: (calls.append((_n, *map(len_of, given[1:]))), _r(*given))[1]
        )  # fmt: skip
    work = []
    for typed in (answer(100, 50), "A" + answer(100, 50)[1:], "999999"):
        calls.clear()
        cards.judge(bytearray(SECRET), 100, 50, typed, SHAPE)
        work.append(list(calls))
    assert len(work[0]) == 4
    assert work[0] == work[1] == work[2]


def len_of(argument):
    return argument if isinstance(argument, int) else len(argument)


@pytest.mark.parametrize("typed", ["", "A3D", "A3DZ3VX", "A3DZ3!"])
def test_a_malformed_answer_is_told_what_an_answer_is(typed):
    with pytest.raises(MalformedCodeError, match="a code has 6 characters, each one of ABC"):
        cards.judge(bytearray(SECRET), 1, 2, typed, SHAPE)


@pytest.mark.parametrize("index", [0, -1, 225, 65536])
def test_a_number_that_is_not_on_the_card_is_refused(index):
    for asked in (
        lambda: cards.value(bytearray(SECRET), index, SHAPE),
        lambda: cards.judge(bytearray(SECRET), 1, index, "AAAAAA", SHAPE),
    ):
        with pytest.raises(CardIndexError, match="numbered 1 to 224") as raised:
            asked()
        assert (raised.value.index, raised.value.count) == (index, 224)


@pytest.mark.parametrize(
    ("count", "length", "alphabet", "part"),
    [
        (1, 3, CLEAR, "count"),
        (65536, 3, CLEAR, "count"),
        (224, 0, CLEAR, "length"),
        (224, 17, CLEAR, "length"),
        (224, 3, "abc", "alphabet"),
    ],
)
def test_a_card_that_cannot_be_is_refused(count, length, alphabet, part):
    with pytest.raises(ShapeError) as raised:
        Shape(count, length, alphabet)
    assert raised.value.part == part


def test_a_secret_of_another_length_is_refused():
    for secret in (bytearray(), bytearray(31), bytearray(33)):
        with pytest.raises(ShapeError, match="the secret of codes must be 32 bytes"):
            cards.values(secret, SHAPE)


def all_of(shape, uses, rng):
    """Pairs until the card is used up, with how often each number was asked for before each."""
    used, pairs = Counter(), set()
    while True:
        try:
            pair = cards.choose(used, pairs, uses, shape, rng)
        except CardUsedUpError:
            return
        yield Counter(used), pair
        pairs.add(pair)
        used.update(pair)


def test_a_card_of_224_values_asked_for_once_each_is_good_for_112_logins():
    pairs = [pair for _, pair in all_of(SHAPE, 1, None)]
    assert sorted(itertools.chain(*pairs)) == list(range(1, 225))
    assert len(pairs) == 112


@settings(deadline=None, max_examples=60)
@given(count=st.integers(2, 30), uses=st.integers(0, 6), seed=st.integers())
def test_no_value_comes_too_often_no_pair_twice_and_the_least_asked_first(count, uses, seed):
    seen = set()
    used = Counter()
    for before, (first, second) in all_of(Shape(count, 1, CLEAR), uses, random.Random(seed)):
        assert first != second
        assert {first, second} <= set(range(1, count + 1))
        assert frozenset((first, second)) not in seen
        # Any two who were asked for less had been together.
        low, high = sorted((before[first], before[second]))
        left = [one for one in range(1, count + 1) if before[one] < uses]
        for one, other in itertools.combinations(left, 2):
            if sorted((before[one], before[other])) < [low, high]:
                assert frozenset((one, other)) in seen
        seen.add(frozenset((first, second)))
        used.update((first, second))
    assert all(times <= uses for times in used.values())
    left = [one for one in range(1, count + 1) if used[one] < uses]
    assert all(frozenset(pair) in seen for pair in itertools.combinations(left, 2))


def test_every_number_is_as_likely_in_either_place():
    shape = Shape(6, 1, CLEAR)
    drawn = Counter(cards.choose({}, set(), 1, shape) for _ in range(6000))
    assert len(drawn) == 30
    assert max(drawn.values()) <= most(6000, 1 / 30)


def test_the_place_does_not_tell_which_of_two_was_asked_for_less():
    shape = Shape(3, 1, CLEAR)
    drawn = Counter(cards.choose({1: 1, 2: 1}, {(1, 2)}, 3, shape).index(3) for _ in range(2000))
    assert max(drawn.values()) <= most(2000, 0.5)


def test_a_pair_of_which_only_one_value_is_left_is_none():
    with pytest.raises(CardUsedUpError, match=r"\(a value 1x, a pair once\)") as raised:
        cards.choose({1: 1, 2: 1}, {(1, 2)}, 1, Shape(3, 1, CLEAR))
    assert raised.value.uses == 1
