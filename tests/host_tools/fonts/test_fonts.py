"""The fonts are complete, their glyphs cannot be taken for each other, and the token carries what is drawn."""

import itertools
import runpy

import pytest

from dsc.ui.font import WIDE_FROM
from host_tools.fonts import generate
from host_tools.fonts.art import FontArt, FontArtError, load, parse
from host_tools.fonts.lookalikes import LATIN

DIGITS = "0123456789"
FONTS = pytest.mark.parametrize("name", ["small", "wide", "large"])
ART = "size 3 8\nU+0020 space\n" + "...\n" * 8


def trimmed(font: FontArt, character: str) -> tuple[str, ...]:
    """A glyph's columns without the dark ones to its left and right."""
    columns = ["".join(column) for column in zip(*font.glyphs[character], strict=True)]
    lit = [number for number, column in enumerate(columns) if "#" in column]
    return tuple(columns[lit[0] : lit[-1] + 1]) if lit else ()


def distance(font: FontArt, one: str, other: str) -> int:
    pairs = zip("".join(font.glyphs[one]), "".join(font.glyphs[other]), strict=True)
    return sum(a != b for a, b in pairs)


def test_the_small_font_has_all_printable_ascii_and_the_screens_symbols():
    assert set(load("small").glyphs) >= {chr(code) for code in range(0x20, 0x7F)} | set("•…←↑→↓█▸✓✗")


def test_the_small_font_has_the_letters_of_french_german_and_russian():
    letters = "àâæçéèêëîïôœùûüÿ" + "äöüß" + "".join(chr(code) for code in range(0x430, 0x450)) + "ё"
    capitals = letters.replace("ß", "").upper() + "ẞ"
    assert set(load("small").glyphs) >= set(letters + capitals + "«»°№")


def test_the_wide_font_has_all_kana_and_their_punctuation():
    kana = {chr(code) for code in (*range(0x3041, 0x3095), *range(0x30A1, 0x30F7))}
    assert set(load("wide").glyphs) >= kana | set("、。「」・ー")


def test_the_fonts_share_no_character_and_the_code_point_says_which_draws_it():
    assert all(ord(character) < WIDE_FROM for character in load("small").glyphs)
    assert all(ord(character) >= WIDE_FROM for character in load("wide").glyphs)


def test_the_large_font_has_hexadecimal_digits_dash_mask_and_space():
    assert set(load("large").glyphs) == set("0123456789ABCDEF-* ")


@FONTS
def test_no_two_glyphs_are_the_same_at_any_horizontal_offset(name):
    font = load(name)
    seen: dict[tuple[str, ...], str] = {}
    for character in set(font.glyphs) - set(LATIN):
        assert seen.setdefault(trimmed(font, character), character) == character


@pytest.mark.parametrize(("name", "least"), [("small", 3), ("large", 12)])
def test_digits_differ_in_several_pixels(name, least):
    font = load(name)
    for one, other in itertools.combinations(DIGITS, 2):
        assert distance(font, one, other) >= least, f"{one} and {other}"


def test_characters_that_people_confuse_differ():
    font = load("small")
    for group in (
        "0OoDQ",
        "1lI|!",
        "5S",
        "8B",
        "2Z",
        "6Gб",
        "3ЗЭзэ",
        "4Ч",
        ".,",
        ":;",
        "-_~",
        "ИЙNH",
        "OÖoöôÔ",
    ):
        for one, other in itertools.combinations(group, 2):
            assert distance(font, one, other) >= 2, f"{one} and {other}"


def test_wide_characters_that_people_confuse_differ():
    font = load("wide")
    for group in (
        "シツ",
        "ソンリ",
        "カ力",
        "へヘ",
        "ハパバ",
        "さき",
        "るろ",
        "ねれわ",
        "はほ",
        "ウワ",
        "ーへ",
    ):
        for one, other in itertools.combinations(group, 2):
            assert distance(font, one, other) >= 2, f"{one} and {other}"


@pytest.mark.parametrize("name", ["small", "wide"])
def test_glyphs_never_fill_a_whole_column_so_inverse_text_keeps_lit_ground(name):
    font = load(name)
    assert all(0xFF not in font.columns(character) for character in font.glyphs)


def test_only_descenders_use_the_small_fonts_lowest_row():
    font = load("small")
    assert {character for character, rows in font.glyphs.items() if "#" in rows[7]} == set(",_gjpqyçÇÿЦруфцщ")


def test_the_wide_fonts_lowest_row_is_the_gap_to_the_next_line():
    assert not any("#" in rows[7] for rows in load("wide").glyphs.values())


def test_large_digits_keep_a_dark_margin_on_all_sides():
    for rows in load("large").glyphs.values():
        assert "#" not in rows[0] + rows[-1] + "".join(row[0] + row[-1] for row in rows)


@FONTS
def test_the_modules_on_the_token_are_in_step_with_the_art(name):
    assert generate.module_path(name).read_text(encoding="utf-8") == generate.module_text(load(name))


@FONTS
def test_the_modules_hold_the_glyphs_as_the_display_stores_them(name):
    font = load(name)
    module = runpy.run_path(str(generate.module_path(name)))
    assert (module["WIDTH"], module["HEIGHT"]) == (font.width, font.height)
    runs = [chr(code) for first, count in module["RUNS"] for code in range(first, first + count)]
    characters = [*runs, *map(chr, module["SCATTERED"])]
    assert sorted(characters) == list(font.glyphs)
    assert module["DATA"] == b"".join(map(font.columns, characters))


def test_ascii_is_the_small_fonts_first_run_so_that_its_glyphs_are_found_at_once():
    module = runpy.run_path(str(generate.module_path("small")))
    assert module["RUNS"][0] == (0x20, 95)


def test_code_points_in_a_row_are_a_run_from_eight_on():
    blank = "...\n" * 8
    art = "size 3 8\n" + "".join(f"U+{ord(letter):04X} {letter}\n{blank}" for letter in "ABCDEFGHKLMNOPQ")
    assert generate.ordered(parse("tiny", art)) == (["ABCDEFGH"], "KLMNOPQ")


def test_columns_are_pages_with_the_lowest_bit_at_the_top():
    art = parse(
        "tiny", "size 2 16\nU+0020 space\n" + "..\n" * 16 + "U+0041 A\n" + "#.\n" + "..\n" * 14 + "#.\n"
    )
    assert art.columns("A") == bytes([0x01, 0x00, 0x80, 0x00])


def test_any_unicode_character_can_be_drawn():
    art = parse("tiny", ART + "U+30AB カ\n" + "##.\n" * 8 + "; a comment\n\nU+0416 Ж\n" + "#..\n" * 8)
    assert list(art.glyphs) == [" ", "Ж", "カ"]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 0, "is empty"),
        ("U+0041 A\n", 1, "must be `size W H`"),
        ("size 6 seven\n", 1, "must be `size W H`"),
        ("size 6 7\n", 1, "multiple of 8"),
        ("size 6 8\n", 0, "draws no glyphs"),
        (ART + "U+0041 B\n" + "...\n" * 8, 11, "not a code point and its character"),
        (ART + "A\n" + "...\n" * 8, 11, "not a code point and its character"),
        (ART + "U+0020 space\n" + "...\n" * 8, 11, "drawn twice"),
        (ART + "U+0041 A\n" + "...\n" * 7, 11, "has 7 rows of 8"),
        (ART + "U+0041 A\n" + "....\n" * 8, 12, "must be 3 of"),
        (ART + "U+0041 A\n" + "x..\n" * 8, 12, "must be 3 of"),
        (ART + "U+0041 A\n" + "..#\n" * 8, 12, "rightmost column"),
    ],
)
def test_art_that_breaks_the_format_is_refused_with_its_line(text, line, reason):
    with pytest.raises(FontArtError, match=reason) as caught:
        parse("tiny", text)
    assert caught.value.line == line


def test_the_generator_writes_what_is_out_of_step_and_its_check_only_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generate, "FIRMWARE_UI", tmp_path)
    assert generate.main(["--check"]) == 1
    assert "out of step" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "font_large.py",
        "font_small.py",
        "font_wide.py",
    ]
