"""Draws text, large digits and bars on a display, and refuses what would not fit."""

from dsc.ui.font import LARGE, SMALL, WIDE, WIDE_FROM, MissingGlyphError
from dsc.ui.layout import Layout
from dsc.ui.measure import code_points, fitted, width_of, width_of_codes, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.hal import Display

__all__ = (
    "LARGE_WIDTH",
    "MEDIUM_WIDTH",
    "SMALL_WIDTH",
    "BarTooSmallError",
    "Canvas",
    "CanvasError",
    "MisalignedTextError",
    "MissingGlyphError",
    "TextOverflowError",
    "fitted",
    "width_of",
    "width_of_large",
    "wrap",
)

SMALL_WIDTH = SMALL.width
SMALL_HEIGHT = SMALL.height
MEDIUM_WIDTH = 2 * SMALL.width
MEDIUM_HEIGHT = 2 * SMALL.height
LARGE_WIDTH = LARGE.width
LARGE_HEIGHT = LARGE.height
# Pixels between groups of large digits: half a cell, so that eight digits and their gap fit on 128 pixels.
GROUP_GAP = LARGE_WIDTH // 2


class CanvasError(Exception):
    """Something that cannot be drawn as asked. Never carries the text: it may be a PIN."""


class TextOverflowError(CanvasError):
    """Text or a bar that would leave the display; all numbers are pixels."""

    def __init__(self, x: int, y: int, width: int, height: int):
        super().__init__(f"{width} by {height} pixels at ({x}, {y}) leave the display")
        self.x = x
        self.y = y
        self.width = width
        self.height = height


class MisalignedTextError(CanvasError):
    """Text off the grid of 8-pixel rows, where it could not be read back."""

    def __init__(self, y: int):
        super().__init__(f"text at y = {y}; it must be a multiple of 8")
        self.y = y


class BarTooSmallError(CanvasError):
    """A bar without room for an inside; sides in pixels."""

    def __init__(self, width: int, height: int):
        super().__init__(f"a bar of {width} by {height} pixels; it must be at least 16 by 3")
        self.width = width
        self.height = height


class Canvas:
    """Draws on a display with a MONO_VLSB frame buffer, 8 rows to a text line: glyphs are copied byte by byte.

    Texts are str, or bytes of ASCII where they are secret: a str's characters would each become an interned
    string. Nothing drawn is kept here, except in the display's own buffer.
    """

    def __init__(self, display: "Display"):
        self._display = display
        self.width = display.width
        self.height = display.height
        self._pixels = display.pixels
        self.layout = Layout(self.rows)

    @property
    def columns(self) -> int:
        """How many small characters fit on a line, if none is a wide one."""
        return self.width // SMALL_WIDTH

    @property
    def rows(self) -> int:
        """How many small lines fit on the display."""
        return self.height // SMALL_HEIGHT

    def set_large(self, is_large: bool) -> None:
        """Whether digits are to be laid out for people who see little."""
        self.layout = Layout(self.rows, is_large)

    def clear(self) -> None:
        """Makes the whole frame dark."""
        self._display.fill(0)

    def clear_lines(self, y: int, height: int) -> None:
        """Makes `height` rows from y on dark."""
        self._display.fill_rect(0, y, self.width, height, 0)

    def show(self) -> None:
        """Sends the frame to the display."""
        self._display.show()

    def text(self, x: int, y: int, text: "str | bytes | bytearray", inverse: bool = False) -> None:
        """Small text from (x, y), kana and kanji in wider cells; `inverse` is dark on lit cells.

        Raises TextOverflowError, MisalignedTextError, MissingGlyphError, as all text methods here do.
        """
        codes = code_points(text)
        place = self._check(x, y, width_of_codes(codes), SMALL_HEIGHT)
        for code in codes:
            font = SMALL if code < WIDE_FROM else WIDE
            font.draw(code, self._pixels, place, self.width)
            if inverse:
                for column in range(place, place + font.width):
                    self._pixels[column] ^= 0xFF
            place += font.width

    def text_centred(self, y: int, text: "str | bytes | bytearray", inverse: bool = False) -> None:
        """Small text in the middle of the line at y."""
        self.text((self.width - width_of(text)) // 2, y, text, inverse)

    def text_right(self, y: int, text: "str | bytes | bytearray", inverse: bool = False) -> None:
        """Small text that ends at the right edge of the line at y."""
        self.text(self.width - width_of(text), y, text, inverse)

    def text_medium(self, x: int, y: int, text: "str | bytes | bytearray") -> None:
        """Text from (x, y) as `text` draws it, at double size, 16 rows high."""
        codes = code_points(text)
        place = self._check(x, y, 2 * width_of_codes(codes), MEDIUM_HEIGHT)
        for code in codes:
            font = SMALL if code < WIDE_FROM else WIDE
            font.draw_doubled(code, self._pixels, place, self.width)
            place += 2 * font.width

    def large(self, x: int, y: int, text: "str | bytes | bytearray") -> None:
        """Large digits from (x, y), 24 rows high; the font has 0-9, A-F, `-`, `*` as a mask, and space."""
        codes = code_points(text)
        place = self._check(x, y, len(codes) * LARGE_WIDTH, LARGE_HEIGHT)
        for code in codes:
            LARGE.draw(code, self._pixels, place, self.width)
            place += LARGE_WIDTH

    def large_centred(self, y: int, groups: "tuple[str | bytes | bytearray, ...] | list[str]") -> None:
        """Groups of large digits, half a cell apart, in the middle of the lines at y."""
        width = width_of_large(groups)
        x = (self.width - width) // 2
        self._check(x, y, width, LARGE_HEIGHT)
        for group in groups:
            self.large(x, y, group)
            x += len(group) * LARGE_WIDTH + GROUP_GAP

    def huge_centred(self, y: int, text: "str | bytes | bytearray") -> None:
        """Large digits at double size, 48 rows high, in the middle of the lines at y; four fill the display."""
        width = 2 * len(text) * LARGE_WIDTH
        place = self._check((self.width - width) // 2, y, width, 2 * LARGE_HEIGHT)
        for code in code_points(text):
            LARGE.draw_doubled(code, self._pixels, place, self.width)
            place += 2 * LARGE_WIDTH

    def bar(self, x: int, y: int, width: int, height: int, thousandths: int) -> None:
        """An outlined bar, lit from the left to thousandths / 1000 of its inside; below 0 and above 1000 are cut.

        Always outlined, for a loose piece of bar could look like a dash. Raises TextOverflowError if it would leave
        the display, BarTooSmallError below 16 by 3 pixels.
        """
        self._check_inside(x, y, width, height)
        if width < 16 or height < 3:
            raise BarTooSmallError(width, height)
        display = self._display
        display.fill_rect(x, y, width, height, 0)
        display.rect(x, y, width, height, 1)
        inset = 2 if height >= 6 else 1
        lit = (width - 2 * inset) * min(max(thousandths, 0), 1000) // 1000
        display.fill_rect(x + inset, y + inset, lit, height - 2 * inset, 1)

    def rule(self, y: int) -> None:
        """A line across the whole display."""
        self._display.hline(0, y, self.width, 1)

    def _check(self, x: int, y: int, width: int, height: int) -> int:
        """Where among the display's bytes a text of that size begins."""
        self._check_inside(x, y, width, height)
        if y % 8:
            raise MisalignedTextError(y)
        return y // 8 * self.width + x

    def _check_inside(self, x: int, y: int, width: int, height: int) -> None:
        if x < 0 or y < 0 or x + width > self.width or y + height > self.height:
            raise TextOverflowError(x, y, width, height)


def width_of_large(groups: "tuple[str | bytes | bytearray, ...] | list[str]") -> int:
    """Pixels that groups of large digits take, the gaps between them included."""
    digits = 0
    for group in groups:
        digits += len(group)
    return digits * LARGE_WIDTH + max(len(groups) - 1, 0) * GROUP_GAP
