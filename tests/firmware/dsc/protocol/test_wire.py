"""UTF-8 is judged alike on every interpreter."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.protocol.wire import utf8_characters


@pytest.mark.parametrize(
    "data",
    [
        b"\x80",
        b"\xc3",
        b"\xc3\x28",
        b"\xc0\xaf",
        b"\xc1\xbf",
        b"\xe0\x80\xaf",
        b"\xe0\x9f\xbf",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xf0\x8f\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xff",
        b"\x00",
        b"\x7f",
        b"\xc2\x80",
    ],
)
def test_malformed_text_and_control_characters_are_refused(data):
    assert utf8_characters(data) is None


@given(st.text())
def test_characters_are_counted_as_python_does(text):
    controls = any(unicodedata.category(character) == "Cc" for character in text)
    assert utf8_characters(text.encode()) == (None if controls else len(text))


@given(st.binary(max_size=8))
def test_whatever_is_accepted_is_strict_utf8(data):
    if (count := utf8_characters(data)) is not None:
        assert len(data.decode("utf-8")) == count
