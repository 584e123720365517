"""A page drawn with Pillow through those calls of reportlab's canvas that a card is drawn with."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfbase import pdfmetrics

from host_tools.station.paper import fonts

_POINTS: Final = 72  # to the inch
_FILL, _FILL_AND_STROKE = 0, 2  # PDF's text rendering modes


class Picture:
    """A white page; lengths are points, y grows upwards, as on reportlab's canvas."""

    def __init__(self, width: float, height: float, dpi: int) -> None:
        self._scale = dpi / _POINTS
        self._height = height
        self.image = Image.new("RGB", (round(width * self._scale), round(height * self._scale)), "white")
        self._draw = ImageDraw.Draw(self.image)
        self._fonts: dict[tuple[str, float], ImageFont.FreeTypeFont] = {}
        self._fill = self._stroke = (0, 0, 0)
        self._line_width = 1.0
        self._face, self._size = fonts.REGULAR, 1.0

    def setFillColorRGB(self, red: float, green: float, blue: float) -> None:  # noqa: N802 - reportlab's names
        """Colour of texts and areas, each part from 0 to 1."""
        self._fill = _eight_bit(red, green, blue)

    def setStrokeColorRGB(self, red: float, green: float, blue: float) -> None:  # noqa: N802
        """Colour of lines."""
        self._stroke = _eight_bit(red, green, blue)

    def setLineWidth(self, width: float) -> None:  # noqa: N802
        """Width of lines."""
        self._line_width = width

    def setFont(self, face: str, size: float) -> None:  # noqa: N802
        """The face of `drawString`."""
        self._face, self._size = face, size

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A line from one point to another."""
        ends = [(x * self._scale, (self._height - y) * self._scale) for x, y in ((x1, y1), (x2, y2))]
        self._draw.line(ends, self._stroke, max(1, round(self._line_width * self._scale)))

    def rect(self, x: float, y: float, width: float, height: float, stroke: int = 0, fill: int = 1) -> None:
        """An area without an outline, from its left lower corner."""
        if stroke or not fill:
            raise ValueError("a picture has areas without outlines only")
        left, right = x * self._scale, (x + width) * self._scale
        top, bottom = ((self._height - edge) * self._scale for edge in (y + height, y))
        # The right lower corner belongs to what Pillow fills.
        self._draw.rectangle((round(left), round(top), round(right) - 1, round(bottom) - 1), self._fill)

    def drawString(self, x: float, y: float, text: str) -> None:  # noqa: N802
        """One line of text, its base line's left end at (x, y)."""
        self.write(x, y, text, self._face, self._size, stroked=False)

    def beginText(self, x: float, y: float) -> Pen:  # noqa: N802
        """A pen that begins at (x, y)."""
        return Pen(self, x, y)

    def drawText(self, pen: Pen) -> None:  # noqa: N802
        """What the pen has written is there already."""

    def write(self, x: float, y: float, text: str, face: str, size: float, *, stroked: bool) -> None:
        """Draw a text of one face."""
        font = self._font(face, size)
        stroke = self._line_width / 2 * self._scale if stroked else 0
        # FreeType rounds widths to whole pixels; each character goes where the PDF has it.
        for place, character in enumerate(text):
            left = x + pdfmetrics.stringWidth(text[:place], face, size)
            at = (left * self._scale - stroke, (self._height - y) * self._scale)
            self._draw.text(at, character, self._fill, font, anchor="ls", stroke_width=stroke)

    def _font(self, face: str, size: float) -> ImageFont.FreeTypeFont:
        if (face, size) not in self._fonts:
            self._fonts[face, size] = ImageFont.truetype(
                io.BytesIO(fonts.file(face)), size * self._scale, layout_engine=ImageFont.Layout.BASIC
            )
        return self._fonts[face, size]


class Pen:
    """Writes one line, as reportlab's text object does."""

    def __init__(self, picture: Picture, x: float, y: float) -> None:
        self._picture = picture
        self._x, self._y = x, y
        self._face, self._size = fonts.REGULAR, 1.0
        self._mode = _FILL

    def setFont(self, face: str, size: float) -> None:  # noqa: N802
        """The face from here on."""
        self._face, self._size = face, size

    def setTextRenderMode(self, mode: int) -> None:  # noqa: N802
        """0: characters are filled; 2: and have an outline."""
        self._mode = mode

    def textOut(self, text: str) -> None:  # noqa: N802
        """Write, and go on behind it."""
        stroked = self._mode == _FILL_AND_STROKE
        self._picture.write(self._x, self._y, text, self._face, self._size, stroked=stroked)
        self._x += pdfmetrics.stringWidth(text, self._face, self._size)


def _eight_bit(red: float, green: float, blue: float) -> tuple[int, int, int]:
    return round(255 * red), round(255 * green), round(255 * blue)
