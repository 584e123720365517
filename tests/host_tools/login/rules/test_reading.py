"""Codes as people type them."""

import pytest

from host_tools.login.rules.code_errors import MalformedCodeError, ShapeError
from host_tools.login.rules.reading import check_alphabet, is_same, read

ALL = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CLEAR = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no 0, 1, I, O
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U


@pytest.mark.parametrize(
    "typed",
    [
        "A3DZ3V",
        "a3dz3v",
        "a3d z3v",
        " A3D-Z3V ",
        "a 3 d z 3 v",
        "A3D–Z3V",
        "A3D\u2212Z3V",
        "A3D\u30fcZ3V",
        "A3D\u3000Z3V\n",
    ],
)
def test_case_spaces_and_dashes_make_no_difference(typed):
    assert read(typed, 6, ALL) == b"A3DZ3V"


def test_full_width_characters_of_a_japanese_keyboard_are_read():
    assert read("Ａ３ｄ　Ｚ３ｖ", 6, ALL) == b"A3DZ3V"


@pytest.mark.parametrize(
    ("typed", "alphabet", "code"),
    [
        ("oO0", CROCKFORD, b"000"),
        ("iIlL1", CROCKFORD, b"11111"),
        ("АВЕКМНРСТХУ", CLEAR, b"ABEKMHPCTXY"),
        ("авс", CLEAR, b"ABC"),
        ("О1О", CROCKFORD, b"010"),
        ("І", CROCKFORD, b"1"),
        ("1i", CLEAR, b"LL"),
        ("О0", ALL, b"O0"),
        ("2s", "Z5ABC", b"Z5"),
    ],
)
def test_a_character_that_the_alphabet_lacks_is_taken_for_the_one_that_looks_like_it(typed, alphabet, code):
    assert read(typed, len(code), alphabet) == code


def test_where_look_alikes_are_both_in_the_alphabet_each_is_itself():
    assert read("0O1IL2Z5S8B", 11, ALL) == b"0O1IL2Z5S8B"


@pytest.mark.parametrize(
    ("typed", "alphabet"),
    [
        ("O0A", CLEAR),  # nothing there looks like them
        ("", ALL),
        ("   ", ALL),
        ("A3", ALL),
        ("A3DZ", ALL),
        ("A3!", ALL),
        ("A3\0", ALL),
        ("A3é", ALL),
        ("A3D" + " " * 1000, ALL),
    ],
)
def test_what_can_be_no_code_is_refused_and_told_what_is_allowed(typed, alphabet):
    with pytest.raises(MalformedCodeError) as raised:
        read(typed, 3, alphabet)
    assert (raised.value.length, raised.value.alphabet) == (3, alphabet)
    assert str(raised.value) == f"a code has 3 characters, each one of {alphabet}"
    assert raised.value.__context__ is None


def test_a_code_is_the_same_only_if_every_character_is():
    assert is_same(bytearray(b"K7WQ"), "k7-wq", CLEAR)
    for typed in ("K7WR", "J7WQ", "QW7K"):
        assert not is_same(bytearray(b"K7WQ"), typed, CLEAR)
    with pytest.raises(MalformedCodeError):
        is_same(bytearray(b"K7WQ"), "K7W", CLEAR)


@pytest.mark.parametrize("alphabet", ["", "A", "AA", "ABa", "AB C", "AБ", "AB²"])
def test_an_alphabet_has_capitals_and_digits_each_of_them_once(alphabet):
    with pytest.raises(ShapeError, match="the alphabet of codes must be two or more capital letters"):
        check_alphabet(alphabet)
