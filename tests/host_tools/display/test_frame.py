"""Frames are compared, and shown to people, pixel by pixel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from host_tools.display.frame import Frame

# A diagonal from the top left, in a frame whose sides are multiples of nothing.
DIAGONAL = Frame(3, 5, [[x == y for x in range(3)] for y in range(5)])


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    width, height = draw(st.integers(1, 20)), draw(st.integers(1, 20))
    return Frame(
        width,
        height,
        draw(
            st.lists(
                st.lists(st.booleans(), min_size=width, max_size=width), min_size=height, max_size=height
            )
        ),
    )


@given(frame=frames())
def test_a_frame_comes_back_from_its_display_memory(frame):
    copy = Frame.from_vlsb(frame.vlsb(), frame.width, frame.height)
    assert copy == frame
    assert hash(copy) == hash(frame)
    assert copy.sha256() == frame.sha256()
    assert copy.difference(frame) == []


@given(frame=frames())
def test_pixels_and_rows_agree(frame):
    assert frame.rows() == [bytes(frame.pixel(x, y) for x in range(frame.width)) for y in range(frame.height)]


def test_bits_below_the_last_row_are_no_part_of_the_frame():
    assert Frame.from_vlsb(b"\xff\xff\xff", 3, 5) == Frame(3, 5, [[1, 1, 1]] * 5)


def test_the_hash_of_a_frame_is_frozen():
    # Golden frames are kept as these hashes: width and height as two bytes each, then the display memory.
    assert DIAGONAL.vlsb() == b"\x01\x02\x04"
    assert DIAGONAL.sha256() == "f22e33f1364893b6a8c34e4032db6643d40091f0b5a61e0d80ab0832a1f4221a"


def test_frames_of_one_picture_in_two_sizes_differ():
    assert Frame(2, 1, [[0, 0]]) != Frame(1, 2, [[0], [0]])
    assert Frame(2, 1, [[0, 0]]) != "picture"


def test_the_difference_lists_the_pixels():
    assert DIAGONAL.difference(Frame(3, 5, [[0, 0, 1]] + [[0, 0, 0]] * 4)) == [(0, 0), (2, 0), (1, 1), (2, 2)]


def test_frames_of_two_sizes_have_no_difference():
    with pytest.raises(ValueError, match="3x5 and one of 1x1"):
        DIAGONAL.difference(Frame(1, 1, [[1]]))


def test_a_frame_does_not_change():
    with pytest.raises(AttributeError):
        DIAGONAL.width = 4


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (3, 0), (0, 5)])
def test_a_pixel_outside_the_frame_is_refused(x, y):
    with pytest.raises(IndexError):
        DIAGONAL.pixel(x, y)


@pytest.mark.parametrize(("width", "height", "rows"), [(0, 0, []), (2, 1, [[1]]), (1, 2, [[1]])])
def test_rows_that_are_no_rectangle_are_refused(width, height, rows):
    with pytest.raises(ValueError, match="needs"):
        Frame(width, height, rows)


@pytest.mark.parametrize(("size", "width", "height"), [(1023, 128, 64), (1025, 128, 64), (0, 0, 8)])
def test_display_memory_of_another_size_is_refused(size, width, height):
    with pytest.raises(ValueError, match="are not the pages"):
        Frame.from_vlsb(bytes(size), width, height)


def test_half_blocks_show_two_rows_a_line():
    assert DIAGONAL.blocks() == "▀▄ \n  ▀\n   "


def test_braille_shows_four_rows_and_two_columns_a_character():
    assert DIAGONAL.braille() == "⠑⠄\n⠀⠀"


def test_a_display_fits_its_terminal_sizes():
    frame = Frame.from_vlsb(bytes(1024), 128, 64)
    assert [len(line) for line in frame.blocks().split("\n")] == [128] * 32
    assert [len(line) for line in frame.braille().split("\n")] == [64] * 16


def test_equal_frames_give_equal_png_files(tmp_path):
    DIAGONAL.to_png(tmp_path / "one.png")
    Frame.from_vlsb(DIAGONAL.vlsb(), 3, 5).to_png(tmp_path / "two.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize(
    ("scale", "bezel", "size"), [(1, False, (3, 5)), (4, False, (12, 20)), (4, True, (60, 68))]
)
def test_a_png_shows_every_pixel_at_its_place(tmp_path, scale, bezel, size):
    DIAGONAL.to_png(tmp_path / "frame.png", scale, bezel)
    with Image.open(tmp_path / "frame.png") as opened:
        picture = opened.convert("L")
    assert picture.size == size
    margin = 24 if bezel else 0
    for y in range(5):
        for x in range(3):
            assert (picture.getpixel((margin + x * scale, margin + y * scale)) > 128) == bool(
                DIAGONAL.pixel(x, y)
            )


def test_a_scale_below_one_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least 1"):
        DIAGONAL.to_png(tmp_path / "frame.png", scale=0)
