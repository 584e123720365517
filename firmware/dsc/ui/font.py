"""Glyphs of the bundled fonts, looked up by code point and copied into a picture."""

from dsc.ui import font_large, font_small

# A nibble's four bits, each twice, for glyphs drawn at double size.
_DOUBLED = b"\x00\x03\x0c\x0f\x30\x33\x3c\x3f\xc0\xc3\xcc\xcf\xf0\xf3\xfc\xff"


class MissingGlyphError(Exception):
    """A character that the font does not draw; `code` is its code point."""

    def __init__(self, code: int):
        super().__init__(f"the font has no glyph for U+{code:04X}")
        self.code = code


class Font:
    """One generated font module. `width` and `height` are its cell in pixels, gaps included."""

    def __init__(self, width: int, height: int, codes: tuple[int, ...], data: bytes):
        self.width = width
        self.height = height
        self._codes = codes
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
        """Writes the glyph of an 8-row font like `draw`, every pixel as four.

        Raises MissingGlyphError.
        """
        start = self._index(code) * self._size
        for column in self._data[start : start + self._size]:
            pixels[place] = pixels[place + 1] = _DOUBLED[column & 15]
            pixels[place + stride] = pixels[place + stride + 1] = _DOUBLED[column >> 4]
            place += 2

    def has(self, code: int) -> bool:
        """Whether the font draws the code point."""
        return code in self._codes

    def _index(self, code: int) -> int:
        codes = self._codes
        # Code points are ascending and mostly without holes: the place counted from the first is nearly always right.
        index = code - codes[0]
        if 0 <= index < len(codes) and codes[index] == code:
            return index
        try:
            return codes.index(code)
        except ValueError:
            pass
        raise MissingGlyphError(code)


SMALL = Font(font_small.WIDTH, font_small.HEIGHT, font_small.CODES, font_small.DATA)
LARGE = Font(font_large.WIDTH, font_large.HEIGHT, font_large.CODES, font_large.DATA)
