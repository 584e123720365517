"""The form of a transaction as JSON: in the inventory, and in the files that commands read."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from dsc.protocol.errors import FormError
from dsc.protocol.transaction import ACCOUNT, AMOUNT, DIGITS, REFERENCE, Field, check_form

KIND_NAMES: Final = {AMOUNT: "amount", ACCOUNT: "account", DIGITS: "digits", REFERENCE: "reference"}
_KINDS: Final = {name: kind for kind, name in KIND_NAMES.items()}
_KEYS: Final = {"kind", "label", "decimals", "currency"}


def form_to_json(fields: Sequence[Field]) -> str:
    """A list with an object for each field: kind, label, and for an amount decimals and currency."""
    return json.dumps([_as_object(field) for field in fields], ensure_ascii=False)


def form_from_json(text: str) -> tuple[Field, ...]:
    """The form that a text describes, its labels in NFC; raises FormError, which says what is wrong where."""
    try:
        described = json.loads(text)
    except ValueError as error:
        raise FormError(f"is not JSON: {error}") from error
    if not isinstance(described, list):
        raise FormError("must be a list of fields")
    form = tuple(_from_object(number, field) for number, field in enumerate(described, 1))
    check_form(form)
    return form


def field(kind: str, label: str, decimals: int = 0, currency: str = "") -> Field:
    """A field, its kind by name, its label in NFC; raises FormError for a kind that there is not."""
    if kind not in _KINDS:
        raise FormError(f"a field is one of {', '.join(_KINDS)}, not {kind!r}")
    return Field(_KINDS[kind], unicodedata.normalize("NFC", label), decimals, currency)


def _as_object(field: Field) -> dict[str, Any]:
    described = {"kind": KIND_NAMES[field.kind], "label": field.label}
    if field.kind == AMOUNT:
        return {**described, "decimals": field.decimals, "currency": field.currency}
    return described


def _from_object(number: int, described: object) -> Field:
    if not isinstance(described, dict) or not {"kind", "label"} <= set(described) <= _KEYS:
        raise FormError(
            f"field {number} must be an object with kind and label, an amount's with decimals and currency"
        )
    kind, label = described["kind"], described["label"]
    decimals, currency = described.get("decimals", 0), described.get("currency", "")
    if not all(isinstance(one, str) for one in (kind, label, currency)) or type(decimals) is not int:
        raise FormError(f"field {number}: decimals must be a whole number, the others text")
    return field(kind, label, decimals, currency)
