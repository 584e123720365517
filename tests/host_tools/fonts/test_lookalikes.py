"""Which of two letters with one picture is read is decided word by word, and the list of such letters is exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.fonts.art import load
from host_tools.fonts.lookalikes import LATIN, as_read


def test_the_list_is_exactly_the_letters_that_share_a_picture():
    pictures: dict[tuple[str, ...], list[str]] = {}
    for name in ("small", "wide"):
        for character, rows in load(name).glyphs.items():
            pictures.setdefault(rows, []).append(character)
    assert {tuple(same) for same in pictures.values() if len(same) > 1} == {
        (latin, cyrillic) for cyrillic, latin in LATIN.items()
    }


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Введите ПИН-код", "Введите ПИН-код"),
        ("A О токене  *C  #OK", "A O токене  *C  #OK"),
        ("оса", "oca"),
        ("ВОСХОД", "ВОСХОД"),
        ("РАСЧЕТ", "РАСЧЕТ"),
        ("тест Test", "тест Test"),
        ("Wи", "Wи"),
        ("№5 Ёж", "№5 Ёж"),
        ("カO", "カO"),
    ],
)
def test_a_word_with_a_letter_of_its_own_is_cyrillic(text, read):
    assert as_read(text) == read


@given(st.text("".join(load("small").glyphs)))
def test_what_is_read_has_the_same_picture_and_reads_as_itself(text):
    def picture(string: str) -> list[tuple[str, ...]]:
        return [load("small").glyphs[character] for character in string]

    assert picture(as_read(text)) == picture(text)
    assert as_read(as_read(text)) == as_read(text)
