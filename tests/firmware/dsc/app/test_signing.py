"""Signing: what the review shows is what is signed, and nothing is signed that was not reviewed."""

import pytest

from dsc.app import timing
from dsc.crypto.ocra import Suite, mutual, respond
from dsc.protocol.records import KIND_OPEN
from dsc.protocol.transaction import ACCOUNT, AMOUNT, DIGITS, REFERENCE, Field, question
from fakes import signing, units
from fakes.units import Made

SIGN = "OCRA-1:HOTP-SHA256-8:QH64"
COUNTED = "OCRA-1:HOTP-SHA256-8:C-QH64"
COUNTED_LOGIN = "OCRA-1:HOTP-SHA256-8:C-QN06"
SERVER = "OCRA-1:HOTP-SHA512-8:QN06"
TRANSFER = (Field(AMOUNT, "Amount", 2, "EUR"), Field(ACCOUNT, "To account"), Field(REFERENCE, "Reference"))
FOUR = (
    Field(AMOUNT, "Pay", 0, "JPY"),
    Field(ACCOUNT, "To"),
    Field(DIGITS, "Purpose"),
    Field(REFERENCE, "No."),
)
TYPED = ("123450", "0012345678", "000042")


def made(form=TRANSFER, sign=SIGN, **options):
    return Made(units.LOGIN, "Household", sign=sign, form=form, **options)


def signature(values, form=TRANSFER, suite=SIGN, index=0, **inputs):
    asked = question(units.SERIAL, form, values)
    return respond(Suite.parse(suite), units.fixed_key(index), asked, **inputs)


def sign(token, typed, pin="4711"):
    """The whole flow; the code."""
    signing.begin(token)
    token.type(pin)
    for digits in typed:
        token.type(digits)
    signing.confirm(token)
    return token.do("read RESPONSE")


def test_the_code_signs_what_was_typed(desk):
    token = desk((made(),))
    assert sign(token, TYPED) == signature(TYPED)
    assert token.screen.lines[0] == "Household"


@pytest.mark.parametrize(
    "changed",
    [
        ("123451", "0012345678", "000042"),
        ("123450", "0012345679", "000042"),
        ("123450", "012345678", "000042"),
        ("123450", "0012345678", "000043"),
        ("123450", "0012345678", "42"),
    ],
)
def test_a_transaction_that_differs_in_one_digit_has_another_code(desk, changed):
    code = sign(desk((made(),)), changed)
    assert code == signature(changed)
    assert code != signature(TYPED)


def test_the_review_shows_label_and_value_of_every_field(desk):
    token = desk((made(),))
    signing.begin(token)
    token.type("4711")
    for digits in TYPED:
        token.type(digits)
    assert signing.review(token) == [
        ("Amount", "1 234.50 EUR"),
        ("To account", "0012 3456 78"),
        ("Reference", "0000 42"),
    ]


def test_long_values_are_shown_whole_on_several_pages_and_ok_waits_for_the_last(desk):
    token = desk((made(FOUR),))
    typed = (
        "999999999999",
        "1234567890123456789012345678901234",
        "98765432109876543210",
        "00000000000000000001",
    )
    signing.begin(token)
    token.type("4711")
    for digits in typed:
        token.type(digits)
    token.do('press OK\nexpect "1 more to see"\npress OK\nexpect "Sign this?"\npress B A\nexpect "#OK sign"')
    assert signing.review(token) == [
        ("Pay", "999 999 999 999 JPY"),
        ("To", "1234 5678 9012 3456 7890 1234 5678 9012 34"),
        ("Purpose", "9876 5432 1098 7654 3210"),
        ("No.", "0000 0000 0000 0000 0001"),
    ]
    token.do("press OK")
    assert token.do("read RESPONSE") == signature(typed, FOUR)


def test_an_amount_is_shown_with_its_decimals_as_it_is_typed(desk):
    token = desk((made(),))
    signing.begin(token)
    token.type("4711")
    for keys, shown in (("1", "0.01"), ("2", "0.12"), ("3", "1.23"), ("4 5 6", "1 234.56"), ("C C", "12.34")):
        token.do(f'press {keys}\nexpect "{shown}"\nexpect "EUR"\nexpect "Amount"')


def test_nothing_typed_is_no_value_but_a_zero_is_one(desk):
    token = desk((made(),))
    signing.begin(token)
    token.type("4711")
    token.do('press OK\nexpect "Type the digits"\npress 0 OK\nexpect "To account"')
    token.do('press OK\nexpect "Type the digits"')
    token.type("1")
    token.type("2")
    signing.confirm(token)
    assert token.do("read RESPONSE") == signature(("0", "1", "2"))


def test_leading_zeros_of_amounts_are_not_signed_and_those_of_accounts_are(desk):
    assert sign(desk((made(),)), ("00500", "00500", "00500")) == signature(("500", "00500", "00500"))


def test_digits_beyond_the_last_are_not_taken(desk):
    token = desk((made(),))
    signing.begin(token)
    token.type("4711")
    token.do('press 1 2 3 4 5 6 7 8 9 0 1 2 3\nexpect "At most 12 digits"\nexpect "1 234 567 890.12"')


def test_a_wrong_pin_gives_another_code_and_the_token_does_not_tell(desk):
    assert sign(desk((made(),)), TYPED, pin="4710") not in {signature(TYPED), None}


def test_a_credential_without_a_form_offers_no_signing(desk):
    token = desk((Made(units.LOGIN),))
    token.do('press D\nexpect "Change PIN"')
    assert "Sign" not in token.screen.text


@pytest.mark.parametrize(
    "credential",
    [
        made(server=SERVER),
        made(kind=KIND_OPEN),
        Made("TOTP-SHA1-6-T30S", sign=SIGN, form=TRANSFER),
        Made("HOTP-SHA1-6", sign=SIGN, form=TRANSFER),
    ],
)
def test_the_menu_is_on_every_first_screen(desk, credential):
    token = desk((credential,))
    token.do('expect "D Menu"\npress D\nexpect "Sign"\nhold C 2s\nexpect "D Menu"')


@pytest.mark.parametrize("typed", range(5))
def test_holding_c_leaves_everything_and_signs_nothing(desk, typed):
    token = desk((made(sign=COUNTED),))
    before = token.engine.flash_image.read_bytes()
    signing.begin(token)
    for digits in ("4711", *TYPED)[:typed]:
        token.type(digits)
    token.do('hold C 2s\nexpect "PIN>"\nexpect "----"')
    assert token.engine.flash_image.read_bytes() == before


@pytest.mark.parametrize(
    ("typed", "milliseconds"),
    [(0, timing.PATIENCE_MS), (1, timing.CHALLENGE_MS), (2, timing.CHALLENGE_MS), (4, timing.CHALLENGE_MS)],
)
def test_every_wait_ends_dark(desk, typed, milliseconds):
    token = desk((made(),))
    signing.begin(token)
    for digits in ("4711", *TYPED)[:typed]:
        token.type(digits)
    token.do(f"wait {milliseconds - 1000}ms")
    assert not token.dark
    token.do('wait 3s\nexpect ""')


def test_logins_and_signatures_share_one_counter_which_is_on_flash_before_the_code(witnessed):
    token, witness = witnessed((Made(COUNTED_LOGIN, sign=COUNTED, form=TRANSFER),))
    for counter in (0, 2):
        expected = respond(Suite.parse(COUNTED_LOGIN), units.fixed_key(0), "123457", counter=counter)
        assert token.login("4711", "123457") == expected
        token.do("press OK\nwait 1s\npress OK\nwait 1s")
        code = sign(token, TYPED)
        assert code == signature(TYPED, suite=COUNTED, counter=counter + 1)
        assert witness.counter_when_shown(code, units.identity(0)) == counter + 2
        token.do("press OK\nwait 1s\npress OK\nwait 1s")


def test_of_several_credentials_that_sign_the_user_picks_one(desk):
    others = (Made(units.LOGIN, "Only logins"), Made(units.LOGIN, "Club", sign=SIGN, form=FOUR[:1]))
    token = desk((made(), *others))
    signing.begin(token)
    assert "Only logins" not in token.screen.text
    token.do("press B OK")
    token.type("4711")
    token.type("77")
    signing.confirm(token)
    assert token.do("read RESPONSE") == signature(("77",), FOUR[:1], index=2)


def test_a_credential_with_a_server_key_signs_without_the_page(desk):
    token = desk((made(server=SERVER),))
    assert sign(token, TYPED) == signature(TYPED)


def test_a_signature_answers_no_login_and_no_login_signs(desk):
    code = sign(desk((made(),)), TYPED)
    key = units.fixed_key(0)
    assert code != respond(Suite.parse(units.LOGIN), key, "000042")
    assert code != mutual(Suite.parse(units.LOGIN), key, "000042", "123457")
