"""Signatures of transactions: of the values that were shown, with each reference once."""

import pytest

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.errors import FieldValueError
from dsc.protocol.transaction import ACCOUNT, AMOUNT, REFERENCE, Field, question
from host_tools.inventory.errors import (
    NoFormError,
    ReferenceUsedError,
    ResponseFormatError,
    UnverifiableError,
    ValueCountError,
)
from host_tools.inventory.signing import expected_signature, issue_reference, verify_signature
from host_tools.inventory.verify import Verdict

SIGN = "OCRA-1:HOTP-SHA256-8:QH64"
COUNTING = "OCRA-1:HOTP-SHA256-8:C-QH64"
FORM = (Field(AMOUNT, "Amount", 2, "EUR"), Field(ACCOUNT, "To account"), Field(REFERENCE, "Reference"))
REAL = bytes([1]) * 32
ALARM = bytes(range(32))
VALUES = ["123450", "0012345678", "000001"]


@pytest.fixture
def token(record):
    return lambda **options: record(
        **{"sign_suite": SIGN, "form": FORM, "alarm_key": bytearray(ALARM), **options}
    )


def signature(values=VALUES, key=REAL, suite=SIGN, form=FORM, **inputs):
    return respond(Suite.parse(suite), key, question("DS-1001", form, values), **inputs)


def judge(inventory, values=VALUES, given=None):
    return verify_signature(inventory, "DS-1001", values, signature(values) if given is None else given)


def test_the_signature_of_these_values_is_accepted(inventory, token):
    token()
    assert judge(inventory) is Verdict.ACCEPTED


@pytest.mark.parametrize("place", range(3))
def test_the_signature_of_other_values_is_rejected(inventory, token, place):
    token()
    other = list(VALUES)
    other[place] = other[place][:-1] + "9"
    assert judge(inventory, other, signature()) is Verdict.REJECTED


def test_the_duress_pin_raises_the_alarm(inventory, token):
    token()
    assert judge(inventory, given=signature(key=ALARM)) is Verdict.ALARM


def test_a_reference_is_accepted_once_with_whatever_key_and_values(inventory, token):
    token()
    assert judge(inventory, given=signature(key=ALARM)) is Verdict.ALARM
    for values in (VALUES, ["1", "1", VALUES[2]]):
        with pytest.raises(ReferenceUsedError, match="000001"):
            judge(inventory, values)
    assert judge(inventory, [*VALUES[:2], "000002"]) is Verdict.ACCEPTED


def test_a_rejected_signature_leaves_its_reference_unused(inventory, token):
    token()
    assert judge(inventory, given="00000000") is Verdict.REJECTED
    assert judge(inventory) is Verdict.ACCEPTED


def test_references_are_counted_and_used_ones_left_out(inventory, token):
    token()
    assert [issue_reference(inventory, "DS-1001") for _ in range(2)] == ["000001", "000002"]
    judge(inventory, [*VALUES[:2], "000003"])
    assert issue_reference(inventory, "DS-1001") == "000004"
    assert inventory.credential("DS-1001").sign_index == 4


def test_a_reference_is_the_same_one_with_other_zeros(inventory, token):
    token()
    assert judge(inventory, [*VALUES[:2], "7"]) is Verdict.ACCEPTED
    assert judge(inventory, [*VALUES[:2], "000"]) is Verdict.ACCEPTED
    for again in ("000007", "7".zfill(20), "0", "0" * 20):
        with pytest.raises(ReferenceUsedError, match=again):
            judge(inventory, [*VALUES[:2], again])
    assert judge(inventory, [*VALUES[:2], "70"]) is Verdict.ACCEPTED
    assert [issue_reference(inventory, "DS-1001") for _ in range(7)][-1] == "000008"


def test_a_form_without_reference_takes_the_same_signature_again(inventory, token):
    token(form=FORM[:2])
    for _ in range(2):
        given = signature(VALUES[:2], form=FORM[:2])
        assert verify_signature(inventory, "DS-1001", VALUES[:2], given) is Verdict.ACCEPTED
    with pytest.raises(NoFormError):
        issue_reference(inventory, "DS-1001")


def test_a_counter_in_the_sign_suite_moves_on(inventory, token):
    token(sign_suite=COUNTING, form=FORM[:2], counter=3)
    given = signature(VALUES[:2], suite=COUNTING, form=FORM[:2], counter=5)
    assert verify_signature(inventory, "DS-1001", VALUES[:2], given) is Verdict.ACCEPTED
    assert inventory.credential("DS-1001").counter == 6
    assert verify_signature(inventory, "DS-1001", VALUES[:2], given) is Verdict.REJECTED


def test_a_sign_suite_with_time_may_be_one_step_off(inventory, token, clock):
    suite = "OCRA-1:HOTP-SHA256-8:QH64-T1M"
    token(sign_suite=suite)
    now = int(clock.time.timestamp())
    for steps, accepted in ((-2, False), (-1, True)):
        given = signature(suite=suite, timestamp=now + 60 * steps)
        assert judge(inventory, given=given).accepted == accepted


@pytest.mark.parametrize(
    ("suite", "inputs"),
    [
        (SIGN, {}),
        (COUNTING, {"counter": 7}),
        ("OCRA-1:HOTP-SHA256-8:QH64-T1M", {"timestamp": 1795435200}),
    ],
)
def test_the_expected_signature_is_the_token_s_next_one_and_uses_nothing_up(
    inventory, token, clock, suite, inputs
):
    token(sign_suite=suite, counter=7)
    assert int(clock.time.timestamp()) == 1795435200
    for _ in range(2):
        assert expected_signature(inventory, "DS-1001", VALUES) == signature(suite=suite, **inputs)
    assert inventory.credential("DS-1001").counter == 7
    assert judge(inventory, given=expected_signature(inventory, "DS-1001", VALUES)) is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (["1", "1"], ValueCountError),
        (["1", "1", "1", "1"], ValueCountError),
        (["01", "1", "1"], FieldValueError),
        (["1.5", "1", "1"], FieldValueError),
        (["1", "", "1"], FieldValueError),
    ],
)
def test_values_that_cannot_stand_in_the_form_are_refused(inventory, token, values, error):
    token()
    with pytest.raises(error):
        judge(inventory, values, "12345678")
    with pytest.raises(error):
        expected_signature(inventory, "DS-1001", values)


@pytest.mark.parametrize("given", ["", "1234567", "123456789", "1234567x"])
def test_what_cannot_be_a_signature_is_a_format_error(inventory, token, given):
    token()
    with pytest.raises(ResponseFormatError, match="8 digits"):
        judge(inventory, given=given)


@pytest.mark.parametrize(
    ("options", "error", "reason"),
    [
        ({"form": ()}, NoFormError, "signs no transactions"),
        ({"form": (), "sign_suite": None}, NoFormError, "signs no transactions"),
        ({"sign_suite": "OCRA-1:HOTP-SHA256-8:QH40"}, UnverifiableError, "QH64"),
        ({"sign_suite": "OCRA-1:HOTP-SHA256-8:QA64"}, UnverifiableError, "QH64"),
        ({"sign_suite": "OCRA-1:HOTP-SHA256-8:QH64-PSHA1"}, UnverifiableError, "PIN hash"),
    ],
)
def test_what_cannot_sign_is_named(inventory, token, options, error, reason):
    token(**options)
    with pytest.raises(error, match=reason):
        judge(inventory)


def test_processes_with_the_same_transaction_accept_it_once(token, race):
    token()
    transactions = [[*VALUES[:2], str(number)] for number in range(10)]
    signed = [(values, signature(values)) for values in transactions]
    body = (
        "from host_tools.inventory.errors import ReferenceUsedError\n"
        "from host_tools.inventory.signing import issue_reference, verify_signature\n"
        f"for values, given in {signed}:\n"
        "    try:\n"
        "        print(verify_signature(inventory, 'DS-1001', values, given).value)\n"
        "    except ReferenceUsedError:\n"
        "        print('used')\n"
        "    print(issue_reference(inventory, 'DS-1001'))\n"
    )
    outputs = race(body, 4)
    for turn in range(10):
        assert sorted(output[2 * turn] for output in outputs) == ["accepted", "used", "used", "used"]
    references = [reference for output in outputs for reference in output[1::2]]
    assert len(set(references)) == 40
