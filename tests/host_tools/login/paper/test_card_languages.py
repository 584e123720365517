"""The texts of cards: the same in every language, all of them printable."""

import re

import pytest

from host_tools.login.paper.languages import TABLES, texts
from host_tools.station.paper import fonts
from host_tools.station.paper import languages as letters
from host_tools.station.paper.errors import UnknownLanguageError


def test_the_languages_are_those_of_letters():
    assert list(TABLES) == list(letters.TABLES)


def test_every_language_has_every_text(language):
    assert list(TABLES[language]) == list(TABLES["en"])
    assert all(TABLES[language].values())


def test_every_text_is_printable_as_it_is(language):
    for name, text in texts(language).items():
        assert fonts.printable(name, text) == text


def test_no_text_is_left_in_english(language):
    if language != "en":
        assert [name for name, text in TABLES["en"].items() if TABLES[language][name] == text] == []


def test_the_example_is_the_same_in_every_language(language):
    assert set(re.findall("[A-Z0-9]{2,}", TABLES[language]["use"])) == {"100", "50", "A3D", "Z3V", "A3DZ3V"}


def test_a_language_that_there_is_not_is_named_with_those_that_there_are():
    with pytest.raises(UnknownLanguageError, match="no card in 'it'; there are en, fr, de, ru, ja"):
        texts("it")
