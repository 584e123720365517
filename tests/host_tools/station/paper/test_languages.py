"""The texts of letters: the same in every language, all of them printable."""

import re

import pytest

from host_tools.station.paper import fonts, screens
from host_tools.station.paper.errors import UnknownLanguageError
from host_tools.station.paper.languages import TABLES, texts
from host_tools.station.paper.letter import Letter


def test_every_language_has_every_text(language):
    assert list(TABLES[language]) == list(TABLES["en"])
    assert all(TABLES[language].values())


def test_the_same_is_filled_in_in_every_language(language):
    for name, text in TABLES[language].items():
        assert sorted(set(re.findall(r"{\w*}", text))) == sorted(
            set(re.findall(r"{\w*}", TABLES["en"][name]))
        )


def test_every_text_is_printable_as_it_is(language):
    for name, text in TABLES[language].items():
        assert fonts.printable(name, text) == text


def test_no_text_is_left_in_english(language):
    same = {name for name in TABLES["en"] if TABLES[language][name] == TABLES["en"][name]}
    allowed = {"en": set(TABLES["en"]), "de": {"serial"}, "fr": {"date", "contact"}}
    assert same <= allowed.get(language, set())


@pytest.mark.parametrize("mode", ["soft", "verified"])
def test_each_picture_has_its_text(language, mode):
    letter = Letter("PD-0000017", mode=mode, language=language)
    for step in screens.PICTURES:
        assert len(letter.text(f"step.{step}")) > 5


def test_a_language_that_there_is_not_is_named_with_those_that_there_are():
    with pytest.raises(UnknownLanguageError, match="no letter in 'it'; there are en, fr, de, ru, ja"):
        texts("it")
