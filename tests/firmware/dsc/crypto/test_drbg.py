"""The pool: published outputs are among the vectors; here, what it keeps, forgets and refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.crypto import drbg
from dsc.crypto.drbg import HmacDrbg
from dsc.crypto.errors import InputError

SEED = bytes(range(48))


def seeded(*more: bytes) -> HmacDrbg:
    pool = HmacDrbg()
    pool.mix(SEED, *more)
    return pool


def state(pool: HmacDrbg) -> bytes:
    return bytes(pool._key + pool._value)


@given(st.binary(min_size=1, max_size=200), st.integers(1, 100))
def test_equal_material_gives_equal_bytes_and_any_other_bit_others(material, length):
    other = bytes([material[0] ^ 1]) + material[1:]
    assert seeded(material).read(length + 16) == seeded(material).read(length + 16)
    assert seeded(material).read(length + 16) != seeded(other).read(length + 16)


@given(st.binary(max_size=100), st.integers(0, 100))
def test_material_in_parts_counts_as_one(material, cut):
    cut = min(cut, len(material))
    assert seeded(material[:cut], material[cut:]).read(32) == seeded(material).read(32)


def test_what_is_mixed_in_with_nothing_known_about_it_takes_nothing_away():
    """Whoever chooses the later input does not undo the earlier one."""
    drawn = set()
    for first in range(50):
        pool = HmacDrbg()
        pool.mix(bytes([first]))
        pool.mix(bytes(128))
        drawn.add(bytes(pool.read(32)))
    assert len(drawn) == 50


def test_two_draws_differ_and_a_draw_is_not_the_beginning_of_a_longer_one():
    pool = seeded()
    assert pool.read(32) != pool.read(32)
    one, other = seeded(), seeded()
    one.read(32)
    other.read(64)
    assert one.read(32) != other.read(32)


def test_the_state_after_a_draw_holds_nothing_of_it_nor_of_the_state_before():
    pool = seeded()
    before = state(pool)
    drawn = bytes(pool.read(64))
    after = state(pool)
    for start in range(0, 64, 32):
        assert drawn[start : start + 32] not in after
        assert before[start : start + 32] not in after


def test_state_is_overwritten_where_it_lies():
    pool = seeded()
    key, value = pool._key, pool._value
    old = bytes(key), bytes(value)
    pool.read(1)
    assert pool._key is key
    assert pool._value is value
    assert (bytes(key), bytes(value)) != old


def test_everything_that_came_out_of_hmac_is_wiped_and_so_is_an_output_that_broke_off(monkeypatch):
    made = []
    pool = seeded()
    real = drbg.hmac

    def watched(*arguments):
        if len(made) == 2:
            raise MemoryError
        made.append(real(*arguments))
        return made[-1]

    outputs = []
    monkeypatch.setattr(drbg, "hmac", watched)
    monkeypatch.setattr(drbg, "wipe", lambda *buffers: (outputs.extend(buffers), wipe(*buffers)))
    with pytest.raises(MemoryError):
        pool.read(80)
    assert len(made) == 2
    assert not any(any(each) for each in made)
    assert any(len(each) == 80 for each in outputs)
    assert not any(any(each) for each in outputs)


def test_the_known_answer_comes_out_and_no_other_passes_for_it(monkeypatch):
    assert drbg.works()
    right = HmacDrbg.read
    monkeypatch.setattr(HmacDrbg, "read", lambda pool, length: bytes([right(pool, length)[0] ^ 1]) * length)
    assert not drbg.works()


@pytest.mark.parametrize("length", [0, -1, (1 << 16) + 1, 1.0, "1", None])
def test_a_draw_has_1_to_65536_bytes(length):
    with pytest.raises(InputError, match="1 to 65536"):
        seeded().read(length)


def test_the_longest_draw_is_whole():
    assert len(seeded().read(1 << 16)) == 1 << 16


wipe = drbg.wipe
