"""What the firmware draws is read back from its pixels, and nothing else is."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import framebuf
from dsc.ui.canvas import Canvas, width_of
from host_tools.display.frame import Frame
from host_tools.fonts.art import load
from host_tools.fonts.lookalikes import as_read
from host_tools.simulator.screen_reader import Screen, read_screen

WIDTH, HEIGHT = 128, 64
SMALL = "".join(load("small").glyphs)
LARGE = "".join(load("large").glyphs)
WIDE = "".join(load("wide").glyphs)
ASCII = "".join(chr(code) for code in range(0x21, 0x7F))
DIGITS = "0123456789"

small_texts = st.text(SMALL, min_size=1, max_size=21) | st.text(SMALL + WIDE, min_size=1, max_size=16)
medium_texts = st.text(SMALL, min_size=1, max_size=10) | st.text(SMALL + WIDE, min_size=1, max_size=8)
large_texts = st.text(LARGE.replace(" ", ""), min_size=1, max_size=9)


class Panel(framebuf.FrameBuffer):
    """A display without a bus."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.width, self.height = width, height
        self.buffer = bytearray(width * height // 8)
        self.pixels = memoryview(self.buffer)
        super().__init__(self.buffer, width, height, framebuf.MONO_VLSB)

    def show(self) -> None:
        pass

    def read(self) -> Screen:
        return read_screen(Frame.from_vlsb(self.buffer, self.width, self.height))


@pytest.fixture(scope="module")
def panel() -> Panel:
    return Panel()


@pytest.fixture
def canvas(panel: Panel) -> Canvas:
    panel.fill(0)
    return Canvas(panel)


def fresh(panel: Panel) -> Canvas:
    panel.fill(0)
    return Canvas(panel)


def says(*texts: str) -> Screen:
    """The screen on which these lines stand."""
    return Screen([as_read(text.strip()) for text in texts if text.strip()], "", False)


def nothing() -> Screen:
    return Screen(lines=[], large="", unread=False)


def test_what_is_done_to_the_lines_of_a_screen_is_not_read_from_the_next_picture_like_it(panel, canvas):
    canvas.text(0, 0, "PIN", False)
    panel.read().lines.append("made up")
    assert panel.read() == says("PIN")


def test_an_empty_frame_says_nothing(panel, canvas):
    assert panel.read() == nothing()


@given(text=small_texts, inverse=st.booleans(), data=st.data())
def test_small_text_is_read_at_any_column_normal_and_inverse(panel, text, inverse, data):
    canvas = fresh(panel)
    x = data.draw(st.integers(0, WIDTH - width_of(text)))
    canvas.text(x, 8 * data.draw(st.integers(0, 7)), text, inverse)
    assert panel.read() == says(text)


@given(texts=st.lists(st.tuples(small_texts, st.booleans()), min_size=8, max_size=8), data=st.data())
def test_a_screen_full_of_small_text_is_read_line_by_line(panel, texts, data):
    canvas = fresh(panel)
    for row, (text, inverse) in enumerate(texts):
        canvas.text(data.draw(st.integers(0, WIDTH - width_of(text))), 8 * row, text, inverse)
    assert panel.read() == says(*(text for text, _ in texts))


@given(texts=st.lists(medium_texts, min_size=4, max_size=4), data=st.data())
def test_a_screen_full_of_medium_text_is_read_line_by_line(panel, texts, data):
    canvas = fresh(panel)
    for row, text in enumerate(texts):
        canvas.text_medium(data.draw(st.integers(0, WIDTH - 2 * width_of(text))), 16 * row, text)
    assert panel.read() == says(*texts)


@given(text=medium_texts, row=st.integers(0, 6), data=st.data())
def test_medium_text_is_read_on_any_page_row(panel, text, row, data):
    fresh(panel).text_medium(data.draw(st.integers(0, WIDTH - 2 * width_of(text))), 8 * row, text)
    assert panel.read() == says(text)


@given(text=large_texts, row=st.integers(0, 5), data=st.data())
def test_large_digits_are_read_anywhere(panel, text, row, data):
    fresh(panel).large(data.draw(st.integers(0, WIDTH - 14 * len(text))), 8 * row, text)
    assert panel.read() == Screen([], text, False)


@given(
    title=small_texts,
    upper=st.text(DIGITS, min_size=8, max_size=8),
    lower=st.text(DIGITS, min_size=1, max_size=8),
    left=st.integers(0, 1000),
)
def test_two_rows_of_large_digits_are_read_as_one_beside_a_title_and_a_bar(panel, title, upper, lower, left):
    canvas = fresh(panel)
    canvas.text_centred(0, title)
    canvas.large_centred(8, (upper[:4], upper[4:]))
    canvas.large_centred(32, (lower,))
    canvas.bar(0, 57, 128, 7, left)
    assert panel.read() == Screen(says(title).lines, upper + lower, False)


@pytest.mark.parametrize("gap", ["", " "])
@pytest.mark.parametrize("inverse", [False, True])
def test_every_pair_of_small_ascii_glyphs_is_read(panel, canvas, inverse, gap):
    pairs = [first + gap + second for first in ASCII for second in ASCII]
    lines = ["  ".join(pairs[start : start + 4]) for start in range(0, len(pairs), 4)]
    for start in range(0, len(lines), 8):
        canvas.clear()
        for row, line in enumerate(lines[start : start + 8]):
            canvas.text(row % 3, 8 * row, line[:21], inverse)
        assert panel.read().lines == [line[:21] for line in lines[start : start + 8]]


def test_every_pair_of_medium_ascii_glyphs_is_read(panel, canvas):
    pairs = [first + second for first in ASCII for second in ASCII]
    lines = [" ".join(pairs[start : start + 3]) for start in range(0, len(pairs), 3)]
    for start in range(0, len(lines), 4):
        canvas.clear()
        for row, line in enumerate(lines[start : start + 4]):
            canvas.text_medium(3 * row, 16 * row, line)
        assert panel.read() == Screen(lines[start : start + 4], "", False)


@pytest.mark.parametrize("inverse", [False, True])
def test_every_glyph_is_read_between_glyphs_of_either_width(panel, canvas, inverse):
    for start in range(0, len(SMALL + WIDE), 8):
        lines = [f"i{glyph}ト{glyph}Ш" for glyph in (SMALL + WIDE)[start : start + 8]]
        canvas.clear()
        for row, line in enumerate(lines):
            canvas.text(row, 8 * row, line, inverse)
        assert panel.read() == says(*lines)


def test_a_space_is_six_columns_beside_wide_glyphs_too(panel, canvas):
    canvas.text(3, 0, "あ  い A う")
    canvas.text_medium(5, 16, "あ  いA")
    assert panel.read().lines == ["あ  い A う", "あ  いA"]


def test_runs_on_one_line_are_joined_by_the_spaces_their_gap_is_wide(panel, canvas):
    canvas.text(0, 0, "PIN")
    canvas.text_right(0, "3/8")
    canvas.text(0, 8, "ab")
    canvas.text(15, 8, "cd")
    assert panel.read().lines == ["PIN" + " " * 15 + "3/8", "ab cd"]
    assert panel.read().text == "PIN" + " " * 15 + "3/8\nab cd"


def test_normal_text_right_after_inverse_text_is_read(panel, canvas):
    canvas.text(0, 0, "A", inverse=True)
    canvas.text(6, 0, "ok")
    canvas.text(18, 0, "B", inverse=True)
    assert panel.read().lines == ["AokB"]


def test_inverse_text_on_a_lit_line_is_read(panel, canvas):
    panel.fill_rect(0, 16, 128, 8, 1)
    canvas.text(5, 16, "work account", inverse=True)
    assert panel.read().lines == ["work account"]


def test_medium_and_small_text_on_one_line_are_joined(panel, canvas):
    canvas.text_medium(0, 8, "PIN>")
    canvas.text(60, 8, "try 2")
    canvas.text(60, 16, "of 3")
    assert panel.read().lines == ["PIN>  try 2", "of 3"]


@pytest.mark.parametrize("height", [3, 5, 7, 8, 16])
def test_bars_are_never_text(panel, canvas, height):
    for y in range(17):
        for width, step in ((128, 83), (17, 125)):
            for thousandths in range(0, 1001, step):
                canvas.clear()
                canvas.bar(0 if width == 128 else 3, y, width, height, thousandths)
                assert panel.read() == nothing()


@given(
    shapes=st.lists(
        st.tuples(
            st.sampled_from(["hline", "vline", "rect", "fill"]),
            st.integers(-5, WIDTH),
            st.integers(-5, HEIGHT),
            st.integers(15, WIDTH),
            st.integers(25, HEIGHT),
        ),
        max_size=1,
    )
)
def test_rules_and_boxes_are_never_text(panel, shapes):
    panel.fill(0)
    for kind, x, y, width, height in shapes:
        if kind == "hline":
            panel.hline(min(x, WIDTH - 15), y, width, 1)
        elif kind == "vline":
            panel.vline(x, min(y, HEIGHT - 15), height, 1)
        else:
            panel.rect(min(x, WIDTH - 15), min(y, HEIGHT - 25), width, height, 1, kind == "fill")
    assert panel.read() == nothing()


@pytest.mark.parametrize("digit", DIGITS)
def test_a_damaged_large_digit_is_unread_and_no_digits_are_given(panel, canvas, digit):
    for x, y in itertools.product(range(14), range(24)):
        canvas.clear()
        canvas.large(40, 16, digit)
        panel.pixel(40 + x, 16 + y, 1 - panel.pixel(40 + x, 16 + y))
        screen = panel.read()
        assert (screen.large, screen.unread) == ("", True)


@given(digits=st.text(DIGITS, min_size=8, max_size=8), x=st.integers(4, 123), y=st.integers(0, 23))
def test_a_damaged_row_of_large_digits_is_never_another_number(panel, digits, x, y):
    fresh(panel).large_centred(16, (digits[:4], digits[4:]))
    panel.pixel(x, 16 + y, 1 - panel.pixel(x, 16 + y))
    screen = panel.read()
    assert (screen.large, screen.unread) == ("", True)


@given(
    digits=st.text(DIGITS, min_size=8, max_size=8),
    digit=st.integers(0, 7),
    noise=st.randoms(use_true_random=False),
)
def test_a_large_digit_lost_beyond_recognition_is_not_passed_over(panel, digits, digit, noise):
    fresh(panel).large(8, 16, digits)
    for x, y in itertools.product(range(14), range(24)):
        panel.pixel(8 + 14 * digit + x, 16 + y, noise.randrange(2))
    # A cell that is dark throughout is a space.
    panel.pixel(8 + 14 * digit + noise.randrange(14), 16 + noise.randrange(24), 1)
    assert panel.read().large in {"", digits}


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("inverse", [False, True])
def test_a_damaged_small_digit_is_never_another_digit(panel, canvas, digit, inverse):
    for x, y in itertools.product(range(6), range(8)):
        canvas.clear()
        canvas.text(40, 16, digit, inverse)
        panel.pixel(40 + x, 16 + y, 1 - panel.pixel(40 + x, 16 + y))
        assert not set("".join(panel.read().lines)) & set(DIGITS)


@pytest.mark.parametrize("digit", DIGITS)
def test_a_damaged_medium_digit_is_never_another_digit(panel, canvas, digit):
    for x, y in itertools.product(range(12), range(16)):
        canvas.clear()
        canvas.text_medium(40, 16, digit)
        panel.pixel(40 + x, 16 + y, 1 - panel.pixel(40 + x, 16 + y))
        assert not set("".join(panel.read().lines)) & set(DIGITS)


def test_a_half_drawn_large_digit_is_no_digit(panel, canvas):
    for digit in DIGITS:
        for cut in range(1, 12):
            canvas.clear()
            canvas.large(40, 16, digit)
            panel.fill_rect(40 + cut, 16, 14 - cut, 24, 0)
            assert panel.read().large == ""


@settings(max_examples=50)
@given(pixels=st.binary(min_size=1024, max_size=1024))
def test_noise_is_read_without_an_error(pixels):
    assert read_screen(Frame.from_vlsb(pixels, WIDTH, HEIGHT)).large == ""


def test_a_display_of_32_rows_is_read():
    panel = Panel(128, 32)
    canvas = Canvas(panel)
    canvas.text(0, 0, "OK")
    canvas.large_centred(8, ("1234", "5678"))
    assert panel.read() == Screen(["OK"], "12345678", False)


@given(st.text(LARGE.replace(" ", ""), min_size=1, max_size=4), st.sampled_from([0, 8, 16]))
def test_huge_digits_are_read_as_large_ones(text, y):
    panel = Panel()
    canvas = Canvas(panel)
    canvas.huge_centred(y, text)
    assert panel.read().large == text
    assert panel.read().lines == []


@given(st.text(DIGITS, min_size=4, max_size=4), st.integers(0, 111), st.integers(8, 55))
def test_a_damaged_huge_digit_is_unread(text, x, y):
    panel = Panel()
    canvas = Canvas(panel)
    canvas.huge_centred(8, text)
    panel.pixel(8 + x, y, 1 - panel.pixel(8 + x, y))
    assert panel.read().unread


@given(st.text(DIGITS, min_size=8, max_size=8))
def test_a_panel_of_32_rows_is_read(text):
    panel = Panel(height=32)
    canvas = Canvas(panel)
    canvas.text(0, 0, "PIN>")
    canvas.large_centred(8, (text[:4], text[4:]))
    assert panel.read() == Screen(lines=["PIN>"], large=text, unread=False)
