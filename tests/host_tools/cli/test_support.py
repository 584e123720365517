"""`picodsc confirm` and `unlock`: what the service reads out to a token's owner."""

import pytest

from dsc.protocol.confirm import confirmation
from dsc.protocol.unlock import unlock_code

KEY = bytes(range(32))
ALARM = bytes(range(50, 82))
SECRET = bytes(range(100, 132))


def grouped(digits):
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4)) + "\n"


@pytest.mark.parametrize("number", ["12345678", "1234 5678", "1234-5678"])
def test_a_number_is_confirmed_in_groups_of_four(picodsc, record, number):
    record()
    ended = picodsc("confirm", "ds-1001", number)
    assert (ended.out, ended.err, ended.code) == (grouped(confirmation(KEY, "DS-1001", "12345678")), "", 0)


def test_under_duress_the_alarm_key_confirms(picodsc, record):
    record(alarm_key=bytearray(ALARM))
    ended = picodsc("confirm", "DS-1001", "12345678", "--alarm", "--credential", "Login")
    assert ended.out == grouped(confirmation(ALARM, "DS-1001", "12345678"))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("DS-1001", "1234567"), "eight digits"),
        (("DS-1001", "1234567x"), "eight digits"),
        (("DS-1001", "１２３４５６７８"), "eight digits"),
        (("DS-1001", "12345678", "--alarm"), "no alarm key"),
        (("DS-1001", "12345678", "--credential", "Mail"), "'Login'"),
        (("DS-1002", "12345678"), "did you mean DS-1001?"),
        (("DS-\udc80", "12345678"), "not UTF-8"),
    ],
)
def test_what_cannot_be_confirmed_is_said_and_exits_2(picodsc, record, arguments, reason):
    record()
    ended = picodsc("confirm", *arguments)
    assert (ended.out, ended.code) == ("", 2)
    assert reason in ended.err


@pytest.mark.parametrize("n", ["1", "2", "18446744073709551615"])
def test_the_n_th_unlock_code_is_printed_in_groups_of_four(picodsc, record, n):
    record(mode="verified", unlock_secret=bytearray(SECRET))
    ended = picodsc("unlock", "ds-1001", n)
    assert ended.out == grouped(unlock_code(SECRET, "DS-1001", int(n)).decode())
    assert (ended.err, ended.code) == ("", 0)


@pytest.mark.parametrize("n", ["0", "x", "1.0", "٣", "18446744073709551616", "9" * 5000])
def test_a_number_that_no_token_shows_exits_2(picodsc, record, n):
    record(mode="verified", unlock_secret=bytearray(SECRET))
    ended = picodsc("unlock", "DS-1001", n)
    assert (ended.out, ended.code) == ("", 2)
    assert "number" in ended.err


def test_a_token_in_soft_mode_has_no_unlock_codes(picodsc, record):
    record()
    ended = picodsc("unlock", "DS-1001", "1")
    assert (ended.out, ended.code) == ("", 2)
    assert "soft mode" in ended.err


@pytest.mark.parametrize("arguments", [("confirm", "DS-1001", "12345678"), ("unlock", "DS-1001", "1")])
def test_without_an_inventory_they_say_how_to_make_one(picodsc, home, arguments):
    ended = picodsc(*arguments)
    assert ended.code == 2
    assert "picodsc token new" in ended.err
    assert not home.exists()
