"""A token from the station, codes from its screens, verdicts from the inventory that knows its keys."""

import pytest

from dsc.protocol.transaction import ACCOUNT, AMOUNT, REFERENCE, Field
from fakes import signing
from fakes.desk import Desk
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory, Location
from host_tools.inventory.errors import ChallengeNotOpenError, ReferenceUsedError
from host_tools.inventory.mutual_mode import answer_page, verify_mutual
from host_tools.inventory.plain_codes import verify_code
from host_tools.inventory.signing import issue_reference, verify_signature
from host_tools.inventory.verify import Verdict, answer, issue_challenge
from host_tools.station.make import make_token
from host_tools.station.ordering import CredentialSpec, Order

SERIAL = "END-0001"
PIN = "729461"
TRANSFER = (Field(AMOUNT, "Amount", 2, "EUR"), Field(ACCOUNT, "To account"), Field(REFERENCE, "Reference"))
CREDENTIALS = (
    CredentialSpec(
        "Bank", sign="OCRA-1:HOTP-SHA256-8:QH64", server="OCRA-1:HOTP-SHA512-8:QN06", form=TRANSFER
    ),
    CredentialSpec("Door", login="HOTP-SHA1-6"),
    CredentialSpec("Garage", kind="open", login="HOTP-SHA256-8"),
    CredentialSpec("Gate", kind="open"),
)
BANK, DOOR, GARAGE, GATE = ("press OK", "press B OK", "press B B OK", "press B B B OK")


@pytest.fixture
def made(engine_name, tmp_path):
    """A token of four credentials, switched on, and the inventory."""
    with Inventory.open(Location.inside(tmp_path)) as inventory:
        order = Order(SERIAL, bytearray(PIN.encode()), CREDENTIALS, rounds=16)
        token = make_token(inventory, tmp_path / "token", order, "cpython")
        with open_engine(engine_name, token.unit()) as engine:
            yield Desk(engine), inventory


def again(desk):
    """Put the token off, and wake it."""
    desk.do('press OK\nwait 1s\nexpect ""\npress OK')


def mutual_login(desk, inventory, pin=PIN):
    desk.do(BANK)
    page = answer_page(inventory, SERIAL, desk.screen.large, "Bank")
    desk.do("press OK")
    desk.type(page.server_question)
    desk.type(page.code)
    desk.type(pin)
    return page.server_question, desk.do("read RESPONSE")


def test_a_mutual_login_is_accepted_once(made):
    desk, inventory = made
    challenge, response = mutual_login(desk, inventory)
    assert verify_mutual(inventory, SERIAL, challenge, response, "Bank") is Verdict.ACCEPTED
    with pytest.raises(ChallengeNotOpenError):
        verify_mutual(inventory, SERIAL, challenge, response, "Bank")
    again(desk)
    challenge, response = mutual_login(desk, inventory, pin="729460")
    assert verify_mutual(inventory, SERIAL, challenge, response, "Bank") is Verdict.REJECTED


def test_a_page_that_answered_another_token_is_found_out(made):
    desk, inventory = made
    desk.do(BANK)
    number = desk.screen.large
    other = f"{(int(number) + 1) % 10**6:06}" if (int(number) + 1) % 16 else f"{(int(number) + 2) % 10**6:06}"
    page = answer_page(inventory, SERIAL, other, "Bank")
    desk.do("press OK")
    desk.type(page.server_question)
    desk.type(page.code)
    desk.do('expect "WARNING"')


def test_a_signature_is_accepted_for_its_transaction_alone_and_once(made):
    desk, inventory = made
    reference = issue_reference(inventory, SERIAL, "Bank")
    values = ("123450", "0012345678", reference)
    signing.begin(desk)
    desk.type(PIN)
    for digits in values:
        desk.type(digits)
    signing.confirm(desk)
    code = desk.do("read RESPONSE")
    tampered = ("123451", *values[1:])
    assert verify_signature(inventory, SERIAL, tampered, code, "Bank") is Verdict.REJECTED
    assert verify_signature(inventory, SERIAL, values, code, "Bank") is Verdict.ACCEPTED
    with pytest.raises(ReferenceUsedError):
        verify_signature(inventory, SERIAL, values, code, "Bank")


def test_plain_codes_are_accepted_once_each(made):
    desk, inventory = made
    for _ in range(3):
        desk.do(DOOR)
        desk.type(PIN)
        code = desk.do("read RESPONSE")
        assert verify_code(inventory, SERIAL, code, "Door") is Verdict.ACCEPTED
        assert verify_code(inventory, SERIAL, code, "Door") is Verdict.REJECTED
        again(desk)


def test_possession_only_codes_are_accepted_without_a_pin(made):
    desk, inventory = made
    desk.do(GARAGE + "\npress OK")
    assert verify_code(inventory, SERIAL, desk.do("read RESPONSE"), "Garage") is Verdict.ACCEPTED
    again(desk)
    challenge = issue_challenge(inventory, SERIAL, "Gate").question
    desk.do(GATE + "\npress OK")
    desk.type(challenge)
    assert answer(inventory, SERIAL, challenge, desk.do("read RESPONSE"), "Gate") is Verdict.ACCEPTED
