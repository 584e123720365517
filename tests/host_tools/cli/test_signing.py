"""`picodsc sign` and `verify-signature`: transactions as they are typed, signatures, verdicts."""

import json

import pytest

from dsc.crypto.ocra import Suite, respond
from dsc.protocol.transaction import ACCOUNT, AMOUNT, DIGITS, REFERENCE, Field, question

KEY = bytes(range(32))
ALARM = bytes(range(50, 82))
SIGN = "OCRA-1:HOTP-SHA256-8:QH64"
FORM = (Field(AMOUNT, "Amount", 2, "EUR"), Field(ACCOUNT, "To account"), Field(REFERENCE, "Reference"))
VALUES = ["123450", "0012345678", "000481"]
FIELDS = (
    "--field", "amount:Amount:2:EUR=1 234.50",
    "--field", "account:To account=0012 345-678",
    "--field", "reference:Reference=000481",
)  # fmt: skip
TYPED = ("--value", "1234.50", "--value", "0012345678", "--value", "000481")


def signature(key=KEY, values=VALUES, form=FORM, suite=SIGN, **inputs):
    return respond(Suite.parse(suite), key, question("DS-1001", form, values), **inputs)


@pytest.fixture
def token(record):
    record(sign_suite=SIGN, form=FORM, alarm_key=bytearray(ALARM))


@pytest.fixture
def form(tmp_path):
    path = tmp_path / "form.json"
    path.write_text(
        json.dumps(
            [
                {"kind": "amount", "label": "Amount", "decimals": 2, "currency": "EUR"},
                {"kind": "account", "label": "To account"},
                {"kind": "reference", "label": "Reference"},
            ]
        )
    )
    return path


def test_a_transaction_is_signed_with_a_key_that_is_given(picodsc, home):
    ended = picodsc("sign", "ds-1001", "--key", KEY.hex(), *FIELDS)
    assert (ended.out, ended.err, ended.code) == (signature() + "\n", "", 0)
    assert not home.exists()


def test_the_fields_may_come_from_a_file(picodsc, form):
    ended = picodsc("sign", "DS-1001", "--key", KEY.hex(), "--form", form, *TYPED)
    assert ended.out == signature() + "\n"


def test_suites_with_counter_and_time_take_them_as_options(picodsc):
    suite = "OCRA-1:HOTP-SHA512-10:C-QH64-T1M"
    given = ("--suite", suite, "--counter", "7", "--timestamp", "120")
    ended = picodsc("sign", "DS-1001", "--key", KEY.hex(), *given, *FIELDS)
    assert ended.out == signature(suite=suite, counter=7, timestamp=120) + "\n"


@pytest.mark.parametrize("given", [FIELDS, TYPED])
def test_the_inventory_s_key_signs_the_token_s_form(picodsc, token, given):
    assert picodsc("sign", "ds-1001", *given).out == signature() + "\n"


@pytest.mark.parametrize(
    ("typed", "signed"),
    [
        ("0", "0"),
        ("0.00", "0"),
        ("7", "700"),
        ("0.07", "7"),
        ("1 000 000.00", "100000000"),
        ("0012.30", "1230"),
    ],
)
def test_an_amount_is_typed_as_people_write_it(picodsc, typed, signed):
    ended = picodsc("sign", "DS-1001", "--key", KEY.hex(), "--field", f"amount:Amount:2:EUR={typed}")
    assert ended.out == signature(values=[signed], form=FORM[:1]) + "\n"


def test_labels_may_hold_colons_and_equals_signs(picodsc):
    ended = picodsc(
        "sign", "DS-1001", "--key", KEY.hex(),
        "--field", "amount:a:b=c:0:JPY=12", "--field", "digits:d:e=f=3",
    )  # fmt: skip
    form = (Field(AMOUNT, "a:b=c", 0, "JPY"), Field(DIGITS, "d:e=f"))
    assert ended.out == signature(values=["12", "3"], form=form) + "\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "there are no fields"),
        (("--field", "amount"), "not KIND:LABEL=VALUE"),
        (("--field", "digits=1"), "not KIND:LABEL=VALUE"),
        (("--field", "digits:Code"), "not KIND:LABEL=VALUE"),
        (("--field", "text:Code=1"), "amount, account, digits, reference"),
        (("--field", "amount:Amount=1"), "amount:LABEL:DECIMALS:CURRENCY=VALUE"),
        (("--field", "amount:Amount:x:EUR=1"), "amount:LABEL:DECIMALS:CURRENCY=VALUE"),
        (("--field", "amount:Amount:5:EUR=1"), "0 to 4 decimals"),
        (("--field", "amount:Amount:2:eur=1"), "A to Z"),
        (("--field", "amount:Amount:2:EUR=1.5"), "like 1234.50"),
        (("--field", "amount:Amount:2:EUR=1,50"), "like 1234.50"),
        (("--field", "amount:Amount:2:EUR=-1"), "like 1234.50"),
        (("--field", "amount:Amount:2:EUR="), "like 1234.50"),
        (("--field", "amount:Amount:0:JPY=1.5"), "like 1234"),
        (("--field", "amount:Amount:2:EUR=99999999999.00"), "1 to 12 digits"),
        (("--field", "digits:Code=12x"), "1 to 20 digits"),
        (("--field", "digits:Code="), "1 to 20 digits"),
        (("--field", "reference:Reference=1"), "one to three fields"),
        (("--field", "digits:\udc80=1"), "not UTF-8"),
        (("--field", "digits:Code=1", "--value", "1"), "leave out --form and --value"),
        (("--form", "nowhere.json"), "no such file"),
        (("--key", "xyz", "--field", "digits:Code=1"), "hex digits"),
        (("--key", "", "--field", "digits:Code=1"), "not be empty"),
        (("--suite", "OCRA-1:HOTP-SHA256-8:QN08", "--field", "digits:Code=1"), "at most 8|1 to 8"),
        (("--suite", "OCRA-1", "--field", "digits:Code=1"), "three parts"),
        (("--suite", "OCRA-1:HOTP-SHA256-8:C-QH64", "--field", "digits:Code=1"), "counter"),
        (("--credential", "Login", "--field", "digits:Code=1"), "leave out --credential"),
    ],
)
def test_what_is_no_transaction_is_said_and_exits_2(picodsc, arguments, reason):
    key = () if "--key" in arguments else ("--key", KEY.hex())
    ended = picodsc("sign", "DS-1001", *key, *arguments)
    assert (ended.out, ended.code) == ("", 2)
    assert any(one in ended.err for one in reason.split("|")), ended.err


@pytest.mark.parametrize("content", [b"", b"[]", b'{"kind": 1}', b"\xff\xfe"])
def test_a_file_that_holds_no_form_is_said_and_exits_2(picodsc, tmp_path, content):
    (tmp_path / "form.json").write_bytes(content)
    ended = picodsc("sign", "DS-1001", "--key", KEY.hex(), "--form", tmp_path / "form.json")
    assert (ended.out, ended.code) == ("", 2)
    assert ended.err.startswith("picodsc: ")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("DS-1001", *TYPED[:4]), "3 fields, and there are 2 values"),
        (("DS-1001", *FIELDS[:4]), "amount:Amount:2:EUR, account:To account, reference:Reference"),
        (("DS-1001", *TYPED, "--counter", "1"), "--counter goes with --key"),
        (("DS-1001", *TYPED, "--suite", SIGN), "--suite goes with --key"),
        (("DS-1001", *TYPED, "--credential", "Mail"), "'Login'"),
        (("DS-1002", *TYPED), "did you mean DS-1001?"),
    ],
)
def test_what_the_inventory_cannot_sign_is_said_and_exits_2(picodsc, token, arguments, reason):
    ended = picodsc("sign", *arguments)
    assert (ended.out, ended.code) == ("", 2)
    assert reason in ended.err


@pytest.mark.parametrize("command", [("sign", "DS-1001"), ("verify-signature", "DS-1001", "12345678")])
def test_a_credential_without_a_form_signs_nothing(picodsc, record, command):
    record(sign_suite=SIGN)
    ended = picodsc(*command, *FIELDS)
    assert (ended.out, ended.code) == ("", 2)
    assert "signs no transactions" in ended.err


@pytest.mark.parametrize(
    ("given", "words", "code"),
    [(signature(), "accepted", 0), (signature(ALARM), "accepted with alarm", 0), ("00000000", "rejected", 1)],
)
@pytest.mark.parametrize("values", [FIELDS, TYPED])
def test_a_signature_is_judged_in_words_and_by_exit_code(picodsc, token, given, words, code, values):
    ended = picodsc("verify-signature", "ds-1001", f"{given[:4]} {given[4:]}", *values)
    assert (ended.out, ended.err, ended.code) == (words + "\n", "", code)


def test_a_reference_is_good_for_one_transaction(picodsc, token):
    assert picodsc("verify-signature", "DS-1001", signature(), *TYPED).code == 0
    ended = picodsc("verify-signature", "DS-1001", signature(), *TYPED)
    assert (ended.out, ended.code) == ("", 2)
    assert "000481 was accepted already" in ended.err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("DS-1001", "1234", *TYPED), "8 digits"),
        (("DS-1001", "12345678"), "3 fields, and there are 0 values"),
        (("DS-9", "12345678", *TYPED), "no token has the serial"),
    ],
)
def test_what_keeps_a_signature_from_being_judged_is_said_and_exits_2(picodsc, token, arguments, reason):
    ended = picodsc("verify-signature", *arguments)
    assert (ended.out, ended.code) == ("", 2)
    assert reason in ended.err
