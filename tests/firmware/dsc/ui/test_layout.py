"""Where the parts of a screen lie, for a panel of eight rows of text and for one of four."""

import pytest

from dsc.ui.canvas import LARGE_HEIGHT
from dsc.ui.layout import Layout, squeezed


@pytest.mark.parametrize("rows", [4, 8])
@pytest.mark.parametrize("is_large", [False, True])
def test_all_parts_are_on_the_panel_and_none_lies_on_another(rows, is_large):
    layout = Layout(rows, is_large)
    height = 8 * rows
    digits = LARGE_HEIGHT * (2 if layout.is_huge else 1)
    last = height if layout.is_flat else layout.bottom
    assert layout.digits >= (16 if layout.has_high_prompt else 8)
    assert layout.digits + digits <= last
    assert layout.code + digits <= last
    assert layout.body + 8 * layout.body_rows <= last
    assert layout.list + 8 * layout.list_rows <= last
    assert layout.wait + 14 + 6 <= height
    assert all(y % 8 == 0 for y in (layout.bottom, layout.body, layout.list, layout.digits, layout.code))


def test_a_panel_of_32_rows_lists_three_items_and_has_digits_of_three_rows():
    layout = Layout(4)
    assert layout.is_flat
    assert layout.list_rows == layout.body_rows == 3
    assert layout.digits == 8


def test_large_mode_shows_four_digits_doubled_where_there_is_room():
    assert Layout(8, True).is_huge
    assert not Layout(4, True).is_huge
    assert Layout(8, True).window == Layout(4, True).window == 4
    assert Layout(8).window == 8


def test_a_legend_is_squeezed_without_losing_a_word():
    assert squeezed("D Menu     *C    #OK") == "D Menu *C #OK"
