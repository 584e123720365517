"""Sets text on a page: faces chosen character by character, lines broken where the language allows it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics

from host_tools.station.paper import fonts

LEADING: Final = 1.32  # from line to line, in type sizes
# What must not begin a line, and what must not end one, where any two wide characters may be parted.
_NOT_FIRST: Final = frozenset(
    "、。，．・：；？！）」』】〉》〕］｝ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々…)"
)
_NOT_LAST: Final = frozenset("（「『【〈《〔［｛(")
_STROKED: Final = (
    0.028  # the wide face has one weight: a bold one is drawn with an outline this thick, in type sizes
)


class Setter:
    """Draws text on a canvas of reportlab. All that is drawn must be among `texts`, printable ones.

    Lengths are points, y grows upwards.
    """

    def __init__(self, canvas: Any, texts: Iterable[str]) -> None:
        self._canvas = canvas
        fonts.use_latin()
        wide = frozenset(one for text in texts for one in text if not fonts.is_plex(one))
        self._wide = fonts.use_wide(wide) if wide else None

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """How wide the text is."""
        return float(
            sum(pdfmetrics.stringWidth(run, face, size) for run, face in self._runs(text, bold)),
        )

    def line(self, x: float, y: float, text: str, size: float, bold: bool = False) -> None:
        """Draw one line, with its base line's left end at (x, y)."""
        for run, face in self._runs(text, bold):
            stroked = bold and face == self._wide
            pen = self._canvas.beginText(x, y)
            pen.setFont(face, size)
            if stroked:
                self._canvas.setLineWidth(_STROKED * size)
                pen.setTextRenderMode(2)
            pen.textOut(run)
            if stroked:
                pen.setTextRenderMode(0)
            self._canvas.drawText(pen)
            x += pdfmetrics.stringWidth(run, face, size)

    def lines(self, text: str, size: float, width: float, bold: bool = False) -> list[str]:
        """The text broken into lines of no more than `width`; a longer word is broken where it must be."""
        done: list[str] = []
        line = ""
        for piece in _pieces(text):
            if self.width((line + piece).rstrip(), size, bold) <= width:
                line += piece
                continue
            if line:
                done.append(line.rstrip())
            line = ""
            for one in piece.lstrip():
                if line and self.width(line + one, size, bold) > width:
                    done.append(line)
                    line = ""
                line += one
        return [*done, line.rstrip()] if line.rstrip() else done

    def block(self, x: float, y: float, text: str, size: float, width: float, bold: bool = False) -> float:
        """Draw lines one below the other, the first one's top at y; the y below the last one."""
        for line in self.lines(text, size, width, bold):
            self.line(x, y - size, line, size, bold)
            y -= size * LEADING
        return y

    def _runs(self, text: str, bold: bool) -> Iterator[tuple[str, str]]:
        latin = fonts.BOLD if bold else fonts.REGULAR
        for plex, run in itertools.groupby(text, fonts.is_plex):
            yield "".join(run), latin if plex or self._wide is None else self._wide


def _pieces(text: str) -> Iterator[str]:
    """What must stay on one line: words with the space behind them, and each wide character by itself."""
    piece = ""
    for one in text:
        wide = not fonts.is_plex(one)
        if (
            piece
            and one != " "
            and one not in _NOT_FIRST
            and piece[-1] not in _NOT_LAST
            and (piece[-1] == " " or wide or not fonts.is_plex(piece[-1]))
        ):
            yield piece
            piece = ""
        piece += one
    if piece:
        yield piece
