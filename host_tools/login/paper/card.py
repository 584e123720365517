"""A security code card on one page: its codes in rows of ten beside their numbers, and what to do with them."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final

from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from host_tools.login.paper.languages import texts
from host_tools.login.paper.picture import Picture
from host_tools.policy.kinds import DeviceKind
from host_tools.station.paper import fonts
from host_tools.station.paper.errors import TooLongError
from host_tools.station.paper.languages import DEFAULT
from host_tools.station.paper.letter import ACCENT, FAINT, INK, SMALL, TITLE_SIZE
from host_tools.station.paper.setting import Setter

MARGIN: Final = 15 * mm
GAP: Final = 8 * mm  # between columns of text
FACT_SHARES: Final = {"serial": 1.1, "user": 1.9, "date": 1.0, "expires": 1.0}  # of the width
TEXT_SIZE: Final = 8.6
HEAD_SIZE: Final = 19.0
MOST_CODE_SIZE: Final = 12.5
LEAST_CODE_SIZE: Final = 9.0
NUMBER_SHARE: Final = 0.68  # size of numbers, of that of codes
MOST_ROW: Final = 8 * mm
ROW_SHARE: Final = 1.5  # least height of a row, in sizes of a code
COLUMNS: Final = (10, 5, 2)  # whole tens in a row or two, where they have the room
CELL_PADDING: Final = 1.6 * mm
BAND: Final = (0.93, 0.95, 0.97)
RULE: Final = (0.78, 0.82, 0.86)
PICTURE_DPI: Final = 200


class Paper(enum.StrEnum):
    """What the card is printed on."""

    A4 = "a4"
    LETTER = "letter"

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, in points."""
        width, height = A4 if self is Paper.A4 else LETTER
        return width, height


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says beside its codes.

    `kind` is one of the two kinds of card; `sender` is who issued it, `contact` where the service can be called. All
    texts but the serial may be empty. `expires` is the last day.
    """

    serial: str
    kind: DeviceKind = DeviceKind.ONLINE_SECURITY_CODE_CARD
    user: str = ""
    sender: str = ""
    contact: str = ""
    day: date | None = None
    expires: date | None = None
    language: str = DEFAULT
    paper: Paper = Paper.A4

    def checked(self) -> Card:
        """The same in Unicode's NFC form. Raises UnknownLanguageError, UnprintableError."""
        texts(self.language)
        return replace(
            self,
            serial=fonts.printable("serial", self.serial),
            user=fonts.printable("user", self.user),
            sender=fonts.printable("sender", self.sender),
            contact=fonts.printable("contact", self.contact),
        )

    def text(self, name: str) -> str:
        """A text of its language, about this card."""
        return texts(self.language)[name].format(contact=self.contact)

    @property
    def title(self) -> str:
        """What it is."""
        return self.text(f"title.{self.kind}")


def draw_pdf(target: Path | BinaryIO, card: Card, codes: Sequence[bytearray]) -> None:
    """Write the card as a PDF: the same bytes each time. `codes` are ASCII, numbered from 1.

    reportlab takes text only, so the codes are in strs here and in the content of the PDF for as long as this runs;
    these cannot be wiped. Raises UnknownLanguageError, UnprintableError, TooLongError; nothing is written then.
    """
    card = card.checked()
    fonts.use_latin()
    canvas = Canvas(
        str(target) if isinstance(target, Path) else target,
        pagesize=card.paper.size,
        pageCompression=1,
        invariant=1,
        initialFontName=fonts.REGULAR,
        lang=card.language,
    )
    canvas.setTitle(card.title)
    canvas.setAuthor("picodsc")
    canvas.setCreator("picodsc")
    _Sheet(canvas, card).draw(codes)
    canvas.showPage()
    canvas.save()


def draw_png(target: Path | BinaryIO, card: Card, codes: Sequence[bytearray], dpi: int = PICTURE_DPI) -> None:
    """Write the same page as a PNG, to be shown on a screen; raises what `draw_pdf` does."""
    card = card.checked()
    fonts.use_latin()
    picture = Picture(*card.paper.size, dpi)
    _Sheet(picture, card).draw(codes)
    picture.image.save(target, "PNG", dpi=(dpi, dpi))


class _Sheet:
    """Draws the page on reportlab's canvas or on a picture."""

    def __init__(self, canvas: Any, card: Card) -> None:
        self._canvas = canvas
        self._card = card
        self._width, self._height = card.paper.size
        self._right = self._width - MARGIN
        said = texts(card.language).values()
        self._set = Setter(canvas, [card.serial, card.user, card.sender, card.contact, *said])

    def draw(self, codes: Sequence[bytearray]) -> None:
        """Everything, from top to bottom."""
        y = self._texts(self._facts(self._head())) - 5 * mm
        self._table(y, MARGIN, codes)

    def _colour(self, colour: tuple[float, float, float]) -> None:
        self._canvas.setFillColorRGB(*colour)
        self._canvas.setStrokeColorRGB(*colour)

    def _head(self) -> float:
        y: float = self._height - MARGIN
        self._colour(FAINT)
        if self._card.sender:
            self._fitting("sender", self._card.sender, MARGIN, y - SMALL, SMALL + 1, self._right - MARGIN)
            y -= SMALL + 2 * mm
        self._colour(ACCENT)
        self._fitting(
            "title", self._card.title, MARGIN, y - HEAD_SIZE, HEAD_SIZE, self._right - MARGIN, bold=True
        )
        below: float = y - HEAD_SIZE - 4 * mm
        return below

    def _facts(self, y: float) -> float:
        """Serial, user and days, one beside the other."""
        card = self._card
        days = [
            (name, "" if day is None else day.isoformat())
            for name, day in (("date", card.day), ("expires", card.expires))
        ]
        facts = [fact for fact in (("serial", card.serial), ("user", card.user), *days) if fact[1]]
        room = self._right - MARGIN + GAP
        part = room / sum(FACT_SHARES[name] for name, _ in facts)
        x = MARGIN
        for name, value in facts:
            width = part * FACT_SHARES[name]
            self._colour(FAINT)
            self._set.line(x, y - SMALL, card.text(name), SMALL)
            self._colour(INK)
            self._fitting(name, value, x, y - SMALL - 13, TITLE_SIZE, width - GAP, bold=True)
            x += width
        below: float = y - SMALL - 13 - 5 * mm
        return below

    def _texts(self, y: float) -> float:
        """How to use it on the left, what to beware of on the right; the y below both."""
        width = (self._right - MARGIN - GAP) / 2
        contact = self._card.text("contact" if self._card.contact else "contact.none")
        left = self._part(MARGIN, y, "use.title", "use", width)
        left = self._part(MARGIN, left - 1.5 * mm, "lost.title", "lost", width)
        right = self._part(MARGIN + width + GAP, y, "keep.title", "keep", width)
        x = MARGIN + width + GAP
        right = self._set.block(x, right - 1 * mm, self._card.text("end"), TEXT_SIZE, width)
        self._colour(ACCENT)
        right = self._set.block(x, right - 2 * mm, contact, TEXT_SIZE, width, bold=True)
        return min(left, right)

    def _part(self, x: float, y: float, title: str, name: str, width: float) -> float:
        self._colour(ACCENT)
        y = self._set.block(x, y, self._card.text(title), TITLE_SIZE - 1, width, bold=True) - 0.4 * mm
        self._colour(INK)
        return self._set.block(x, y, self._card.text(name), TEXT_SIZE, width)

    def _table(self, top: float, bottom: float, codes: Sequence[bytearray]) -> None:
        columns, size = self._grid(top - bottom, codes)
        rows = -(-len(codes) // columns)
        height = min(MOST_ROW, (top - bottom) / rows)
        width = (self._right - MARGIN) / columns
        self._colour(BAND)
        for row in range(0, rows, 2):
            self._canvas.rect(
                MARGIN, top - (row + 1) * height, self._right - MARGIN, height, stroke=0, fill=1
            )
        self._colour(RULE)
        self._canvas.setLineWidth(0.5)
        for column in range(1, columns):
            x = MARGIN + column * width
            self._canvas.line(x, top, x, top - rows * height)
        number_width = pdfmetrics.stringWidth(str(len(codes)), fonts.REGULAR, NUMBER_SHARE * size)
        for place, code in enumerate(codes):
            row, column = divmod(place, columns)
            x = MARGIN + column * width + CELL_PADDING + number_width
            # Capitals and digits are about 0.7 of their size high.
            y = top - (row + 0.5) * height - 0.35 * size
            number = str(place + 1)
            self._colour(FAINT)
            self._canvas.setFont(fonts.REGULAR, NUMBER_SHARE * size)
            shift = pdfmetrics.stringWidth(number, fonts.REGULAR, NUMBER_SHARE * size)
            self._canvas.drawString(x - shift, y, number)
            self._colour(INK)
            self._canvas.setFont(fonts.SERIAL, size)
            self._canvas.drawString(x + CELL_PADDING, y, code.decode("ascii"))

    def _grid(self, height: float, codes: Sequence[bytearray]) -> tuple[int, float]:
        """How many columns there are, and the size of codes. Raises TooLongError."""
        most = len(str(len(codes)))
        widest = max(pdfmetrics.stringWidth(code.decode("ascii"), fonts.SERIAL, 1) for code in codes)
        widest += NUMBER_SHARE * pdfmetrics.stringWidth("0" * most, fonts.REGULAR, 1)
        for columns in COLUMNS:
            rows = -(-len(codes) // columns)
            width = (self._right - MARGIN) / columns - 3 * CELL_PADDING
            size = min(MOST_CODE_SIZE, width / widest, height / rows / ROW_SHARE)
            if size >= LEAST_CODE_SIZE:
                return columns, size
        raise TooLongError("list of codes", "fewer or shorter ones")

    def _fitting(
        self, what: str, text: str, x: float, y: float, size: float, width: float, bold: bool = False
    ) -> None:
        """One line, in smaller type if it must be."""
        size = min(size, size * width / self._set.width(text, size, bold))
        if size < 5:
            raise TooLongError(what, "one line")
        self._set.line(x, y, text, size, bold)
