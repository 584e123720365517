"""Methods of plain codes: strictly read, and computed as the RFCs' tables say."""

import pytest

from dsc.protocol.errors import MethodError
from dsc.protocol.plain import Method, code, is_plain

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("text", "timed", "algorithm", "digits", "step"),
    [
        ("HOTP-SHA1-6", False, "SHA1", 6, 0),
        ("HOTP-SHA512-10", False, "SHA512", 10, 0),
        ("TOTP-SHA1-6-T30S", True, "SHA1", 6, 30),
        ("TOTP-SHA256-8-T1M", True, "SHA256", 8, 60),
        ("TOTP-SHA1-7-T59S", True, "SHA1", 7, 59),
        ("TOTP-SHA1-9-T59M", True, "SHA1", 9, 3540),
        ("TOTP-SHA1-6-T1S", True, "SHA1", 6, 1),
    ],
)
def test_a_method_is_read_from_its_text(text, timed, algorithm, digits, step):
    method = Method.parse(text)
    assert (method.text, method.timed, method.algorithm, method.digits, method.step) == (
        text,
        timed,
        algorithm,
        digits,
        step,
    )
    assert is_plain(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must be like"),
        ("HOTP", "must be like"),
        ("HOTP-SHA1", "must be like"),
        ("HOTP-SHA1-6-T30S", "must be like"),
        ("TOTP-SHA1-6", "must be like"),
        ("TOTP-SHA1-6-T30S-T30S", "must be like"),
        ("hotp-SHA1-6", "must be like"),
        ("XOTP-SHA1-6", "must be like"),
        ("OCRA-1:HOTP-SHA1-6:QN08", "must be like"),
        ("HOTP-MD5-6", "hash"),
        ("HOTP-sha1-6", "hash"),
        ("HOTP-SHA1-5", "digits"),
        ("HOTP-SHA1-11", "digits"),
        ("HOTP-SHA1-06", "digits"),
        ("HOTP-SHA1-", "digits"),
        ("HOTP-SHA1-6 ", "digits"),
        ("TOTP-SHA1-6-T-1S", "must be like"),
        *(
            ("TOTP-SHA1-6-" + step, "step")
            for step in (
                "", "T", "T30", "30S", "TS", "T0S", "T00S", "T05S", "T60S", "T60M", "T1H", "T100S",
                "T+1S", "T 1S", "T١S", "t30S", "T30s",
            )
        ),
    ],
)  # fmt: skip
def test_what_is_no_method_is_refused_with_the_reason(text, reason):
    with pytest.raises(MethodError, match=reason) as refused:
        Method.parse(text)
    assert refused.value.text == text


def test_what_is_no_text_is_no_method():
    with pytest.raises(MethodError, match="text"):
        Method.parse(b"HOTP-SHA1-6")


@pytest.mark.parametrize("suite", ["OCRA-1:HOTP-SHA1-6:QN08", "", "HOTP", "TOTP"])
def test_an_ocra_suite_is_not_plain(suite):
    assert not is_plain(suite)


def test_codes_by_counter_are_those_of_rfc_4226():
    method = Method.parse("HOTP-SHA1-6")
    assert [code(method, SECRET, counter) for counter in range(4)] == ["755224", "287082", "359152", "969429"]


@pytest.mark.parametrize(
    ("text", "key", "seconds", "expected"),
    [
        ("TOTP-SHA1-8-T30S", SECRET, 59, "94287082"),
        ("TOTP-SHA1-8-T30S", SECRET, 1111111109, "07081804"),
        ("TOTP-SHA256-8-T30S", (SECRET * 2)[:32], 59, "46119246"),
        ("TOTP-SHA512-8-T30S", (SECRET * 4)[:64], 20000000000, "47863826"),
    ],
)
def test_codes_by_time_are_those_of_rfc_6238(text, key, seconds, expected):
    assert code(Method.parse(text), key, seconds) == expected


def test_a_code_by_time_lasts_for_its_step():
    method = Method.parse("TOTP-SHA1-6-T1M")
    assert code(method, SECRET, 120) == code(method, SECRET, 179) != code(method, SECRET, 180)
