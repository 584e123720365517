"""MicroPython's `framebuf` module for CPython: one-bit drawing, equal to the original pixel by pixel.

Only the monochrome formats exist here, and `text`, `ellipse` and `poly` do not: the token has its own fonts and
draws no curves. What is missing raises; nothing is ever drawn differently.
"""

import operator
from abc import ABC, abstractmethod
from typing import Any, Final, SupportsIndex

MONO_VLSB: Final = 0
MVLSB: Final = 0
RGB565: Final = 1
GS4_HMSB: Final = 2
MONO_HLSB: Final = 3
MONO_HMSB: Final = 4
GS2_HMSB: Final = 5
GS8: Final = 6

MAX_SIDE: Final = 0xFFFF
MACHINE_WORD: Final = 0xFFFFFFFF


class _Pixels(ABC):
    """A rectangle of bits in a buffer. Coordinates given to it lie inside; FrameBuffer clips them."""

    def __init__(self, data: memoryview, width: int, height: int, stride: int) -> None:
        self.data = data
        self.width = width
        self.height = height
        self.stride = stride

    def get(self, x: int, y: int) -> int:
        index, bit = self._place(x, y)
        return (self.data[index] >> bit) & 1

    def set(self, x: int, y: int, colour: int) -> None:
        index, bit = self._place(x, y)
        self._apply(index, 1 << bit, colour)

    def _apply(self, index: int, mask: int, colour: int) -> None:
        self.data[index] = self.data[index] | mask if colour else self.data[index] & ~mask

    @abstractmethod
    def _place(self, x: int, y: int) -> tuple[int, int]:
        """Index of the byte and number of the bit of a pixel."""

    @abstractmethod
    def fill(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        """Sets a rectangle of at least one pixel."""


class _Vertical(_Pixels):
    """MONO_VLSB: a byte holds 8 pixels of a column, the lowest bit at the top."""

    @staticmethod
    def needed(width: int, height: int, stride: int) -> int:
        return ((height + 7) // 8 - 1) * stride + width

    def _place(self, x: int, y: int) -> tuple[int, int]:
        return (y >> 3) * self.stride + x, y & 7

    def fill(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        bottom = y + height
        for page in range(y >> 3, (bottom + 7) >> 3):
            top = max(y - page * 8, 0)
            mask = (1 << min(bottom - page * 8, 8)) - (1 << top)
            start = page * self.stride + x
            if mask == 0xFF:
                self.data[start : start + width] = (b"\xff" if colour else b"\x00") * width
            else:
                for index in range(start, start + width):
                    self._apply(index, mask, colour)

    def copy_aligned(
        self, source: "_Vertical", x: int, page: int, left: int, width: int, height: int
    ) -> None:
        """Copies whole column bytes of `source` from its column `left` and row 0 to column x of `page`."""
        for step in range((height + 7) // 8):
            to = (page + step) * self.stride + x
            start = step * source.stride + left
            row = source.data[start : start + width]
            mask = (1 << min(height - step * 8, 8)) - 1
            if mask == 0xFF:
                self.data[to : to + width] = row
            else:
                for index, byte in enumerate(row, to):
                    self.data[index] = self.data[index] & ~mask | byte & mask


class _Horizontal(_Pixels):
    """MONO_HLSB and MONO_HMSB: a byte holds 8 pixels of a row; in HLSB the highest bit is the leftmost."""

    leftmost_is_high = True

    @staticmethod
    def needed(width: int, height: int, stride: int) -> int:
        return ((height - 1) * stride + (width + 7 & ~7)) // 8

    def _place(self, x: int, y: int) -> tuple[int, int]:
        return (x + y * self.stride) >> 3, 7 - (x & 7) if self.leftmost_is_high else x & 7

    def fill(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        right = x + width
        for column in range(x >> 3, (right + 7) >> 3):
            first, end = max(x - column * 8, 0), min(right - column * 8, 8)
            mask = (1 << end) - (1 << first)
            if self.leftmost_is_high:
                mask = (1 << 8 - first) - (1 << 8 - end)
            for row in range(y, y + height):
                self._apply(column + (row * self.stride >> 3), mask, colour)


class _HorizontalLow(_Horizontal):
    leftmost_is_high = False


_LAYOUTS: Final[dict[int, type[_Vertical] | type[_Horizontal]]] = {
    MONO_VLSB: _Vertical,
    MONO_HLSB: _Horizontal,
    MONO_HMSB: _HorizontalLow,
}


def _pixels(
    buffer: Any,
    width: SupportsIndex,
    height: SupportsIndex,
    layout: SupportsIndex,
    stride: SupportsIndex | None,
) -> _Pixels:
    data = memoryview(buffer).cast("B")
    if data.readonly:
        raise TypeError("object with buffer protocol required")
    width, height = operator.index(width), operator.index(height)
    stride = width if stride is None else operator.index(stride)
    sides_fit = 1 <= width <= stride <= MAX_SIDE and 1 <= height <= MAX_SIDE
    kind = _LAYOUTS.get(operator.index(layout))
    if kind is None:
        raise ValueError("invalid format")
    if issubclass(kind, _Horizontal):
        stride = stride + 7 & ~7
    if not sides_fit or kind.needed(width, height, stride) > len(data):
        raise ValueError
    return kind(data, width, height, stride)


class FrameBuffer:
    """Pixels over somebody's buffer: one byte an eighth of a column (VLSB) or of a row (HLSB, HMSB).

    `buffer` is any writable buffer; width, height and stride are pixels, 1 to 65535. Raises ValueError for a
    format that is not monochrome, for sides out of range and for a buffer that is too small.
    """

    def __init__(
        self,
        buffer: Any,
        width: SupportsIndex,
        height: SupportsIndex,
        layout: SupportsIndex,
        stride: SupportsIndex | None = None,
        /,
    ) -> None:
        self._pixels = _pixels(buffer, width, height, layout, stride)

    def fill(self, c: SupportsIndex, /) -> None:
        """Sets every pixel to colour c: 0 dark, anything else lit."""
        pixels = self._pixels
        pixels.fill(0, 0, pixels.width, pixels.height, _colour(c))

    def fill_rect(
        self, x: SupportsIndex, y: SupportsIndex, w: SupportsIndex, h: SupportsIndex, c: SupportsIndex, /
    ) -> None:
        """Fills a rectangle, clipped to the buffer; sides below 1 draw nothing."""
        pixels = self._pixels
        x, y, w, h = map(operator.index, (x, y, w, h))
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + w, pixels.width), min(y + h, pixels.height)
        if left < right and top < bottom:
            pixels.fill(left, top, right - left, bottom - top, _colour(c))

    def hline(self, x: SupportsIndex, y: SupportsIndex, w: SupportsIndex, c: SupportsIndex, /) -> None:
        """A horizontal line of w pixels."""
        self.fill_rect(x, y, w, 1, c)

    def vline(self, x: SupportsIndex, y: SupportsIndex, h: SupportsIndex, c: SupportsIndex, /) -> None:
        """A vertical line of h pixels."""
        self.fill_rect(x, y, 1, h, c)

    def rect(
        self,
        x: SupportsIndex,
        y: SupportsIndex,
        w: SupportsIndex,
        h: SupportsIndex,
        c: SupportsIndex,
        fill: object = False,
        /,
    ) -> None:
        """A rectangle's outline, or the whole of it with `fill`."""
        x, y, w, h = map(operator.index, (x, y, w, h))
        if fill:
            self.fill_rect(x, y, w, h, c)
            return
        self.hline(x, y, w, c)
        self.hline(x, y + h - 1, w, c)
        self.vline(x, y, h, c)
        self.vline(x + w - 1, y, h, c)

    def pixel(self, x: SupportsIndex, y: SupportsIndex, c: SupportsIndex | None = None, /) -> int | None:
        """Without c, the pixel's colour, None outside; with c, sets it if it is inside."""
        x, y = operator.index(x), operator.index(y)
        pixels = self._pixels
        if not (0 <= x < pixels.width and 0 <= y < pixels.height):
            return None
        if c is None:
            return pixels.get(x, y)
        pixels.set(x, y, _colour(c))
        return None

    def line(
        self, x1: SupportsIndex, y1: SupportsIndex, x2: SupportsIndex, y2: SupportsIndex, c: SupportsIndex, /
    ) -> None:
        """A line from (x1, y1) to (x2, y2), both included: along its longer side, a pixel a step (Bresenham)."""
        x1, y1, x2, y2 = map(operator.index, (x1, y1, x2, y2))
        x_step, y_step = (1 if x2 > x1 else -1), (1 if y2 > y1 else -1)
        x_length, y_length = abs(x2 - x1), abs(y2 - y1)
        steep = y_length > x_length
        long, short = max(x_length, y_length), min(x_length, y_length)
        error = 2 * short - long
        for _ in range(long):
            self.pixel(x1, y1, c)
            # On a tie the original goes sideways, so that its lines depend on their direction.
            aside = error >= 0
            error += 2 * short - (2 * long if aside else 0)
            if steep or aside:
                y1 += y_step
            if not steep or aside:
                x1 += x_step
        self.pixel(x2, y2, c)

    def scroll(self, xstep: SupportsIndex, ystep: SupportsIndex, /) -> None:
        """Moves the picture; what it moves away from stays as it was."""
        xstep, ystep = operator.index(xstep), operator.index(ystep)
        pixels = self._pixels
        columns = range(max(xstep, 0), min(pixels.width, pixels.width + xstep))
        rows = range(max(ystep, 0), min(pixels.height, pixels.height + ystep))
        moved = [(x, y, pixels.get(x - xstep, y - ystep)) for y in rows for x in columns]
        for x, y, colour in moved:
            pixels.set(x, y, colour)

    def blit(
        self,
        source: "FrameBuffer",
        x: SupportsIndex,
        y: SupportsIndex,
        key: SupportsIndex = -1,
        palette: "FrameBuffer | None" = None,
        /,
    ) -> None:
        """Draws another picture with its corner at (x, y), leaving out pixels of colour `key`.

        With a palette, the source's pixels are columns of the palette's first row; key is compared after that.
        Later versions of MicroPython than the image's take tuples for pictures too; this one raises TypeError.
        """
        x, y, key = operator.index(x), operator.index(y), operator.index(key) & MACHINE_WORD
        to, origin = self._pixels, _source(source)
        colours = None if palette is None else _palette(_source(palette))
        left, top = max(-x, 0), max(-y, 0)
        x, y = max(x, 0), max(y, 0)
        width = min(origin.width - left, to.width - x)
        height = min(origin.height - top, to.height - y)
        if width <= 0 or height <= 0:
            return
        if (
            isinstance(to, _Vertical)
            and isinstance(origin, _Vertical)
            and colours is None
            and key > 1
            and y % 8 == top == 0
            and to.data.obj is not origin.data.obj
        ):
            to.copy_aligned(origin, x, y // 8, left, width, height)
            return
        for row in range(height):
            for column in range(width):
                colour = origin.get(left + column, top + row)
                if colours is not None:
                    colour = colours[colour]
                if colour != key:
                    to.set(x + column, y + row, colour)


def FrameBuffer1(
    buffer: Any, width: SupportsIndex, height: SupportsIndex, stride: SupportsIndex | None = None, /
) -> FrameBuffer:
    """A MONO_VLSB FrameBuffer, the oldest form of the constructor."""
    return FrameBuffer(buffer, width, height, MONO_VLSB, stride)


def _colour(value: SupportsIndex) -> int:
    # The original takes the colour as a machine word, of which any bit lights the pixel.
    return int(operator.index(value) & MACHINE_WORD != 0)


def _source(picture: object) -> _Pixels:
    if not isinstance(picture, FrameBuffer):
        raise TypeError(f"a picture is a FrameBuffer, not an object of type '{type(picture).__name__}'")
    return picture._pixels


def _palette(pixels: _Pixels) -> tuple[int, int]:
    if pixels.width < 2:
        raise ValueError("a palette for one-bit pictures has two columns")
    return pixels.get(0, 0), pixels.get(1, 0)
