"""The port's framebuf draws what MicroPython's does, pixel by pixel."""

import json
import runpy
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import framebuf
import micropython as hints

DRIVER = Path(__file__).with_name("framebuf_driver.py")
Case = dict[str, Any]

run = runpy.run_path(str(DRIVER))["run"]


@pytest.fixture(scope="module")
def original(micropython: Path) -> Iterator[Callable[[Case], Any]]:
    """Runs a case in one MicroPython process that stays for all of them."""
    with subprocess.Popen(
        [str(micropython), str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as child:
        asked, answered = child.stdin, child.stdout
        assert asked is not None
        assert answered is not None

        def ask(case: Case) -> Any:
            asked.write(json.dumps(case) + "\n")
            asked.flush()
            return json.loads(answered.readline())

        yield ask
        asked.close()


LAYOUTS = (framebuf.MONO_VLSB, framebuf.MONO_HLSB, framebuf.MONO_HMSB)
sides = st.integers(1, 40)
places = st.integers(-45, 45)
colours = st.sampled_from([0, 1, 1, 2, 256, -1, 1 << 32])


@st.composite
def pictures(draw: st.DrawFn, least: int = 1) -> list[Any]:
    """A source for blit; now and then a byte short."""
    width, height, layout = (
        draw(st.integers(least, 24)),
        draw(st.integers(1, 24)),
        draw(st.sampled_from(LAYOUTS)),
    )
    stride = draw(st.sampled_from([width, width, width + 3, width + 8]))
    size = (height + 7) // 8 * stride if layout == framebuf.MONO_VLSB else (stride + 7) // 8 * height
    data = draw(st.binary(min_size=size, max_size=size))[draw(st.sampled_from([0, 0, 0, 0, 0, 0, 0, 9])) :]
    return [data.hex(), width, height, layout] + ([stride] if stride != width else [])


def aligned(places: st.SearchStrategy[int]) -> st.SearchStrategy[int]:
    return st.one_of(places, places.map(lambda y: y // 8 * 8))


operations = st.one_of(
    st.tuples(st.just("fill"), colours),
    st.tuples(st.just("pixel"), places, places),
    st.tuples(st.just("pixel"), places, places, colours),
    st.tuples(st.just("hline"), places, places, places, colours),
    st.tuples(st.just("vline"), places, places, places, colours),
    st.tuples(st.just("rect"), places, places, places, places, colours),
    st.tuples(st.just("rect"), places, places, places, places, colours, st.booleans()),
    st.tuples(st.just("fill_rect"), places, aligned(places), places, aligned(places), colours),
    st.tuples(st.just("line"), places, places, places, places, colours),
    st.tuples(st.just("scroll"), places, places),
    st.tuples(st.just("blit"), pictures() | st.just("itself") | st.just(7), places, aligned(places)),
    st.tuples(st.just("blit"), pictures() | st.just("itself"), places, aligned(places), st.integers(-1, 2)),
    st.tuples(
        st.just("blit"),
        pictures(),
        places,
        aligned(places),
        st.integers(-1, 2),
        st.none() | pictures(least=2),
    ),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    width, height = draw(sides), draw(sides)
    stride = draw(st.sampled_from([None, None, width, width + 1, width + 8, width - 1]))
    size = (height + 7) // 8 * ((stride or width) + 16) * 8
    return {
        "layout": draw(st.sampled_from(LAYOUTS)),
        "width": width,
        "height": height,
        "stride": stride,
        "start": (draw(st.binary(min_size=1, max_size=8)) * size)[:size].hex(),
        "operations": draw(st.lists(operations, min_size=1, max_size=12)),
    }


@settings(max_examples=400)
@given(case=cases())
def test_any_drawing_gives_the_same_buffer_as_the_original(original, case):
    plain = json.loads(json.dumps(case))
    assert run(framebuf, plain) == original(case)


@settings(max_examples=200)
@given(
    layout=st.sampled_from([*LAYOUTS, -1, 7, 99]),
    width=st.sampled_from([-1, 0, 1, 7, 8, 9, 16, 65536]),
    height=st.sampled_from([-1, 0, 1, 8, 9, 65536]),
    stride=st.sampled_from([None, 0, 8, 9, 15, 17, 65536]),
    size=st.integers(0, 40),
)
def test_a_buffer_is_refused_exactly_where_the_original_refuses_it(
    original, layout, width, height, stride, size
):
    case = {"layout": layout, "width": width, "height": height, "stride": stride, "operations": []}
    case["start"] = bytes(size).hex()
    assert run(framebuf, case) == original(case)


def test_the_formats_have_the_original_numbers():
    names = ("MONO_VLSB", "MVLSB", "RGB565", "GS4_HMSB", "MONO_HLSB", "MONO_HMSB", "GS2_HMSB", "GS8")
    assert [getattr(framebuf, name) for name in names] == [0, 0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("layout", [framebuf.RGB565, framebuf.GS4_HMSB, framebuf.GS2_HMSB, framebuf.GS8])
def test_a_format_with_more_than_one_bit_a_pixel_is_refused(layout):
    with pytest.raises(ValueError, match="invalid format"):
        framebuf.FrameBuffer(bytearray(64), 4, 4, layout)


@pytest.mark.parametrize("buffer", [bytes(8), memoryview(bytes(8)), [0] * 8])
def test_a_buffer_that_cannot_be_written_is_refused(buffer):
    with pytest.raises(TypeError):
        framebuf.FrameBuffer(buffer, 8, 8, framebuf.MONO_VLSB)


@pytest.mark.parametrize("source", [object(), "picture", (bytearray(8), 8, 8, 0)])
def test_a_blit_of_what_is_no_picture_is_refused(source):
    frame = framebuf.FrameBuffer(bytearray(8), 8, 8, framebuf.MONO_VLSB)
    with pytest.raises(TypeError, match="is a FrameBuffer"):
        frame.blit(source, 0, 0)


def test_a_palette_of_one_column_is_refused():
    frame = framebuf.FrameBuffer(bytearray(8), 8, 8, framebuf.MONO_VLSB)
    with pytest.raises(ValueError, match="two columns"):
        frame.blit(frame, 0, 0, -1, framebuf.FrameBuffer(bytearray(1), 1, 1, framebuf.MONO_VLSB))


def test_a_subclass_is_drawn_on_and_blitted_from_as_display_drivers_need():
    class Panel(framebuf.FrameBuffer):
        def __init__(self) -> None:
            self.buffer = bytearray(9)
            super().__init__(memoryview(self.buffer)[1:], 8, 8, framebuf.MONO_VLSB)

    panel, copy = Panel(), bytearray(8)
    panel.hline(0, 0, 8, 1)
    framebuf.FrameBuffer(copy, 8, 8, framebuf.MONO_VLSB).blit(panel, 0, 0)
    assert panel.buffer == b"\x00" + b"\x01" * 8
    assert copy == b"\x01" * 8


def test_the_oldest_constructor_makes_vertical_pages():
    buffer = bytearray(16)
    framebuf.FrameBuffer1(buffer, 8, 16).pixel(3, 9, 1)
    assert buffer[11] == 2


def test_compiler_hints_leave_values_and_functions_alone():
    assert hints.const(7) == 7
    assert hints.native(len) is len
    assert hints.viper(len) is len
