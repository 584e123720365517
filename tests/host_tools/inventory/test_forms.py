"""Forms as JSON: there and back, labels in NFC, and what is wrong said where."""

import json
import unicodedata

import pytest

from dsc.protocol.errors import FormError
from dsc.protocol.transaction import ACCOUNT, AMOUNT, DIGITS, REFERENCE, Field
from host_tools.inventory.forms import field, form_from_json, form_to_json

FORM = (
    Field(AMOUNT, "Beträge", 2, "EUR"),
    Field(ACCOUNT, "口座"),
    Field(DIGITS, "Code"),
    Field(REFERENCE, "Ref"),
)


def test_the_json_of_a_form_is_frozen():
    """Inventories keep it."""
    assert form_to_json(FORM) == (
        '[{"kind": "amount", "label": "Beträge", "decimals": 2, "currency": "EUR"}, '
        '{"kind": "account", "label": "口座"}, {"kind": "digits", "label": "Code"}, '
        '{"kind": "reference", "label": "Ref"}]'
    )


def test_a_form_comes_back_from_its_json():
    assert form_from_json(form_to_json(FORM)) == FORM


def test_labels_are_brought_into_nfc():
    text = json.dumps([{"kind": "account", "label": unicodedata.normalize("NFD", "Beträge")}])
    assert form_from_json(text) == (Field(ACCOUNT, "Beträge"),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("{}", "list of fields"),
        ("[]", "one to three"),
        ("[1]", "field 1 must be an object"),
        ('[{"kind": "digits"}]', "field 1 must be an object"),
        (
            '[{"kind": "digits", "label": "a"}, {"kind": "digits", "label": "a", "more": 1}]',
            "field 2 must be",
        ),
        ('[{"kind": "text", "label": "a"}]', "amount, account, digits, reference, not 'text'"),
        ('[{"kind": "digits", "label": 1}]', "the others text"),
        ('[{"kind": "amount", "label": "a", "decimals": "2", "currency": "EUR"}]', "whole number"),
        ('[{"kind": "amount", "label": "a", "decimals": 2, "currency": "euro"}]', "A to Z"),
    ],
)
def test_what_is_no_form_is_refused_with_the_reason(text, reason):
    with pytest.raises(FormError, match=reason):
        form_from_json(text)


def test_a_field_is_named_by_its_kind():
    assert field("amount", "a", 2, "EUR") == Field(AMOUNT, "a", 2, "EUR")
    with pytest.raises(FormError, match="not 'Amount'"):
        field("Amount", "a")
