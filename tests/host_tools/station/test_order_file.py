"""Orders in files: what they may say, and what is said of those that say something else."""

import json

import pytest

from dsc.protocol.transaction import ACCOUNT, AMOUNT, Field
from host_tools.station.order_file import LANGUAGES, OrderFileError, order_from_json
from host_tools.station.ordering import CredentialSpec

PIN = b"4711"


def read(described):
    return order_from_json(json.dumps(described), "DS-1", bytearray(PIN))


def test_an_order_that_says_nothing_is_one_login_under_the_pin():
    order = read({})
    assert order.credentials == (CredentialSpec(),)
    assert (order.serial, order.pin, order.mode, order.must_change, order.duress) == (
        "DS-1",
        PIN,
        "soft",
        False,
        b"",
    )


def test_all_that_there_is_to_say_arrives():
    form = [
        {"kind": "amount", "label": "Amount", "decimals": 2, "currency": "EUR"},
        {"kind": "account", "label": "To"},
    ]
    order = read(
        {
            "credentials": [
                {"label": "Bank", "kind": "pin", "login": "L", "sign": "S", "server": "P", "form": form},
                {"kind": "open", "counter": 7},
            ],
            "language": "ja",
            "must_change": True,
            "duress": "5050",
            "mode": "verified",
            "pin_limit": 3,
            "code_limit": 4,
            "wipe": True,
            "time": 1_800_000_000,
        }
    )
    fields = (Field(AMOUNT, "Amount", 2, "EUR"), Field(ACCOUNT, "To"))
    assert order.credentials == (
        CredentialSpec("Bank", "pin", "L", "S", "P", fields),
        CredentialSpec(kind="open", counter=7),
    )
    assert (order.language, order.must_change, order.duress) == (LANGUAGES.index("ja"), True, b"5050")
    assert (order.mode, order.pin_limit, order.code_limit, order.wipe) == ("verified", 3, 4, True)
    assert order.time == 1_800_000_000


@pytest.mark.parametrize(("wanted", "digits"), [(True, b"5000"), (False, b""), ("0505", b"0505")])
def test_a_duress_pin_is_the_default_or_the_digits_that_are_given(wanted, digits):
    assert read({"duress": wanted}).duress == digits


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ([], "order: file must be an object"),
        ({"colour": "red"}, "order: file has 'colour', which is none of credentials, language, must_change"),
        ({"credentials": []}, "order: credentials must be a list of credentials, at least one"),
        ({"credentials": ["x"]}, "order: credential 1 must be an object"),
        ({"credentials": [{}, {"kind": "server"}]}, "order: credential 2 has a kind that is not pin or open"),
        (
            {"credentials": [{"counter": True}]},
            "order: credential 1 has a counter that is not a whole number",
        ),
        ({"credentials": [{"form": [{"kind": "x"}]}]}, "order: credential 1 has a form that cannot be"),
        ({"language": "es"}, "order: language must be one of en, fr, de, ru, ja"),
        ({"mode": "hard"}, "order: mode must be soft or verified"),
        ({"must_change": 1}, "order: file has a must_change that is not true or false"),
        ({"duress": 5}, "order: duress must be true, or digits 0 and 5"),
        ({"duress": "५"}, "order: duress must be true, or digits 0 and 5"),
    ],
)
def test_what_an_order_cannot_say_is_named_with_what_it_can(described, message):
    with pytest.raises(OrderFileError) as caught:
        read(described)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_what_is_no_json_is_called_so(text):
    with pytest.raises(OrderFileError, match="is not JSON"):
        order_from_json(text, "DS-1", bytearray(PIN))
