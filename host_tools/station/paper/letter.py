"""The PIN letter: one sheet of A4, printed on both sides (turned over the long edge), with a flap over the PIN.

Front, from top to bottom: address for a window envelope (DIN 5008, form B), text, the PIN, the flap. Back: the first
login in pictures, block-out behind the PIN, a word on the flap. Fold 1 lays the flap upon the PIN, where it is glued
down at both edges; fold 2 lays both upon the text; fold 3 goes backwards, so that the address stays outside.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from host_tools.station.paper import fonts, screens
from host_tools.station.paper.blockout import BlockOut
from host_tools.station.paper.errors import TooLongError
from host_tools.station.paper.languages import DEFAULT, texts
from host_tools.station.paper.setting import LEADING, Setter

WIDTH, HEIGHT = A4
LEFT: Final = 22 * mm
RIGHT: Final = WIDTH - 20 * mm
# From the sheet's foot: the three folds.
FOLD_ADDRESS: Final = 192 * mm
FOLD_TEXT: Final = 87 * mm
FOLD_FLAP: Final = FOLD_TEXT / 2
WINDOW: Final = (
    25 * mm,
    HEIGHT - 45 * mm,
    80 * mm,
    45 * mm,
)  # left, top, width, height of what it shows for certain
PIN_SIZE: Final = 22.0
GLUE: Final = 9 * mm  # wide, at the left and the right edge of the flap
EDGE: Final = 5 * mm  # what printers leave white
TEXT_SIZE: Final = 9.6
TITLE_SIZE: Final = 11.0
SMALL: Final = 7.5
ADDRESS_SIZE: Final = 10.5
PICTURE_WIDTH: Final[float] = 38 * mm
PICTURE_SCALE: Final = 4
MOST_ADDRESS_LINES: Final = 6
INK: Final = (0.10, 0.12, 0.15)
FAINT: Final = (0.45, 0.48, 0.52)
ACCENT: Final = (0.06, 0.29, 0.46)
PIN_INK: Final = (0.46, 0.46, 0.46)  # lighter than what hides it: through paper it adds little to that
SAMPLE_GREY: Final = (0.86, 0.87, 0.89)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says, without the PIN.

    `address` are the lines of the window, the user's name first; `sender` is one line above it; `contact` is where the
    service can be called; both may be empty. `mode` is the token's, `challenged` whether its logins have challenges.
    """

    serial: str
    address: tuple[str, ...] = ()
    sender: str = ""
    contact: str = ""
    mode: str = "soft"
    challenged: bool = True
    day: date | None = None
    language: str = DEFAULT

    def checked(self) -> Letter:
        """The same in Unicode's NFC form.

        Raises UnknownLanguageError, UnprintableError, and TooLongError for what has no room.
        """
        texts(self.language)
        if len(self.address) > MOST_ADDRESS_LINES:
            raise TooLongError("address", f"{MOST_ADDRESS_LINES} lines")
        return Letter(
            fonts.printable("serial", self.serial),
            tuple(fonts.printable("address", line) for line in self.address),
            fonts.printable("sender", self.sender),
            fonts.printable("contact", self.contact),
            self.mode,
            self.challenged,
            self.day,
            self.language,
        )

    @property
    def steps(self) -> list[str]:
        """The names of the pictures of a first login, in order."""
        left_out = set() if self.challenged else {"challenge"}
        if self.mode == "verified":
            left_out.add("number")
        return [name for name in screens.PICTURES if name not in left_out]

    def text(self, name: str) -> str:
        """A text of its language, about this token."""
        table = texts(self.language)
        found = table.get(f"{name}.{self.mode}") or table[name]
        # A key's sign begins no line.
        return found.replace(" #", "\u00a0#").format(serial=self.serial, contact=self.contact)


def draw(
    target: Path | BinaryIO, letter: Letter, pin: bytearray | None, chance: random.Random | None = None
) -> None:
    """Write the letter as a PDF to `target`; without a PIN (ASCII digits) it is a sample that says so.

    reportlab takes text only, so the PIN is in a str here and in the content of the PDF for as long as this runs;
    these cannot be wiped. It makes no temporary file, and nothing but the content of the first page has the PIN.
    `chance` makes the digits of the block-out. Raises UnknownLanguageError, UnprintableError, TooLongError; nothing is
    written then.
    """
    letter = letter.checked()
    file = str(target) if isinstance(target, Path) else target
    fonts.use_latin()
    canvas = Canvas(file, pagesize=A4, pageCompression=1, initialFontName=fonts.REGULAR, lang=letter.language)
    canvas.setTitle(letter.text("subject"))
    canvas.setAuthor("picodsc")
    canvas.setCreator("picodsc")
    _Sheet(canvas, letter, chance or secrets.SystemRandom()).draw(pin)
    canvas.save()


class _Sheet:
    """Draws the two sides."""

    def __init__(self, canvas: Any, letter: Letter, chance: random.Random) -> None:
        self._canvas = canvas
        self._letter = letter
        self._set = Setter(canvas, [*letter.address, letter.sender, letter.contact, *_all_texts(letter)])
        self._block = BlockOut(canvas, PIN_SIZE, chance)

    def draw(self, pin: bytearray | None) -> None:
        self._sample_mark(pin)
        self._head()
        self._front_text()
        self._pin_field(pin)
        self._flap_inside()
        self._fold_marks()
        self._canvas.showPage()
        self._sample_mark(pin)
        self._trouble(self._steps())
        self._back_of_pin()
        self._flap_outside()
        self._canvas.showPage()

    def _colour(self, colour: tuple[float, float, float]) -> None:
        self._canvas.setFillColorRGB(*colour)
        self._canvas.setStrokeColorRGB(*colour)

    def _sample_mark(self, pin: bytearray | None) -> None:
        if pin is not None:
            return
        word = self._letter.text("sample")
        self._canvas.saveState()
        self._colour(SAMPLE_GREY)
        self._canvas.translate(WIDTH / 2, HEIGHT * 0.52)
        self._canvas.rotate(50)
        size = 0.8 * HEIGHT / max(self._set.width(word, 1, bold=True), 4)
        self._set.line(-self._set.width(word, size, bold=True) / 2, -0.35 * size, word, size, bold=True)
        self._canvas.restoreState()

    def _head(self) -> None:
        left, top, width, height = WINDOW
        letter = self._letter
        self._colour(FAINT)
        y = top - 5 * mm
        if letter.sender:
            self._fitting("sender", letter.sender, left, y - SMALL, SMALL, width)
            self._canvas.setLineWidth(0.4)
            self._canvas.line(left, y - SMALL - 2.5, left + width, y - SMALL - 2.5)
        self._colour(INK)
        y -= SMALL + 5 * mm
        for line in letter.address:
            y = self._set.block(left, y, line, ADDRESS_SIZE, width)
        if y < top - height:
            raise TooLongError("address", f"{MOST_ADDRESS_LINES} short lines")
        x = 130 * mm
        y = HEIGHT - 50 * mm
        shown = [("serial", letter.serial)]
        if letter.day is not None:
            shown.append(("date", letter.day.isoformat()))
        for name, value in shown:
            self._colour(FAINT)
            self._set.line(x, y, letter.text(name), SMALL)
            self._colour(INK)
            self._fitting(name, value, x, y - 13, TITLE_SIZE, RIGHT - x, bold=True)
            y -= 11 * mm

    def _front_text(self) -> None:
        letter, width = self._letter, RIGHT - LEFT
        y = FOLD_ADDRESS - 5 * mm
        self._colour(ACCENT)
        y = self._set.block(LEFT, y, letter.text("subject"), 15, width, bold=True) - 2.2 * mm
        self._colour(INK)
        y = self._set.block(LEFT, y, letter.text("intro"), TEXT_SIZE, width) - 3.2 * mm
        for title, points in (
            ("before", ("whole", "serial", "time")),
            ("alone", ("nobody", "token", "destroy")),
        ):
            y = self._points(y, f"{title}.title", [f"{title}.{point}" for point in points]) - 2.2 * mm
        y = self._contact(y)
        self._check(y, FOLD_TEXT + 2 * mm)

    def _contact(self, y: float) -> float:
        letter = self._letter
        self._colour(ACCENT)
        text = letter.text("contact" if letter.contact else "contact.none")
        y = self._set.block(LEFT, y, text, TEXT_SIZE, RIGHT - LEFT, bold=True)
        self._colour(INK)
        return y

    def _points(self, y: float, title: str, names: list[str]) -> float:
        self._colour(ACCENT)
        y = self._set.block(LEFT, y, self._letter.text(title), TITLE_SIZE, RIGHT - LEFT, bold=True) - 0.6 * mm
        self._colour(INK)
        for name in names:
            self._canvas.circle(LEFT + 1.2 * mm, y - 0.62 * TEXT_SIZE, 1.3, stroke=0, fill=1)
            text = self._letter.text(name)
            y = self._set.block(LEFT + 5 * mm, y, text, TEXT_SIZE, RIGHT - LEFT - 5 * mm) - 0.5 * mm
        return y

    def _pin_field(self, pin: bytearray | None) -> None:
        letter = self._letter
        middle = (FOLD_FLAP + FOLD_TEXT) / 2
        label = letter.text("pin")
        self._colour(FAINT)
        x = WIDTH / 2 - self._set.width(label, SMALL + 1.5) / 2
        self._set.line(x, middle + 8 * mm, label, SMALL + 1.5)
        self._colour(PIN_INK)
        if pin is None:
            word = letter.text("sample")
            x = WIDTH / 2 - self._set.width(word, PIN_SIZE, bold=True) / 2
            self._set.line(x, middle - 4 * mm, word, PIN_SIZE, bold=True)
            return
        self._canvas.setFont(fonts.BOLD, PIN_SIZE)
        self._canvas.drawCentredString(WIDTH / 2, middle - 4 * mm, pin.decode("ascii"))

    def _flap_inside(self) -> None:
        self._colour(INK)
        self._block.fill(EDGE + GLUE, EDGE, WIDTH - 2 * (EDGE + GLUE), FOLD_FLAP - EDGE - 4 * mm, flip_y=-1)
        self._colour(FAINT)
        self._canvas.setLineWidth(0.3)
        for left in (EDGE, WIDTH - EDGE - GLUE):
            self._hatch(left, EDGE, GLUE, FOLD_FLAP - EDGE - 4 * mm)

    def _hatch(self, x: float, y: float, width: float, height: float) -> None:
        """Stripes where the glue goes."""
        self._canvas.saveState()
        area = self._canvas.beginPath()
        area.rect(x, y, width, height)
        self._canvas.clipPath(area, stroke=1, fill=0)
        step = 2 * mm
        for number in range(int((width + height) / step) + 1):
            self._canvas.line(x, y + number * step - width, x + width, y + number * step)
        self._canvas.restoreState()

    def _fold_marks(self) -> None:
        self._colour(FAINT)
        self._canvas.setLineWidth(0.5)
        for number, y in enumerate((FOLD_FLAP, FOLD_TEXT, FOLD_ADDRESS), 1):
            for x, direction in ((EDGE, 1), (WIDTH - EDGE, -1)):
                self._canvas.line(x, y, x + direction * 5 * mm, y)
            self._set.line(EDGE + 6 * mm, y - 2.5, str(number), SMALL)
        self._canvas.setDash(1.5, 3)
        self._canvas.line(EDGE + 9 * mm, FOLD_FLAP, WIDTH - EDGE - 6 * mm, FOLD_FLAP)
        self._canvas.setDash()

    def _steps(self) -> float:
        letter = self._letter
        y: float = HEIGHT - 13 * mm
        self._colour(ACCENT)
        y = self._set.block(LEFT, y, letter.text("steps.title"), 15, RIGHT - LEFT, bold=True) - 0.5 * mm
        self._colour(FAINT)
        y = self._set.block(LEFT, y, letter.text("steps.examples"), TEXT_SIZE - 1, RIGHT - LEFT) - 2.5 * mm
        gap = 6 * mm
        column = (RIGHT - LEFT - gap) / 2
        steps = list(enumerate(letter.steps, 1))
        for first in range(0, len(steps), 2):
            below = y
            for place, (number, name) in enumerate(steps[first : first + 2]):
                below = min(below, self._step(LEFT + place * (column + gap), y, column, number, name))
            y = below - 3 * mm
        return y

    def _step(self, x: float, y: float, width: float, number: int, name: str) -> float:
        frame = screens.load(self._letter.language, name).to_image(PICTURE_SCALE)
        height: float = PICTURE_WIDTH * frame.height / frame.width
        self._canvas.drawImage(ImageReader(frame.convert("RGB")), x, y - height, PICTURE_WIDTH, height)
        self._colour(ACCENT)
        left = x + PICTURE_WIDTH + 3 * mm
        self._set.line(left, y - TITLE_SIZE, str(number), TITLE_SIZE, bold=True)
        self._colour(INK)
        text = self._letter.text(f"step.{name}")
        size = TEXT_SIZE - 1
        below: float = self._set.block(left, y - TITLE_SIZE * LEADING, text, size, x + width - left)
        return min(below, y - height)

    def _trouble(self, y: float) -> None:
        names = ("digit", "refused", "broken-off", "locked")
        y = self._points(y - 1 * mm, "trouble.title", [f"trouble.{name}" for name in names])
        self._check(self._contact(y - 1.5 * mm), FOLD_TEXT + 2 * mm)

    def _back_of_pin(self) -> None:
        self._colour(INK)
        self._block.fill(
            EDGE + GLUE, FOLD_FLAP + 2 * mm, WIDTH - 2 * (EDGE + GLUE), FOLD_FLAP - 5 * mm, flip_x=-1
        )

    def _flap_outside(self) -> None:
        """Upside down, for it is read when the flap is folded up."""
        self._canvas.saveState()
        self._canvas.translate(WIDTH / 2, FOLD_FLAP / 2)
        self._canvas.rotate(180)
        for name, size, y, bold in (("flap", 13.0, 2.0, True), ("flap.whole", TEXT_SIZE, -14.0, False)):
            self._colour(ACCENT if bold else INK)
            text = self._letter.text(name)
            self._set.line(-self._set.width(text, size, bold) / 2, y, text, size, bold)
        self._canvas.restoreState()

    def _fitting(
        self, what: str, text: str, x: float, y: float, size: float, width: float, bold: bool = False
    ) -> None:
        """One line, in smaller type if it must be."""
        size = min(size, size * width / self._set.width(text, size, bold))
        if size < 5:
            raise TooLongError(what, "one line")
        self._set.line(x, y, text, size, bold)

    def _check(self, y: float, lowest: float) -> None:
        if y < lowest:
            raise TooLongError("contact", "two lines")


def _all_texts(letter: Letter) -> Iterator[str]:
    for name in texts(letter.language):
        yield texts(letter.language)[name]
