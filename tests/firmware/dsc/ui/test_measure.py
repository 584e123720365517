"""Texts are measured in pixels, shortened to a width, and broken where their script allows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsc.ui.measure import NOT_FIRST, NOT_LAST, code_points, fitted, width_of, wrap
from host_tools.fonts.art import load

GLYPHS = "".join(load("small").glyphs) + "".join(load("wide").glyphs)
texts = st.text(GLYPHS, max_size=60)


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_code_points_are_those_of_the_characters(text):
    assert list(code_points(text)) == [ord(character) for character in text]


def test_bytes_are_their_own_code_points():
    secret = bytearray(b"0123")
    assert code_points(secret) is secret
    assert width_of(secret) == 24


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("PIN>", 24), ("é", 6), ("Ж№", 12), ("カ", 8), ("PIN入力", 34)]
)
def test_widths_are_those_of_the_cells(text, width):
    assert width_of(text) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("Household", 54, "Household"),
        ("Household", 53, "Househo…"),
        ("x" * 22, 128, "x" * 20 + "…"),
        ("カカカ", 24, "カカカ"),
        ("カカカ", 23, "カカ…"),
        ("カカカ", 21, "カ…"),
        ("aカ", 13, "a…"),
    ],
)
def test_what_is_too_wide_ends_in_an_ellipsis(text, width, shown):
    assert fitted(text, width) == shown


@given(text=texts, width=st.integers(6, 128))
def test_what_is_fitted_fits_and_keeps_as_much_as_it_can(text, width):
    shown = fitted(text, width)
    assert width_of(shown) <= width
    if shown != text:
        kept = shown[:-1]
        assert shown[-1] == "…"
        assert text.startswith(kept)
        assert width_of(text[: len(kept) + 1] + "…") > width


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two three", ["one two", "three"]),
        ("one  two ", ["one two"]),
        ("exactly8 more", ["exactly8", "more"]),
        ("one\n\ntwo", ["one", "", "two"]),
        ("a longerthanaline b", ["a", "longerth", "analine", "b"]),
        ("longerth", ["longerth"]),
        ("été à Noël", ["été à", "Noël"]),
    ],
)
def test_texts_are_wrapped_at_spaces(text, lines):
    assert wrap(text, 48) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("あいうえおかき", ["あいうえおか", "き"]),
        ("あいうえおか。", ["あいうえお", "か。"]),
        ("あいうえコーヒー", ["あいうえコー", "ヒー"]),
        ("あいうえおキー", ["あいうえお", "キー"]),
        ("あいうえおきょ", ["あいうえお", "きょ"]),
        ("あいうえお「か」", ["あいうえお", "「か」"]),
        ("あいうえおPIN", ["あいうえお", "PIN"]),
        ("あいう PINを入力", ["あいう PIN", "を入力"]),
        ("ーーーーーーー", ["ーーーーーー", "ー"]),
        ("あい うえ おか", ["あい うえ", "おか"]),
    ],
)
def test_a_line_breaks_beside_wide_glyphs_but_not_before_what_may_not_begin_one(text, lines):
    assert wrap(text, 48) == lines


@given(text=texts, width=st.integers(8, 128))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text, width):
    lines = wrap(text, width)
    assert all(width_of(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(text=st.text("あかきくPINピン", max_size=12), mark=st.sampled_from([*NOT_FIRST]))
def test_no_line_begins_with_what_may_not_begin_one(text, mark):
    for width in range(48, 128):
        assert not any(
            line.startswith(chr(mark)) for line in wrap("あ" + text + "う" + chr(mark) + text, width)[1:]
        )


@given(text=st.text("あかきくPINピン", max_size=12), mark=st.sampled_from([*NOT_LAST]))
def test_no_line_ends_with_what_may_not_end_one(text, mark):
    for width in range(48, 128):
        assert not any(
            line.endswith(chr(mark)) for line in wrap(text + "う" + chr(mark) + "あ" + text, width)[:-1]
        )
