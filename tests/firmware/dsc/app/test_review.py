"""The review's pages: nothing of what is signed is left out, and every value stands below its label."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.app import review, sign
from dsc.protocol.transaction import ACCOUNT, AMOUNT, DIGITS, Field
from dsc.ui.canvas import width_of, wrap

WIDTH = 128

fields = st.lists(
    st.tuples(
        st.text("abcdefgh IJKL", min_size=1, max_size=24).filter(str.strip),
        st.text("0123456789", min_size=1, max_size=34),
    ),
    min_size=1,
    max_size=4,
)
panels = st.sampled_from([3, 6])


def entries(drawn):
    return [(label, sign.shown(Field(ACCOUNT, label), digits)) for label, digits in drawn]


@given(fields, panels)
def test_all_digits_stand_on_the_pages_in_order(drawn, rows):
    pages = review.paged(entries(drawn), WIDTH, rows)
    digits = "".join(line for page in pages for x, line in page if x)
    assert digits.replace(" ", "") == "".join(digits for _, digits in drawn)


@given(fields, panels)
def test_no_page_is_longer_than_the_panel_and_none_is_empty(drawn, rows):
    for page in review.paged(entries(drawn), WIDTH, rows):
        assert 1 <= len(page) <= rows
        assert all(x + width_of(line) <= WIDTH for x, line in page)


@given(fields, panels)
def test_each_page_begins_with_a_label_and_ends_with_a_value(drawn, rows):
    for page in review.paged(entries(drawn), WIDTH, rows):
        assert page[0][0] == 0
        assert page[-1][0] > 0


@given(fields)
def test_a_field_is_on_one_page_where_it_can_be(drawn):
    pages = review.paged(entries(drawn), WIDTH, 6)
    lines_of = [[line for _, line in page] for page in pages]
    for label, value in entries(drawn):
        lines = wrap(label, WIDTH) + wrap(value, WIDTH)
        assert any(page[at : at + len(lines)] == lines for page in lines_of for at in range(len(page)))


@pytest.mark.parametrize(
    ("field", "digits", "shown"),
    [
        (Field(AMOUNT, "Amount", 2, "EUR"), "123450", "1 234.50 EUR"),
        (Field(AMOUNT, "Amount", 0, "JPY"), "0", "0 JPY"),
        (Field(ACCOUNT, "To"), "12345678901", "1234 5678 901"),
        (Field(DIGITS, "Code"), "007", "007"),
    ],
)
def test_values_are_shown_as_people_write_them(field, digits, shown):
    assert sign.shown(field, digits) == shown
