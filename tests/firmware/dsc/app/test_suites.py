"""What a token can serve: suites and methods, and the reasons against the others."""

import pytest

from dsc.app import suites
from dsc.app.errors import UnusableSuiteError
from dsc.crypto.errors import SuiteError
from dsc.crypto.ocra import Suite
from dsc.protocol.errors import MethodError
from fakes.factory_link import LOGIN, credential

SERVER = "OCRA-1:HOTP-SHA512-8:QN06"
SIGN = "OCRA-1:HOTP-SHA256-8:QH64"


@pytest.mark.parametrize("text", [LOGIN, "OCRA-1:HOTP-SHA1-4:C-QN64", "OCRA-1:HOTP-SHA512-10:QN04"])
def test_numeric_questions_and_counters_can_be_served(text):
    assert suites.login_suite(text).text == text


NOT_HERE = [
    ("QN06-PSHA1", "PIN never enters"),
    ("QN06-S064", "no session data"),
    ("QN06-T1M", "no clock"),
]


@pytest.mark.parametrize(("inputs", "reason"), NOT_HERE)
def test_inputs_that_the_token_does_not_have_are_refused_with_the_reason(inputs, reason):
    with pytest.raises(UnusableSuiteError, match=reason):
        suites.login_suite("OCRA-1:HOTP-SHA256-8:" + inputs)
    with pytest.raises(UnusableSuiteError, match=reason):
        suites.server_suite("OCRA-1:HOTP-SHA256-8:" + inputs, Suite.parse(LOGIN))
    with pytest.raises(UnusableSuiteError, match=reason):
        suites.sign_suite("OCRA-1:HOTP-SHA256-8:" + inputs.replace("QN06", "QH64"))


@pytest.mark.parametrize("question", ["QA06", "QH06"])
def test_letters_cannot_be_typed(question):
    with pytest.raises(UnusableSuiteError, match="digits only"):
        suites.login_suite("OCRA-1:HOTP-SHA256-8:" + question)


@pytest.mark.parametrize("serves", [suites.login_suite, suites.sign_suite])
def test_a_whole_hmac_does_not_fit_the_display(serves):
    with pytest.raises(UnusableSuiteError, match="does not fit"):
        serves("OCRA-1:HOTP-SHA256-0:QN06")


@pytest.mark.parametrize("text", ["OCRA-1:HOTP-SHA256-8:QN64", "OCRA-1:HOTP-SHA256-8:QH40", LOGIN])
def test_transactions_are_signed_as_64_hex_digits_only(text):
    with pytest.raises(UnusableSuiteError, match="QH64"):
        suites.sign_suite(text)


def test_signatures_may_be_counted():
    assert suites.sign_suite("OCRA-1:HOTP-SHA256-8:C-QH64").counter


def test_a_page_must_not_count_its_codes():
    with pytest.raises(UnusableSuiteError, match="out of step"):
        suites.server_suite("OCRA-1:HOTP-SHA512-8:C-QN06", Suite.parse(LOGIN))


@pytest.mark.parametrize("question", ["QN08", "QH06"])
def test_page_and_token_ask_questions_of_one_form(question):
    with pytest.raises(UnusableSuiteError, match="format and length"):
        suites.server_suite("OCRA-1:HOTP-SHA512-8:" + question, Suite.parse(LOGIN))


@pytest.mark.parametrize(
    "wanted",
    [
        credential(),
        credential(login="OCRA-1:HOTP-SHA256-8:C-QN06", sign="OCRA-1:HOTP-SHA256-8:C-QH64"),
        credential(sign=SIGN, server=SERVER),
        credential(login="HOTP-SHA1-6"),
        credential(login="HOTP-SHA512-10", sign=SIGN),
    ],
)
def test_what_can_be_served_is_taken(wanted):
    suites.check(wanted, clock=False)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"login": ""}, SuiteError),
        ({"login": "HOTP-SHA1-5"}, MethodError),
        ({"login": "OCRA-1:HOTP-MD5-6:QN06"}, SuiteError),
        ({"server": "nonsense"}, SuiteError),
        ({"sign": "HOTP-SHA1-6"}, SuiteError),
        ({"sign": LOGIN}, UnusableSuiteError),
        ({"server": LOGIN}, UnusableSuiteError),
        ({"login": "HOTP-SHA1-6", "server": SERVER}, UnusableSuiteError),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(changes, error):
    with pytest.raises(error):
        suites.check(credential(**changes), clock=True)


def test_codes_by_time_need_a_clock():
    wanted = credential(login="TOTP-SHA1-6-T30S")
    suites.check(wanted, clock=True)
    with pytest.raises(UnusableSuiteError, match="does not know the time"):
        suites.check(wanted, clock=False)
