"""Phone numbers: E.164, however people write them."""

import pytest

from host_tools.login.sms.errors import PhoneError
from host_tools.login.sms.phone import checked, masked


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+442079460000", "+442079460000"),
        (" +44 20 7946 0000 ", "+442079460000"),
        ("+44 (0)20 7946-0000", "+442079460000"),
        ("+1 (202) 555-0143", "+12025550143"),
        ("+49/30.1234‑567", "+49301234567"),
        ("＋８１　３　１２３４　５６７８", "+81312345678"),
        ("+6834000", "+6834000"),
        ("+123456789012345", "+123456789012345"),
    ],
)
def test_a_number_is_taken_as_people_write_it(typed, number):
    assert checked(typed) == number


@pytest.mark.parametrize(
    "typed",
    ["", "+", "020 7946 0000", "0044 20 7946 0000", "+0442079460000", "+683400", "+1234567890123456",
     "+44 20 7946 000x", "+44 20 7946 0000 ext 5", "++442079460000", "+44+2079460000", "+44207946000\u0660",
     "+442079460000\0", "tel:+442079460000"],
)  # fmt: skip
def test_what_is_no_such_number_is_refused_and_not_repeated(typed):
    with pytest.raises(
        PhoneError, match=r"a plus sign, the country's code and the number, 7 to 15 digits"
    ) as raised:
        checked(typed)
    assert len(typed) < 2 or typed not in str(raised.value)


def test_a_masked_number_shows_two_digits():
    assert masked("+442079460078") == "+••••••••••78"
