"""The line that says which image it is: frozen by value, found among other bytes, and never guessed."""

import pytest

from host_tools.image.mark import Mark

MARK = Mark("pico", "0.1.0", "0123abcd")
LINE = b"picodsc image: pico 0.1.0 0123abcd\0"


def test_the_mark_is_frozen_by_value():
    assert f"{MARK}\0".encode() == LINE


def test_it_is_found_among_other_bytes():
    assert Mark.found(b"\xff\0picodsc image: \0" + LINE + b"0123abcd\0") == MARK


def test_it_may_be_there_twice():
    assert Mark.found(LINE + b"\xff" * 100 + LINE) == MARK


@pytest.mark.parametrize(
    "content",
    [
        b"",
        LINE[:-1],
        LINE.replace(b"a", b"A", 1),
        LINE.replace(b"0123", b"012"),
        LINE + LINE.replace(b"d\0", b"e\0"),
    ],
    ids=["nothing", "cut off", "misspelt", "seven digits", "two of them"],
)
def test_what_is_no_single_mark_says_nothing(content):
    assert Mark.found(content) is None
