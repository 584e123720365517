"""Tokens of other makers: recorded all at once, judged like ours, and never in the place of one that is there."""

import pytest

from dsc.crypto.ocra import Suite, pin_digest, respond
from host_tools.inventory import Inventory, NewCredential, TokenState
from host_tools.inventory.errors import (
    CredentialInUseError,
    FieldError,
    SerialFormError,
    SerialInUseError,
    UnverifiableError,
)
from host_tools.inventory.importing import ImportedKey, record_imported
from host_tools.inventory.issuing import begin_batch
from host_tools.inventory.plain_codes import verify_code
from host_tools.inventory.rotation import rotate
from host_tools.inventory.serials import Batch
from host_tools.inventory.verify import Verdict, answer, issue_challenge

CARD = "OCRA-1:HOTP-SHA1-6:C-QN08-PSHA1"


def imported(serial="ZZ1", number=1, maker="Acme", model="T1", pin_hash=None, **options):
    options = {"id": bytes([number]) * 16, "label": "Card", "key": bytearray([number] * 20), **options}
    return ImportedKey(serial, maker, model, NewCredential(**options), pin_hash, f"line {number}")


def test_an_imported_token_is_sealed_and_nobody_s(anywhere):
    with Inventory.open(anywhere) as inventory:
        key = imported(login_suite="HOTP-SHA1-6", counter=0)
        assert record_imported(inventory, [key]) == [(key, None)]
        token = inventory.token("ZZ1")
        assert (token.state, token.manufacturer, token.board) == (TokenState.SEALED, "Acme", "T1")
        assert (token.uid, token.user) == (b"", None)
        entry = inventory.history("ZZ1")[-1]
        assert (entry.event, entry.detail) == ("imported", {"manufacturer": "Acme", "credentials": 1})
        inventory.check_audit()


def test_its_codes_are_judged_like_any_other_s(inventory):
    # RFC 4226, appendix D.
    key = imported(key=bytearray(b"12345678901234567890"), login_suite="HOTP-SHA1-6")
    record_imported(inventory, [key])
    assert verify_code(inventory, "ZZ1", "755224") is Verdict.ACCEPTED
    assert verify_code(inventory, "ZZ1", "755224") is Verdict.REJECTED


def test_a_card_whose_pin_enters_the_response_is_judged_by_its_hash(inventory):
    suite = Suite.parse(CARD)
    key = imported(login_suite=CARD, counter=3, pin_hash=pin_digest(suite, "1234"))
    record_imported(inventory, [key])
    rotate(inventory)
    for pin, verdict in (("1235", Verdict.REJECTED), ("1234", Verdict.ACCEPTED)):
        question = issue_challenge(inventory, "ZZ1").question
        response = respond(suite, b"\x01" * 20, question, counter=5, pin_hash=pin_digest(suite, pin))
        assert answer(inventory, "ZZ1", question, response) is verdict
    assert inventory.credential("ZZ1").counter == 6


def test_without_the_hash_such_a_card_is_not_judged(inventory):
    record_imported(inventory, [imported(login_suite=CARD)])
    with pytest.raises(UnverifiableError, match="PIN hash"):
        issue_challenge(inventory, "ZZ1")


def test_keys_of_one_serial_are_credentials_of_one_token(inventory):
    record_imported(inventory, [imported(number=1), imported("ZZ2", 2), imported(number=3)])
    assert [one.id[0] for one in inventory.credentials("ZZ1")] == [1, 3]


def test_what_is_in_the_inventory_stays_and_the_rest_is_taken(inventory, record):
    record("DS-1001", 9)
    record_imported(inventory, [imported("ZZ1", 1)])
    keys = [
        imported("DS-1001", 2),
        imported("ZZ2", 1),
        imported("ZZ3", 4),
        imported("ZZ4", 4),
        imported("Z 5", 5),
    ]
    errors = [error for _, error in record_imported(inventory, keys)]
    kinds = [SerialInUseError, CredentialInUseError, type(None), CredentialInUseError, FieldError]
    assert [type(error) for error in errors] == kinds
    assert inventory.serials() == ["DS-1001", "ZZ1", "ZZ3"]
    assert inventory.key(inventory.credential("DS-1001")) == bytes([9]) * 32


def test_a_serial_like_one_of_our_batches_must_have_been_issued(inventory):
    begin_batch(inventory, Batch("PD"))
    ((_, error),) = record_imported(inventory, [imported(Batch("PD").serial(7))])
    assert isinstance(error, SerialFormError)


@pytest.mark.parametrize("options", [{"maker": "x" * 65}, {"model": "a\x00"}])
def test_names_that_cannot_be_are_refused(inventory, options):
    ((_, error),) = record_imported(inventory, [imported(**options)])
    assert isinstance(error, FieldError)


@pytest.mark.parametrize("maker", ["\x1b[2J" + "x" * 9, "x" * 65])
def test_a_maker_s_name_that_cannot_be_is_in_no_message_and_names_no_token(inventory, maker):
    keys = [imported(maker=maker), imported(number=2), imported(number=3, maker="Bcme")]
    errors = [error for _, error in record_imported(inventory, keys)]
    assert [type(error) for error in errors] == [FieldError, type(None), FieldError]
    assert maker not in "".join(map(str, errors))
    assert inventory.token("ZZ1").manufacturer == "Acme"


def test_a_label_that_is_too_long_in_the_form_it_is_kept_in_is_refused(anywhere):
    # U+0958 is two characters in NFC; SQLite counts nothing, PostgreSQL does.
    with pytest.raises(FieldError, match="1 to 64"):
        imported(label="\u0958" * 33)
    with Inventory.open(anywhere) as inventory:
        record_imported(inventory, [imported(label="\u0958" * 32)])
        assert inventory.credential("ZZ1").label == "\u0915\u093c" * 32


def test_one_serial_of_two_makers_is_one_token_of_the_first(inventory):
    errors = [
        error for _, error in record_imported(inventory, [imported(), imported(number=2, maker="Bcme")])
    ]
    assert [errors[0], type(errors[1])] == [None, FieldError]
    assert len(inventory.credentials("ZZ1")) == 1


def test_a_dry_run_says_the_same_and_writes_nothing(inventory):
    keys = [imported("ZZ1", 1), imported("ZZ2", 1)]
    told = [type(error) for _, error in record_imported(inventory, keys, dry_run=True)]
    assert (inventory.serials(), inventory.history()) == ([], [])
    assert told == [type(error) for _, error in record_imported(inventory, keys)]


def test_the_first_key_that_is_taken_says_what_the_token_is(inventory):
    record_imported(inventory, [imported(number=1, model="x" * 65), imported(number=2, model="T2")])
    assert inventory.token("ZZ1").board == "T2"
    assert [one.id[0] for one in inventory.credentials("ZZ1")] == [2]
