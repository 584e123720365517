"""What text messages say: in five languages, each in one segment."""

import re

import pytest

from fakes import sms_segments
from host_tools.login.sms.errors import UnknownLanguageError
from host_tools.login.sms.texts import TEXTS, message
from host_tools.station.paper.languages import TABLES


def test_the_languages_are_those_of_letters():
    assert list(TEXTS) == list(TABLES)


@pytest.mark.parametrize("language", TEXTS)
def test_a_message_has_code_and_minutes_and_the_code_comes_first(language):
    text = message(language, bytearray(b"048291"), 17)
    assert text.startswith("048291 ")
    assert re.findall("[0-9]+", text) == ["048291", "17"]


@pytest.mark.parametrize("language", TEXTS)
def test_the_longest_message_is_one_segment(language):
    text = message(language, bytearray(b"0123456789"), 1440)
    assert sms_segments.room_left(text) >= 0
    assert sms_segments.is_seven_bit(text) == (language not in ("ru", "ja"))


def test_a_segment_is_counted_as_the_standard_has_it():
    assert len(sms_segments.DEFAULT) == 127
    assert sms_segments.room_left("a" * 160) == 0
    assert sms_segments.room_left("a" * 158 + "€") == 0
    assert sms_segments.room_left("ê" + "a" * 69) == 0
    assert sms_segments.room_left("я" * 71) == -1
    assert sms_segments.room_left("😀") == 68


def test_a_language_that_there_is_not_is_named_with_those_that_there_are():
    with pytest.raises(UnknownLanguageError, match="no text messages in 'it'; there are en, fr, de, ru, ja"):
        message("it", bytearray(b"123456"), 5)
