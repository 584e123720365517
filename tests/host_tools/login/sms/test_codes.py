"""The codes in text messages."""

from collections import Counter

import pytest

from fakes.chance import least, most
from host_tools.login.rules.code_errors import MalformedCodeError, ShapeError
from host_tools.login.sms.codes import is_right, new_code


def test_every_digit_is_as_likely_in_every_place():
    codes = [new_code(6).decode() for _ in range(5000)]
    for place in range(6):
        counts = Counter(code[place] for code in codes)
        assert sorted(counts) == list("0123456789")
        assert least(5000, 0.1) <= min(counts.values())
        assert max(counts.values()) <= most(5000, 0.1)


@pytest.mark.parametrize("length", [0, 3, 11])
def test_a_code_that_is_too_short_or_too_long_is_not_made(length):
    with pytest.raises(ShapeError, match="the length of codes must be 4 to 10"):
        new_code(length)


def test_a_code_is_recognised_as_people_type_it():
    for typed in ("048291", "048 291", "０４８２９１", "O48-29l"):
        assert is_right(bytearray(b"048291"), typed)
    assert not is_right(bytearray(b"048291"), "048292")
    with pytest.raises(MalformedCodeError):
        is_right(bytearray(b"048291"), "48291")
