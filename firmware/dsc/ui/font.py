"""Glyphs of the bundled fonts, looked up by code point and copied into a picture."""

from dsc.ui import font_large, font_small, font_wide

# Code points from here on, kana and kanji, are in the wide font; all below are in the small one.
WIDE_FROM = 0x3000

# A nibble's four bits, each twice, for glyphs drawn at double size.
_DOUBLED = b"\x00\x03\x0c\x0f\x30\x33\x3c\x3f\xc0\xc3\xcc\xcf\xf0\xf3\xfc\xff"


class MissingGlyphError(Exception):
    """A character that the font does not draw; `code` is its code point."""

    def __init__(self, code: int):
        super().__init__(f"the font has no glyph for U+{code:04X}")
        self.code = code


class Font:
    """One generated font module. `width` and `height` are its cell in pixels, gaps included."""

    def __init__(
        self,
        width: int,
        height: int,
        runs: "tuple[tuple[int, int], ...]",
        scattered: "tuple[int, ...]",
        data: bytes,
    ):
        self.width = width
        self.height = height
        self._runs = runs
        self._scattered = scattered
        self._size = height // 8 * width
        self._data = memoryview(data)

    def draw(self, code: int, pixels: "bytearray | memoryview", place: int, stride: int) -> None:
        """Writes the glyph of a code point at byte `place` of a picture of VLSB pages, `stride` bytes each.

        Raises MissingGlyphError.
        """
        width = self.width
        start = self._index(code) * self._size
        for page in range(start, start + self._size, width):
            pixels[place : place + width] = self._data[page : page + width]
            place += stride

    def draw_doubled(self, code: int, pixels: "bytearray | memoryview", place: int, stride: int) -> None:
        """Writes the glyph of a code point like `draw`, every pixel as four.

        Raises MissingGlyphError.
        """
        width = self.width
        start = self._index(code) * self._size
        for page in range(start, start + self._size, width):
            here = place
            for column in self._data[page : page + width]:
                pixels[here] = pixels[here + 1] = _DOUBLED[column & 15]
                pixels[here + stride] = pixels[here + stride + 1] = _DOUBLED[column >> 4]
                here += 2
            place += 2 * stride

    def has(self, code: int) -> bool:
        """Whether the font draws the code point."""
        return code in self._scattered or any(0 <= code - first < count for first, count in self._runs)

    def _index(self, code: int) -> int:
        start = 0
        # ASCII, and so every digit of a secret, is the small font's first run.
        for first, count in self._runs:
            if 0 <= code - first < count:
                return start + code - first
            start += count
        try:
            return start + self._scattered.index(code)
        except ValueError:
            pass
        raise MissingGlyphError(code)


SMALL = Font(font_small.WIDTH, font_small.HEIGHT, font_small.RUNS, font_small.SCATTERED, font_small.DATA)
WIDE = Font(font_wide.WIDTH, font_wide.HEIGHT, font_wide.RUNS, font_wide.SCATTERED, font_wide.DATA)
LARGE = Font(font_large.WIDTH, font_large.HEIGHT, font_large.RUNS, font_large.SCATTERED, font_large.DATA)


def draws(code: int) -> bool:
    """Whether small and medium text may hold the code point."""
    return (SMALL if code < WIDE_FROM else WIDE).has(code)
