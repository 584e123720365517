"""What may be ordered, and what is refused by name before anything is drawn."""

import pytest

from dsc.app.errors import UnusableSuiteError
from dsc.app.ordering import FIRST_TIME, LAST_TIME, OrderError, check_order
from dsc.crypto.errors import SuiteError
from dsc.protocol.errors import DeltaError, FormError, MethodError
from dsc.protocol.orders import MUST_CHANGE
from dsc.protocol.records import KIND_OPEN, MODE_VERIFIED
from fakes.factory_board import FactoryBoard
from fakes.factory_link import LOGIN, credential, order

SIGN = "OCRA-1:HOTP-SHA256-8:QH64"
SERVER = "OCRA-1:HOTP-SHA256-8:C-QN06"
FORM = ((1, "Amount", 2, "EUR"), (2, "Account", 0, ""), (4, "Number", 0, ""))
TOTP = "TOTP-SHA1-6-T30S"
VERIFIED = {"mode": MODE_VERIFIED, "pin_limit": 3, "code_limit": 3}


def board(secure: bool = False, seconds: int | None = None) -> FactoryBoard:
    made = FactoryBoard()
    made.identity.secure = secure
    if seconds is not None:
        made.wall.set(seconds)
    return made


@pytest.mark.parametrize(
    "wanted",
    [
        credential(login="HOTP-SHA512-10"),
        credential(kind=KIND_OPEN),
        credential(kind=KIND_OPEN, login="HOTP-SHA1-6"),
        credential(sign=SIGN, form=FORM),
        credential(login="HOTP-SHA1-6", sign=SIGN, form=FORM),
        credential(server="OCRA-1:HOTP-SHA1-6:QN06"),
        credential(label="Straße", sign=SIGN, form=((3, "Größe", 0, ""),)),
    ],
)
def test_a_credential_that_the_token_can_serve_is_taken(wanted):
    check_order(board(), order(wanted))


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (credential(login="HOTP-MD5-6"), MethodError),
        (credential(login="HOTP-SHA1-5"), MethodError),
        (credential(login="TOTP-SHA1-6"), MethodError),
        (credential(login="HOTP-SHA1-6", server="OCRA-1:HOTP-SHA1-6:QN06"), UnusableSuiteError),
        (credential(server=LOGIN), UnusableSuiteError),
        (credential(server="OCRA-1:HOTP-SHA256-8:QN08"), UnusableSuiteError),
        (credential(server="OCRA-1:HOTP-SHA256-8:QH06"), UnusableSuiteError),
        (credential(server=SERVER), UnusableSuiteError),
        (credential(server="OCRA-1:HOTP-SHA256-8:QN06-T1M"), UnusableSuiteError),
        (credential(server="OCRA-1:HOTP-SHA256-0:QN06"), UnusableSuiteError),
        (credential(sign="OCRA-1:HOTP-SHA256-8:QH32", form=FORM), UnusableSuiteError),
        (credential(sign="OCRA-1:HOTP-SHA256-8:QN64", form=FORM), UnusableSuiteError),
        (credential(sign="OCRA-1:HOTP-SHA256-8:QH64-PSHA1", form=FORM), UnusableSuiteError),
        (credential(sign="OCRA-1:HOTP-SHA256-8:QH64-S064", form=FORM), UnusableSuiteError),
        (credential(sign="OCRA-1:HOTP-SHA256-8:QH64-T1M", form=FORM), UnusableSuiteError),
        (credential(sign="OCRA-1", form=FORM), SuiteError),
        (credential(sign=SIGN), OrderError),
        (credential(form=FORM), OrderError),
        (credential(sign=SIGN, form=FORM[2:]), FormError),
        (credential(sign=SIGN, form=(FORM[2], FORM[0])), FormError),
        (credential(sign=SIGN, form=((1, "Amount", 5, "EUR"),)), FormError),
        (credential(sign=SIGN, form=((1, "Amount", 2, ""),)), FormError),
        (credential(sign=SIGN, form=((2, "", 0, ""),)), FormError),
        (credential(sign=SIGN, form=((2, "\N{SNOWMAN}", 0, ""),)), OrderError),
        (credential(label="\N{SNOWMAN}"), OrderError),
    ],
)
def test_a_credential_that_the_token_could_not_serve_is_refused(wanted, error):
    with pytest.raises(error):
        check_order(board(), order(credential(), wanted))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"flags": 2}, "flags"),
        ({"flags": 0x81}, "flags"),
        ({"mode": 2}, "mode"),
        ({"pin_limit": 1}, "limits"),
        ({"code_limit": 1}, "limits"),
        ({"wipes": True}, "limits"),
        ({"language": 5}, "language"),
        ({"time": FIRST_TIME - 1}, "time"),
        ({"time": LAST_TIME + 1}, "time"),
        (VERIFIED, "mode"),
    ],
)
def test_what_a_soft_token_cannot_be_is_refused_by_the_name_of_its_field(changes, field):
    with pytest.raises(OrderError) as caught:
        check_order(board(), order(**changes))
    assert caught.value.field == field


@pytest.mark.parametrize(
    "wanted",
    [credential(login="HOTP-SHA1-6"), credential(kind=KIND_OPEN), credential(login="HOTP-SHA512-10")],
)
def test_a_pin_that_must_be_changed_needs_a_service_that_can_confirm_it(wanted):
    with pytest.raises(OrderError, match="to confirm the change") as caught:
        check_order(board(), order(wanted, flags=MUST_CHANGE))
    assert caught.value.field == "flags"
    check_order(board(), order(wanted, credential(), flags=MUST_CHANGE))
    check_order(board(secure=True), order(wanted, flags=MUST_CHANGE, **VERIFIED))


def test_the_edges_of_what_a_token_can_be_are_taken():
    for changes in ({"flags": 1}, {"language": 4}, {"time": FIRST_TIME}, {"time": LAST_TIME}):
        check_order(board(), order(**changes))


def test_a_clock_is_needed_for_codes_by_time_and_the_station_may_set_it():
    timed = credential(login=TOTP)
    with pytest.raises(UnusableSuiteError, match="does not know the time"):
        check_order(board(), order(timed))
    check_order(board(), order(timed, time=FIRST_TIME))
    check_order(board(seconds=FIRST_TIME), order(timed))


# The duress PIN.


@pytest.mark.parametrize("delta", [b"50000000", b"55555555", b"00000005"])
def test_a_duress_pin_may_differ_in_any_digits(delta):
    check_order(board(), order(delta=delta))


@pytest.mark.parametrize("delta", [b"00000000", b"10000000", b"5000000\x00"])
def test_digits_that_lead_to_no_duress_pin_are_refused(delta):
    with pytest.raises(DeltaError):
        check_order(board(), order(delta=delta))


@pytest.mark.parametrize(("pin", "told"), [(b"6234", "1234"), (b"6111", "1111"), (b"6984", "1984")])
def test_a_duress_pin_that_is_guessed_first_is_refused_and_neither_pin_is_told(pin, told):
    with pytest.raises(OrderError) as caught:
        check_order(board(), order(pin=pin, delta=b"5000"))
    assert caught.value.field == "duress"
    assert pin.decode() not in str(caught.value)
    assert told not in str(caught.value)


# Verified mode.


def test_a_board_with_a_secret_may_be_verified():
    check_order(board(secure=True), order(**VERIFIED))
    check_order(board(secure=True), order(**VERIFIED, wipes=True, flags=1))
    check_order(board(secure=True), order())


@pytest.mark.parametrize("limits", [{"pin_limit": 0}, {"code_limit": 0}])
def test_a_verified_token_has_limits(limits):
    with pytest.raises(OrderError) as caught:
        check_order(board(secure=True), order(**(VERIFIED | limits)))
    assert caught.value.field == "limits"


def test_a_verified_token_has_no_duress_pin():
    with pytest.raises(OrderError) as caught:
        check_order(board(secure=True), order(**VERIFIED, delta=b"50000000"))
    assert caught.value.field == "duress"
