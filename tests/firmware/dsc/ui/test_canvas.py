"""The canvas draws what fits, refuses what does not, and keeps nothing."""

import gc

import pytest

import framebuf
from dsc.ui import canvas as module
from dsc.ui.canvas import (
    BarTooSmallError,
    Canvas,
    MisalignedTextError,
    MissingGlyphError,
    TextOverflowError,
    width_of_large,
)
from dsc.ui.font import LARGE, SMALL, WIDE, draws
from host_tools.fonts.art import load


class Panel(framebuf.FrameBuffer):
    """A display that counts how often it was shown."""

    def __init__(self, width: int = 128, height: int = 64) -> None:
        self.width, self.height = width, height
        self.buffer = bytearray(width * height // 8)
        self.pixels = memoryview(self.buffer)
        self.shown = 0
        super().__init__(self.buffer, width, height, framebuf.MONO_VLSB)

    def show(self) -> None:
        self.shown += 1

    def rows(self, x: int, y: int, width: int, height: int) -> tuple[str, ...]:
        """A part of the picture as the font art shows it."""
        return tuple(
            "".join(".#"[self.pixel(column, row)] for column in range(x, x + width))
            for row in range(y, y + height)
        )


@pytest.fixture
def panel() -> Panel:
    return Panel()


@pytest.fixture
def canvas(panel: Panel) -> Canvas:
    return Canvas(panel)


@pytest.mark.parametrize("character", load("small").glyphs)
def test_every_small_glyph_is_drawn_as_its_art(panel, canvas, character):
    panel.fill(1)
    canvas.text(11, 16, character)
    assert panel.rows(11, 16, 6, 8) == load("small").glyphs[character]


@pytest.mark.parametrize("character", load("wide").glyphs)
def test_every_wide_glyph_is_drawn_as_its_art_in_a_wider_cell(panel, canvas, character):
    panel.fill(1)
    canvas.text(11, 16, character)
    assert panel.rows(11, 16, 9, 8) == tuple(row + "#" for row in load("wide").glyphs[character])


@pytest.mark.parametrize("character", load("large").glyphs)
def test_every_large_glyph_is_drawn_as_its_art(panel, canvas, character):
    panel.fill(1)
    canvas.large(11, 16, character)
    assert panel.rows(11, 16, 14, 24) == load("large").glyphs[character]


@pytest.mark.parametrize("character", load("small").glyphs)
def test_medium_text_is_the_small_font_doubled(panel, canvas, character):
    panel.fill(1)
    canvas.text_medium(11, 16, character)
    rows = load("small").glyphs[character]
    doubled = tuple("".join(pixel * 2 for pixel in row) for row in rows for _ in range(2))
    assert panel.rows(11, 16, 12, 16) == doubled


@pytest.mark.parametrize("character", load("large").glyphs)
def test_huge_digits_are_the_large_font_doubled(panel, canvas, character):
    panel.fill(1)
    canvas.huge_centred(8, character)
    rows = load("large").glyphs[character]
    doubled = tuple("".join(pixel * 2 for pixel in row) for row in rows for _ in range(2))
    assert panel.rows(50, 8, 28, 48) == doubled


def test_four_huge_digits_fill_the_width_and_a_fifth_is_refused(canvas):
    canvas.huge_centred(8, "0000")
    with pytest.raises(TextOverflowError):
        canvas.huge_centred(8, "00000")
    with pytest.raises(TextOverflowError):
        canvas.huge_centred(24, "0")


def test_cells_of_both_widths_stand_side_by_side(panel, canvas):
    canvas.text(1, 0, "Aカя")
    canvas.text_medium(2, 16, "カA")
    expected = Canvas(other := Panel())
    expected.text(1, 0, "A")
    expected.text(7, 0, "カ")
    expected.text(15, 0, "я")
    expected.text_medium(2, 16, "カ")
    expected.text_medium(18, 16, "A")
    assert panel.buffer == other.buffer


def test_inverse_wide_text_is_dark_on_lit_cells(panel, canvas):
    canvas.text(0, 0, "カ", inverse=True)
    inverted = tuple(row.translate(str.maketrans("#.", ".#")) for row in load("wide").glyphs["カ"])
    assert panel.rows(0, 0, 8, 8) == inverted


def test_inverse_text_is_dark_on_lit_cells(panel, canvas):
    canvas.text(0, 0, "A", inverse=True)
    inverted = tuple(row.translate(str.maketrans("#.", ".#")) for row in load("small").glyphs["A"])
    assert panel.rows(0, 0, 6, 8) == inverted


def test_bytes_are_drawn_as_the_ascii_they_are(panel, canvas):
    canvas.text(0, 0, "12")
    canvas.text(0, 8, bytearray(b"12"))
    assert panel.rows(0, 0, 12, 8) == panel.rows(0, 8, 12, 8)


def test_text_is_centred_and_set_to_the_right(panel, canvas):
    canvas.text_centred(0, "AA")
    canvas.text_right(8, "AA")
    expected = Canvas(other := Panel())
    expected.text(58, 0, "AA")
    expected.text(116, 8, "AA")
    assert panel.buffer == other.buffer


def test_groups_of_large_digits_are_centred_half_a_cell_apart(panel, canvas):
    canvas.large_centred(16, ("1234", b"5678"))
    expected = Canvas(other := Panel())
    expected.large(4, 16, "1234")
    expected.large(4 + 4 * 14 + 7, 16, "5678")
    assert panel.buffer == other.buffer


def test_no_groups_draw_nothing(panel, canvas):
    canvas.large_centred(16, ())
    assert not any(panel.buffer)


def test_widths_are_those_of_the_cells():
    assert width_of_large(("1234", "5678")) == 8 * 14 + 7
    assert width_of_large(()) == 0


def test_the_canvas_knows_how_much_small_text_fits(canvas):
    assert (canvas.width, canvas.height, canvas.columns, canvas.rows) == (128, 64, 21, 8)


def test_a_screen_of_32_rows_is_drawn_on_too():
    canvas = Canvas(Panel(128, 32))
    canvas.large(0, 8, "1")
    with pytest.raises(TextOverflowError):
        canvas.large(0, 16, "1")


OVERFLOWS = [
    lambda canvas: canvas.text(0, 0, "x" * 22),
    lambda canvas: canvas.text(-1, 0, "x"),
    lambda canvas: canvas.text(123, 0, "x"),
    lambda canvas: canvas.text(0, -8, "x"),
    lambda canvas: canvas.text(0, 64, "x"),
    lambda canvas: canvas.text(0, 0, "カ" * 16 + "i"),
    lambda canvas: canvas.text_medium(0, 0, "カ" * 8 + "i"),
    lambda canvas: canvas.text_centred(0, "x" * 22),
    lambda canvas: canvas.text_right(0, "x" * 22),
    lambda canvas: canvas.text_medium(0, 0, "x" * 11),
    lambda canvas: canvas.text_medium(0, 56, "x"),
    lambda canvas: canvas.large(0, 0, "1" * 10),
    lambda canvas: canvas.large(0, 48, "1"),
    lambda canvas: canvas.large_centred(0, ("1234", "56789")),
    lambda canvas: canvas.bar(0, 60, 128, 5, 0),
    lambda canvas: canvas.bar(1, 0, 128, 5, 0),
]


@pytest.mark.parametrize("draw", OVERFLOWS)
def test_what_does_not_fit_is_refused_and_nothing_of_it_drawn(panel, canvas, draw):
    with pytest.raises(TextOverflowError):
        draw(canvas)
    assert not any(panel.buffer)


def test_text_off_the_rows_is_refused(canvas):
    with pytest.raises(MisalignedTextError) as caught:
        canvas.text(0, 4, "x")
    assert caught.value.y == 4


@pytest.mark.parametrize(
    ("draw", "code"),
    [
        (lambda canvas: canvas.text(0, 0, "Ω"), 0x3A9),
        (lambda canvas: canvas.text(0, 0, "\n"), 0x0A),
        (lambda canvas: canvas.text_medium(0, 0, "ñ"), 0xF1),
        (lambda canvas: canvas.text(0, 0, "鬱"), 0x9B31),
        (lambda canvas: canvas.large(0, 0, "G"), 0x47),
        (lambda canvas: canvas.large(0, 0, b"\xff"), 0xFF),
    ],
)
def test_a_character_without_a_glyph_is_refused(canvas, draw, code):
    with pytest.raises(MissingGlyphError) as caught:
        draw(canvas)
    assert caught.value.code == code


def test_errors_do_not_carry_the_text(canvas):
    with pytest.raises(TextOverflowError) as caught:
        canvas.large(0, 0, "73019284651")
    assert "73019284651" not in str(caught.value)


@pytest.mark.parametrize(
    ("thousandths", "lit"), [(-5, 0), (0, 0), (1, 0), (500, 48), (999, 95), (1000, 96), (2000, 96)]
)
def test_a_bar_is_lit_in_proportion_inside_its_outline(panel, canvas, thousandths, lit):
    panel.fill(1)
    canvas.bar(4, 57, 100, 7, thousandths)
    inside = "#." + "#" * lit + "." * (96 - lit) + ".#"
    gap = "#" + "." * 98 + "#"
    assert panel.rows(4, 57, 100, 7) == ("#" * 100, gap, inside, inside, inside, gap, "#" * 100)


def test_a_thin_bar_has_no_gap_inside(panel, canvas):
    canvas.bar(0, 0, 20, 3, 500)
    assert panel.rows(0, 0, 20, 3) == ("#" * 20, "#" + "#" * 9 + "." * 9 + "#", "#" * 20)


@pytest.mark.parametrize(("width", "height"), [(15, 8), (16, 2)])
def test_a_bar_without_an_inside_is_refused(canvas, width, height):
    with pytest.raises(BarTooSmallError, match="at least 16 by 3"):
        canvas.bar(0, 0, width, height, 500)


def test_a_rule_crosses_the_display(panel, canvas):
    canvas.rule(9)
    assert panel.rows(0, 9, 128, 1) == ("#" * 128,)


def test_clear_darkens_and_show_sends(panel, canvas):
    panel.fill(1)
    canvas.clear()
    canvas.show()
    assert not any(panel.buffer)
    assert panel.shown == 1


def test_nothing_that_was_drawn_is_kept(canvas):
    canvas.text(0, 0, b"7")
    canvas.text_medium(0, 8, b"7")
    canvas.large(0, 24, b"7")
    with pytest.raises(MissingGlyphError):
        canvas.large(0, 24, b"7G")
    assert not any(isinstance(value, bytearray | str) for value in vars(canvas).values())
    assert not any(isinstance(value, dict | list) for value in gc.get_referents(vars(canvas)))


def test_fonts_have_the_sizes_that_screens_are_laid_out_with():
    assert (SMALL.width, SMALL.height, LARGE.width, LARGE.height) == (6, 8, 14, 24)
    assert (WIDE.width, WIDE.height) == (8, 8)
    assert (module.SMALL_WIDTH, module.MEDIUM_WIDTH, module.LARGE_WIDTH) == (6, 12, 14)


def test_small_text_draws_what_either_font_has_and_nothing_else():
    drawn = {chr(code) for code in range(0x10000) if draws(code)}
    assert drawn == set(load("small").glyphs) | set(load("wide").glyphs)
    assert not draws(0x10FFFF)
