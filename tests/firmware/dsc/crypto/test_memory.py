"""Wiping and constant-time comparison."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.crypto import memory
from dsc.crypto.memory import equal, wipe


@given(st.binary(max_size=300))
def test_wiping_leaves_zeros_in_place(secret):
    buffer = bytearray(secret)
    alias = buffer
    wipe(buffer)
    assert alias == bytes(len(secret))


def test_several_buffers_views_and_none_are_wiped_at_once():
    first, second = bytearray(b"secret"), bytearray(b"12345678")
    wipe(first, None, memoryview(second)[2:6], None, bytearray())
    assert first == bytes(6)
    assert second == b"12\x00\x00\x00\x0078"


@pytest.mark.parametrize("constant", [b"12345678", b"odd", memoryview(b"12345678"), "12345678"])
def test_what_cannot_be_overwritten_is_not_passed_over_in_silence(constant):
    with pytest.raises(TypeError):
        wipe(constant)


def test_a_full_heap_does_not_keep_a_secret_alive(monkeypatch):
    class Full(dict):
        def __getitem__(self, size):
            raise MemoryError

    monkeypatch.setattr(memory, "ZEROS", Full())
    secret = bytearray(b"12345678")
    wipe(secret)
    assert secret == bytes(8)


def test_the_zeros_at_hand_are_zeros():
    assert all(not any(zeros) and len(zeros) == size for size, zeros in memory.ZEROS.items())


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_equal_is_equality_of_bytes(a, b):
    assert equal(a, b) == (a == b)
    assert equal(bytearray(a), memoryview(b)) == (a == b)
    assert equal(a, bytearray(a))


@given(st.text(max_size=10), st.text(max_size=10))
def test_equal_is_equality_of_text(a, b):
    assert equal(a, b) == (a == b)
    assert equal(a, str(a))


@given(st.binary(min_size=1, max_size=40), st.data())
def test_one_changed_bit_makes_unequal(a, data):
    b = bytearray(a)
    b[data.draw(st.integers(0, len(a) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert not equal(a, b)


@pytest.mark.parametrize(("a", "b"), [(b"", b"\x00"), (b"\x00", b""), (b"ab", b"abab"), (b"abab", b"ab")])
def test_repetition_and_padding_are_not_equality(a, b):
    assert not equal(a, b)


def test_text_and_bytes_are_not_compared():
    with pytest.raises(TypeError):
        equal("1", b"1")


class _Counting(bytes):
    """Bytes that count how often one of them is looked at."""

    looks = 0

    def __getitem__(self, index):
        type(self).looks += 1
        return super().__getitem__(index)


@pytest.mark.parametrize("other", [b"abcdefgh", b"Xbcdefgh", b"abcdefgX", b"abcd", b""])
def test_every_byte_is_looked_at_wherever_the_difference_is(other):
    _Counting.looks = 0
    equal(_Counting(b"abcdefgh"), other)
    assert _Counting.looks == 8
