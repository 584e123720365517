"""Raw bits, health tests and pool together: what comes out, what is refused, and what is left behind."""

import hashlib
import itertools
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dsc import entropy
from dsc.crypto.health import BLOCK_BITS, BLOCK_BYTES, PERIOD, REPETITION, START_BLOCKS
from dsc.entropy import FIRST_BYTES, Entropy
from dsc.hal import EntropyError, HalError

UID = bytes.fromhex("e6614103e7452d2f")
BEFORE_FIRST = START_BLOCKS + 1  # blocks


class Raw:
    """Raw bits of random.Random, of which those from `dies_after` on are zeros; keeps the buffers that it filled."""

    def __init__(self, seed=1, dies_after=None):
        self._random = random.Random(seed)
        self._dies_after = dies_after
        self.bits = 0
        self.buffers = []
        self.contents = []

    def fill(self, buffer):
        for i in range(len(buffer)):
            byte = self._random.randrange(256)
            if self._dies_after is not None and self.bits >= self._dies_after:
                byte = 0
            buffer[i] = byte
            self.bits += 8
        self.buffers.append(buffer)
        self.contents.append(bytes(buffer))


def made(raw=None, uid=UID, moments=(0,), noise=b"") -> Entropy:
    moments = itertools.cycle(moments)
    return Entropy((raw or Raw()).fill, uid, lambda: next(moments), lambda: bytearray(noise))


def test_the_same_raw_bits_give_the_same_bytes_and_others_others():
    assert made(Raw(1)).read(64) == made(Raw(1)).read(64)
    drawn = {bytes(made(Raw(seed)).read(64)) for seed in range(20)}
    assert len(drawn) == 20


def test_each_source_counts():
    """Each alone changes what comes out: raw bits, unit, moments, noise."""
    plain = made().read(32)
    others = [made(Raw(2)), made(uid=bytes(8)), made(moments=(1,)), made(noise=b"noise")]
    stirred = made()
    stirred.stir()
    drawn = [each.read(32) for each in [*others, stirred]]
    assert len({bytes(each) for each in [plain, *drawn]}) == 6


def test_a_later_moment_counts_for_the_next_bytes():
    one, other = made(moments=range(1000)), made(moments=range(1000))
    assert one.read(32) == other.read(32)
    other.stir()
    assert one.read(32) != other.read(32)


@pytest.mark.parametrize("length", [1, 31, 32, 33, 64, 100])
def test_a_block_of_raw_bits_goes_into_each_32_bytes_after_those_of_the_start_up_test(length):
    raw = Raw()
    source = made(raw)
    assert len(source.read(length)) == length
    slices = -(-length // 32)
    assert raw.bits == (START_BLOCKS + slices) * BLOCK_BITS
    source.read(length)
    assert raw.bits == (START_BLOCKS + 2 * slices) * BLOCK_BITS


def test_raw_bits_are_gone_when_the_bytes_are_there():
    raw = Raw()
    made(raw).read(64)
    assert len(raw.contents) == START_BLOCKS + 2
    assert all(any(content) for content in raw.contents)
    assert not any(any(buffer) for buffer in raw.buffers)


def test_what_was_handed_out_is_nowhere_in_what_is_left():
    source = made()
    drawn = bytes(source.read(64))
    left = b"".join(bytes(each) for each in (source._pool._key, source._pool._value, source._moments))
    assert drawn[:32] not in left
    assert drawn[32:] not in left


@settings(max_examples=50)
@given(st.integers(0, (BEFORE_FIRST + 2) * BLOCK_BITS), st.sampled_from([32, 64]))
def test_a_source_that_dies_before_the_last_block_that_a_key_needs_makes_none(dies_after, length):
    needed = (START_BLOCKS + length // 32) * BLOCK_BITS
    assume(not needed - 64 < dies_after < needed)  # too late for a run that is long enough
    source = made(Raw(1, dies_after))
    if dies_after >= needed:
        assert len(source.read(length)) == length
    else:
        with pytest.raises(EntropyError) as caught:
            source.read(length)
        assert caught.value.test == source.failed == REPETITION


def test_a_source_that_dies_in_between_leaves_no_half_of_an_output(monkeypatch):
    """The first 32 bytes were drawn already when the second block failed."""
    wiped = []

    def watched(*buffers):
        wiped.extend((buffer, bytes(buffer)) for buffer in buffers)
        wipe(*buffers)

    wipe = entropy.wipe
    monkeypatch.setattr(entropy, "wipe", watched)
    with pytest.raises(EntropyError):
        made(Raw(1, BEFORE_FIRST * BLOCK_BITS)).read(64)
    (output,) = [(buffer, content) for buffer, content in wiped if len(content) == 64]
    assert any(output[1][:32])
    assert not any(output[0])


def test_a_failure_is_for_ever_though_the_source_is_well_again():
    raw = Raw(1, 0)
    source = made(raw)
    with pytest.raises(EntropyError):
        source.read(32)
    raw._dies_after = None
    seen = raw.bits
    for _ in range(3):
        with pytest.raises(EntropyError, match="repetition"):
            source.read(32)
    assert raw.bits == seen
    assert source.failed == REPETITION


def test_a_source_that_repeats_itself_makes_no_key():
    source = Entropy(
        lambda buffer: buffer.__setitem__(slice(None), b"\x55" * len(buffer)), UID, int, bytearray
    )
    with pytest.raises(EntropyError) as caught:
        source.read(32)
    assert caught.value.test == PERIOD
    assert isinstance(caught.value, HalError)
    assert str(caught.value) == "the random source failed its period test; no key was made"


def test_a_pool_that_gives_a_wrong_answer_makes_no_key(monkeypatch):
    raw = Raw()
    source = made(raw)
    monkeypatch.setattr(entropy.drbg, "hmac", lambda *parts: bytearray(32))
    for _ in range(2):
        with pytest.raises(EntropyError, match="pool test"):
            source.read(32)
    assert source.failed == "pool"
    assert raw.bits == 0


@pytest.mark.parametrize("dead", [False, True])
def test_bytes_for_what_is_no_secret_come_at_once_and_from_any_source(dead):
    raw = Raw(1, 0 if dead else None)
    source = made(raw, moments=range(1000))
    if dead:
        with pytest.raises(EntropyError):
            source.read(32)
    raw.bits = 0
    drawn = [bytes(source.read_untested(32)) for _ in range(200)]
    assert raw.bits == FIRST_BYTES * 8
    assert len(set(drawn)) == 200
    ones = sum(byte.bit_count() for each in drawn for byte in each)
    assert abs(ones - 25_600) < 6 * 12_800**0.5 / 2**0.5


@pytest.mark.parametrize("length", [1, 31, 32, 33, 100])
def test_bytes_for_what_is_no_secret_are_as_many_as_asked_for(length):
    assert len(made().read_untested(length)) == length


def test_bytes_that_anybody_may_see_change_nothing_of_a_key_that_follows():
    """Scans go on while a token is made: their number is no source, and takes nothing from one."""
    one, other = made(), made()
    one.read_untested(32)
    for _ in range(50):
        other.read_untested(32)
    assert one.read(32) == other.read(32)


def test_the_chain_of_what_is_no_secret_keeps_nothing_of_what_it_gave():
    source = made()
    drawn = bytes(source.read_untested(32))
    left = bytes(source._chain)
    assert drawn != left
    assert hashlib.sha256(left + b"out").digest() != drawn


def test_a_block_is_what_the_health_tests_take_for_one():
    raw = Raw()
    made(raw).read(1)
    assert {len(content) for content in raw.contents} == {BLOCK_BYTES}
