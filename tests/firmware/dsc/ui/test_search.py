"""Labels are found by the digits of their letters, as on a telephone."""

import unicodedata

import pytest

from dsc.ui.font import SMALL
from dsc.ui.search import digit_of, matches

E161 = {2: "abc", 3: "def", 4: "ghi", 5: "jkl", 6: "mno", 7: "pqrs", 8: "tuv", 9: "wxyz"}
RUSSIAN = {2: "абвг", 3: "деёжз", 4: "ийкл", 5: "мноп", 6: "рсту", 7: "фхцч", 8: "шщъы", 9: "ьэюя"}
LIGATURES = {"æ": "a", "œ": "o", "ß": "s"}


def plain(character):
    """The letter without its accent, as the Unicode database has it."""
    lower = character.lower()
    lower = LIGATURES.get(lower, lower)
    return lower if lower in "ёй" else unicodedata.normalize("NFD", lower)[0]


@pytest.mark.parametrize("code", [code for code in range(0x20, 0x0500) if SMALL.has(code)])
def test_each_letter_that_the_font_draws_has_the_digit_of_its_plain_letter(code):
    character = chr(code)
    wanted = int(character) if character in "0123456789" else None
    for keys in (E161, RUSSIAN):
        for digit, letters in keys.items():
            if plain(character) in letters:
                wanted = digit
    assert digit_of(character) == wanted


@pytest.mark.parametrize(
    ("label", "typed"),
    [
        ("Büro", "28"),
        ("Household", "4687"),
        ("Business account 24", "24"),
        ("Business account 24", "222"),
        ("Бюро 2", "296"),
        ("Ёлка", "3"),
        ("DS-0815", "08"),
        ("anything", ""),
    ],
)
def test_a_word_is_found_by_its_beginning(label, typed):
    assert matches(label, typed)


@pytest.mark.parametrize(
    ("label", "typed"),
    [("Household", "78"), ("Büro", "2875"), ("Büro", "28766"), ("A 2", "22"), ("ぎんこう", "2")],
)
def test_nothing_else_is_found(label, typed):
    assert not matches(label, typed)
