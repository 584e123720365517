"""What is signed: a transaction's fields and values as bytes, hashed into an OCRA question (docs/formats.md).

Values are text of ASCII digits, as a keypad types them: an amount is its minor units (cents) without leading zeros.
"""

import hashlib

from dsc.protocol.errors import FieldValueError, FormError
from dsc.protocol.wire import LABEL, SERIAL, Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

AMOUNT = 1
ACCOUNT = 2
DIGITS = 3
REFERENCE = 4  # issued by the server for one use; without it the same transfer would sign the same

MOST_FIELDS = 3  # and a reference
MOST_DECIMALS = 4
# An amount then fits into one line of the display with its currency, and an account holds the digits of any IBAN.
MOST_DIGITS = {AMOUNT: 12, ACCOUNT: 34, DIGITS: 20, REFERENCE: 20}

_PREFIX = b"picodsc tx 1"
_NO_CURRENCY = bytes(3)
_UPPER_CASE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ALL_DIGITS = "0123456789"
_LONG_SERIAL = (SERIAL[0], 2, SERIAL[2], SERIAL[3])  # as on the wire, but for two bytes of length
_LONG_LABEL = (LABEL[0], 2, LABEL[2], LABEL[3])


class Field:
    """One field of a form, as the token asks for it; treat it as constant.

    kind       AMOUNT, ACCOUNT, DIGITS or REFERENCE
    label      what the token calls it, 1 to 24 characters
    decimals   of an amount, 0 to 4; else 0
    currency   of an amount, three letters as "EUR"; else ""
    """

    def __init__(self, kind: int, label: str, decimals: int = 0, currency: str = "") -> None:
        self.kind = kind
        self.label = label
        self.decimals = decimals
        self.currency = currency

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Field) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        return "Field%r" % (self._parts(),)

    def _parts(self) -> "tuple[int, str, int, str]":
        return self.kind, self.label, self.decimals, self.currency


def check_form(fields: "Sequence[Field]") -> None:
    """Refuse what is no form: one to three fields, then at most one reference. Raises FormError."""
    references = sum([field.kind == REFERENCE for field in fields])
    if not 1 <= len(fields) - references <= MOST_FIELDS or references > 1:
        raise FormError("must have one to three fields, and then at most one reference")
    if references and fields[-1].kind != REFERENCE:
        raise FormError("the reference must come last")
    for field in fields:
        _check_field(field)


def check_value(field: Field, digits: str) -> None:
    """Refuse what cannot stand in a field: no digits, too many, or leading zeros of an amount.

    Raises FieldValueError.
    """
    most = MOST_DIGITS[field.kind]
    # Strip empties the text if and only if all of it is ASCII digits.
    if not isinstance(digits, str) or digits.strip(_ALL_DIGITS) or not 1 <= len(digits) <= most:
        raise FieldValueError(field.label, "must be 1 to %d digits" % most)
    if field.kind == AMOUNT and digits != minor_units(digits):
        raise FieldValueError(field.label, "an amount has no leading zeros")


def encode(serial: str, fields: "Sequence[Field]", values: "Sequence[str]") -> bytes:
    """The bytes of a transaction; no two transactions, tokens or forms share theirs.

    Raises FormError (the form, the serial, the number of values) or FieldValueError.
    """
    check_form(fields)
    if len(values) != len(fields):
        raise FormError("has %d fields, and got %d values" % (len(fields), len(values)))
    writer = Writer(FormError)
    writer.fixed("prefix", _PREFIX, len(_PREFIX))
    writer.text("serial", serial, _LONG_SERIAL)
    writer.number("count", len(fields), 2)
    for index in range(len(fields)):
        field = fields[index]
        check_value(field, values[index])
        value = values[index].encode()
        writer.number("type", field.kind, 1)
        writer.text("label", field.label, _LONG_LABEL)
        writer.number("decimals", field.decimals, 1)
        writer.fixed("currency", field.currency.encode() or _NO_CURRENCY, 3)
        writer.number("length", len(value), 2)
        writer.fixed("value", value, len(value))
    return bytes(writer.finish())


def question(serial: str, fields: "Sequence[Field]", values: "Sequence[str]") -> str:
    """The transaction as a QH64 question: SHA-256 of its bytes, 64 upper-case hex digits. Raises as `encode` does."""
    digest: bytes = hashlib.sha256(encode(serial, fields, values)).digest()
    return digest.hex().upper()


def minor_units(typed: str) -> str:
    """An amount's typed digits as they are signed: without leading zeros, "0" for zero; "" stays empty."""
    return (typed.lstrip("0") or "0") if typed else ""


def amount_text(field: Field, digits: str) -> str:
    """An amount for people, with its decimals and thousands apart, as in "1 234.50"; the currency is not in it.

    `digits` are minor units, complete or still being typed: "" is 0.
    """
    places = field.decimals
    whole = minor_units(digits)
    while len(whole) <= places:
        whole = "0" + whole
    cents = whole[len(whole) - places :]
    whole = whole[: len(whole) - places]
    groups = [whole[: len(whole) % 3]] if len(whole) % 3 else []
    groups += [whole[start : start + 3] for start in range(len(whole) % 3, len(whole), 3)]
    return " ".join(groups) + ("." + cents if places else "")


def _check_field(field: Field) -> None:
    if field.kind not in MOST_DIGITS:
        raise FormError("a field is an amount (1), an account (2), digits (3) or a reference (4)")
    label = field.label.encode()
    if not label or len(label) > LABEL[0] or not LABEL[2](label):
        raise FormError("a label must be 1 to 24 characters, at most 64 bytes of UTF-8")
    if field.kind == AMOUNT:
        if type(field.decimals) is not int or not 0 <= field.decimals <= MOST_DECIMALS:
            raise FormError("an amount has 0 to %d decimals" % MOST_DECIMALS)
        if len(field.currency) != 3 or field.currency.strip(_UPPER_CASE):
            raise FormError("a currency is three letters A to Z")
    elif field.decimals != 0 or field.currency != "":
        raise FormError("only an amount has decimals and a currency")
