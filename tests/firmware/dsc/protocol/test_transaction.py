"""What is signed: its bytes, frozen; no two transactions alike; forms and values that are refused."""

import hashlib
import struct

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dsc.crypto.ocra import Suite, padded_question
from dsc.protocol.errors import FieldValueError, FormError
from dsc.protocol.transaction import (
    ACCOUNT,
    AMOUNT,
    DIGITS,
    MOST_DIGITS,
    REFERENCE,
    Field,
    amount_text,
    check_form,
    check_value,
    encode,
    minor_units,
    question,
)

PAYMENT = [Field(AMOUNT, "Amount", 2, "EUR"), Field(ACCOUNT, "To account"), Field(REFERENCE, "Reference")]

serials = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=1, max_size=20)
labels = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=["Cc", "Cs"]), min_size=1, max_size=24
).filter(lambda label: len(label.encode()) <= 64)
amounts = st.builds(
    Field, st.just(AMOUNT), labels, st.integers(0, 4), st.text("ABCXYZ", min_size=3, max_size=3)
)
others = st.builds(Field, st.sampled_from([ACCOUNT, DIGITS]), labels)
references = st.builds(Field, st.just(REFERENCE), labels)
forms = st.builds(
    lambda fields, last: fields + last,
    st.lists(st.one_of(amounts, others), min_size=1, max_size=3),
    st.lists(references, max_size=1),
)


def a_value(field):
    if field.kind == AMOUNT:
        return st.integers(0, 10 ** MOST_DIGITS[AMOUNT] - 1).map(str)
    return st.text("0123456789", min_size=1, max_size=MOST_DIGITS[field.kind])


transactions = forms.flatmap(
    lambda form: st.tuples(serials, st.just(form), st.tuples(*[a_value(field) for field in form]).map(list))
)


def decoded(data):
    """Serial, fields and values, read back by the letter of docs/formats.md, to the last byte."""

    def take(size):
        nonlocal data
        assert len(data) >= size
        taken, data = data[:size], data[size:]
        return taken

    def block():
        return take(struct.unpack(">H", take(2))[0])

    assert take(12) == b"picodsc tx 1"
    serial = block().decode()
    fields, values = [], []
    for _ in range(struct.unpack(">H", take(2))[0]):
        kind = take(1)[0]
        label = block().decode()
        decimals = take(1)[0]
        currency = take(3).rstrip(b"\x00").decode()
        fields.append(Field(kind, label, decimals, currency))
        values.append(block().decode())
    assert data == b""
    return serial, fields, values


def test_the_bytes_of_a_transaction_are_frozen():
    expected = (
        b"picodsc tx 1"
        b"\x00\x07DS-1001"
        b"\x00\x03"
        b"\x01\x00\x06Amount\x02EUR\x00\x06123450"
        b"\x02\x00\x0aTo account\x00\x00\x00\x00\x00\x0a0012345678"
        b"\x04\x00\x09Reference\x00\x00\x00\x00\x00\x06000481"
    )
    assert encode("DS-1001", PAYMENT, ["123450", "0012345678", "000481"]) == expected
    assert (
        question("DS-1001", PAYMENT, ["123450", "0012345678", "000481"])
        == hashlib.sha256(expected).hexdigest().upper()
        == "4A7BE0FB68D2E45B8ECFC4AE77FFFFC50417DA3C963C5B6A54267F615B8DE3B5"
    )


@given(transactions)
def test_a_transaction_can_be_read_back_from_its_bytes(transaction):
    assert decoded(encode(*transaction)) == transaction


@given(transactions, transactions)
def test_two_transactions_never_have_the_same_bytes_nor_the_same_question(one, other):
    assume(one != other)
    assert encode(*one) != encode(*other)
    assert question(*one) != question(*other)


@given(transactions, st.data())
def test_a_single_digit_changes_the_bytes(transaction, data):
    serial, form, values = transaction
    place = data.draw(st.integers(0, len(values) - 1))
    changed = list(values)
    changed[place] = data.draw(a_value(form[place]).filter(lambda value: value != values[place]))
    assert encode(serial, form, changed) != encode(serial, form, values)
    assert question(serial, form, changed) != question(serial, form, values)


@given(transactions)
def test_a_question_is_one_of_a_qh64_suite_and_fills_it(transaction):
    asked = question(*transaction)
    assert len(asked) == 64
    padded = padded_question(Suite.parse("OCRA-1:HOTP-SHA256-8:QH64"), asked)
    assert padded == hashlib.sha256(encode(*transaction)).digest() + bytes(96)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ([], "one to three"),
        ([Field(REFERENCE, "Reference")], "one to three"),
        ([Field(DIGITS, "a")] * 4, "one to three"),
        ([Field(DIGITS, "a"), Field(REFERENCE, "b"), Field(REFERENCE, "c")], "at most one reference"),
        ([Field(REFERENCE, "b"), Field(DIGITS, "a")], "last"),
        ([Field(0, "a")], "a field is"),
        ([Field(5, "a")], "a field is"),
        ([Field(DIGITS, "")], "label"),
        ([Field(DIGITS, "a" * 25)], "label"),
        ([Field(DIGITS, "日" * 22)], "label"),
        ([Field(DIGITS, "a\nb")], "label"),
        ([Field(AMOUNT, "a", 5, "EUR")], "0 to 4"),
        ([Field(AMOUNT, "a", -1, "EUR")], "0 to 4"),
        ([Field(AMOUNT, "a", 2, "eur")], "A to Z"),
        ([Field(AMOUNT, "a", 2, "EURO")], "A to Z"),
        ([Field(AMOUNT, "a", 2)], "A to Z"),
        ([Field(ACCOUNT, "a", 2)], "only an amount"),
        ([Field(REFERENCE, "r"), Field(DIGITS, "a", 0, "EUR")], "last"),
        ([Field(DIGITS, "a", 0, "EUR")], "only an amount"),
    ],
)
def test_what_is_no_form_is_refused_with_the_reason(fields, reason):
    with pytest.raises(FormError, match=reason):
        check_form(fields)
    with pytest.raises(FormError):
        encode("DS-1001", fields, ["1"] * len(fields))


def test_three_fields_and_a_reference_are_a_form():
    check_form([Field(AMOUNT, "a", 0, "JPY"), Field(ACCOUNT, "a"), Field(DIGITS, "日" * 21), PAYMENT[2]])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (PAYMENT[0], ""),
        (PAYMENT[0], "01"),
        (PAYMENT[0], "00"),
        (PAYMENT[0], "1.50"),
        (PAYMENT[0], "-1"),
        (PAYMENT[0], "1" * 13),
        (PAYMENT[1], ""),
        (PAYMENT[1], "12 34"),
        (PAYMENT[1], "1" * 35),
        (PAYMENT[1], "DE12"),
        (PAYMENT[1], "１２"),
        (PAYMENT[1], b"12"),
        (PAYMENT[2], "1" * 21),
        (Field(DIGITS, "Code"), "1" * 21),
    ],
)
def test_what_cannot_stand_in_a_field_is_refused_and_not_repeated(field, value):
    with pytest.raises(FieldValueError) as refused:
        check_value(field, value)
    assert refused.value.label == field.label
    assert not value or str(value) not in str(refused.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [(PAYMENT[0], "0"), (PAYMENT[0], "9" * 12), (PAYMENT[1], "0" * 34), (PAYMENT[2], "0")],
)
def test_zero_and_leading_zeros_of_accounts_can_stand(field, value):
    check_value(field, value)


def test_there_is_a_value_for_each_field():
    with pytest.raises(FormError, match="3 fields, and got 2"):
        encode("DS-1001", PAYMENT, ["1", "2"])


@pytest.mark.parametrize("serial", ["", "ds-1", "D" * 21, "D 1", "É"])
def test_the_serial_is_a_token_s(serial):
    with pytest.raises(FormError, match="serial must be"):
        encode(serial, PAYMENT, ["1", "2", "3"])


@pytest.mark.parametrize(
    ("decimals", "digits", "text"),
    [
        (2, "", "0.00"),
        (2, "5", "0.05"),
        (2, "123450", "1 234.50"),
        (2, "000123450", "1 234.50"),
        (2, "999999999999", "9 999 999 999.99"),
        (0, "", "0"),
        (0, "100", "100"),
        (0, "1000", "1 000"),
        (0, "999999999999", "999 999 999 999"),
        (4, "12345678", "1 234.5678"),
        (3, "1234", "1.234"),
    ],
)
def test_an_amount_reads_as_people_write_it(decimals, digits, text):
    assert amount_text(Field(AMOUNT, "Amount", decimals, "EUR"), digits) == text


@given(st.integers(0, 4), st.integers(0, 10**12 - 1))
def test_an_amount_s_text_is_its_digits_and_fits_a_line_with_its_currency(decimals, number):
    text = amount_text(Field(AMOUNT, "Amount", decimals, "EUR"), str(number))
    assert int(text.replace(" ", "").replace(".", "")) == number
    assert len(text + " EUR") <= 21
    assert text.partition(".")[2] == (f"{number:0{decimals}}"[-decimals:] if decimals else "")


@pytest.mark.parametrize(
    ("typed", "units"), [("", ""), ("0", "0"), ("000", "0"), ("0150", "150"), ("1", "1")]
)
def test_leading_zeros_of_an_amount_are_not_signed(typed, units):
    assert minor_units(typed) == units


def test_fields_are_equal_by_what_they_say():
    assert Field(AMOUNT, "a", 2, "EUR") == Field(AMOUNT, "a", 2, "EUR")
    assert hash(Field(DIGITS, "a")) == hash(Field(DIGITS, "a"))
    different = {Field(AMOUNT, "a", 2, "EUR"), Field(AMOUNT, "a", 2, "USD"), Field(AMOUNT, "a", 3, "EUR")}
    assert len(different | {Field(DIGITS, "a"), Field(ACCOUNT, "a"), Field(DIGITS, "b")}) == 6
    assert Field(DIGITS, "a") != (DIGITS, "a", 0, "")
    assert repr(Field(DIGITS, "a")) == "Field(3, 'a', 0, '')"
