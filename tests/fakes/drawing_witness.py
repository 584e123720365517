"""Watches how the firmware draws, and complains about every text of the language tables that does not arrive whole.

It stands beside the canvas, and changes nothing but that the firmware keeps to one language.
"""

import pkgutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from unittest import mock

from dsc import app
from dsc.ui import canvas as drawing
from dsc.ui import measure, texts
from dsc.ui.canvas import Canvas, CanvasError, MissingGlyphError
from dsc.ui.font import LARGE, WIDE_FROM
from dsc.ui.measure import code_points, width_of

WIDTH = 128
GAP = 3  # pixels at least between two texts on a row: half a blank
MODULES = tuple(import_module(f"dsc.app.{module.name}") for module in pkgutil.iter_modules(app.__path__))


@dataclass(frozen=True)
class _Run:
    """What was drawn by one call; `ink` are (left, right) of its words, and `kind` is the size of the text."""

    kind: str
    text: str
    x: int
    y: int
    width: int
    height: int
    ink: tuple[tuple[int, int], ...]

    @property
    def place(self) -> tuple[str, int, int, int]:
        return self.kind, self.x, self.y, self.width

    def shares_rows(self, other: "_Run") -> bool:
        return self.y < other.y + other.height and other.y < self.y + self.height

    def covers(self, other: "_Run") -> bool:
        """Whether this, drawn later, takes pixels of the other's words."""
        return self.shares_rows(other) and any(
            left < self.x + self.width and self.x < right for left, right in other.ink
        )

    def touches(self, other: "_Run") -> bool:
        """Whether the words of both stand on a row without half a blank between them."""
        return self.shares_rows(other) and any(
            left < right + GAP and other_left < other_right + GAP
            for left, other_right in self.ink
            for other_left, right in other.ink
        )


def closed(text: str) -> str:
    """A text without its blanks: where a line breaks, and how far a legend is spread, is the layout's affair."""
    return "".join(text.split())


class DrawingWitness:
    """`complaints` are what is wrong; `whole` are the names of the texts that have stood on the panel as they are.

    `pictures` counts what was shown.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.whole: set[str] = set()
        self.pictures = 0
        self._runs: list[_Run] = []
        self._templates: dict[str, str] = {}
        self._asked: dict[str, set[str]] = {}  # name -> the texts with their values
        self._seen: set[str] = set()

    @contextmanager
    def watching(self, language: int) -> Iterator["DrawingWitness"]:
        """Watch the firmware, which speaks this language whatever its settings are."""
        texts.use(language)
        self._templates = dict(texts._table)
        self._asked = {"PIN_PROMPT": {texts.PIN_PROMPT}, "CHALLENGE_PROMPT": {texts.CHALLENGE_PROMPT}}
        self._seen = set()
        with ExitStack() as patches:
            put = patches.enter_context
            put(mock.patch.object(texts, "text", self._text(texts.text)))
            put(mock.patch.object(texts, "use"))
            for name in ("fitted", "wrap"):
                real = getattr(measure, name)
                spy = getattr(self, f"_{name}")(real)
                for module in (drawing, *MODULES):
                    if getattr(module, name, None) is real:
                        put(mock.patch.object(module, name, spy))
            for name in ("__init__", "clear", "clear_lines", "text", "text_medium", "large", "huge_centred"):
                spy = getattr(self, f"_canvas_{name.strip('_')}")(getattr(Canvas, name))
                put(mock.patch.object(Canvas, name, spy))
            for name in ("bar", "show"):
                put(mock.patch.object(Canvas, name, getattr(self, f"_canvas_{name}")(getattr(Canvas, name))))
            try:
                yield self
            finally:
                patches.close()
                texts.use(texts.ENGLISH)

    def complain(self, what: str) -> None:
        if what not in self.complaints:
            self.complaints.append(what)

    # What the firmware says

    def _text(self, real):
        def text(name, *values):
            said = real(name, *values)
            self._asked.setdefault(name, set()).add(said)
            return said

        return text

    def _fitted(self, real):
        def fitted(text, width):
            shown = real(text, width)
            if shown != text:
                for name in self._names_in(text):
                    if not self._keeps(name, text, shown):
                        self.complain(f"{name} is cut: {shown}")
            return shown

        return fitted

    def _wrap(self, real):
        def wrap(text, width):
            for name in self._names_in(text):
                for word in text.split():
                    if width_of(word) > width and all(code < WIDE_FROM for code in code_points(word)):
                        self.complain(f"{name} has a word that is broken: {word}")
            return real(text, width)

        return wrap

    def _names_in(self, text: str) -> list[str]:
        """The texts that this is a part of, or that are part of this."""
        part = closed(text)
        return [
            name
            for name, said in self._asked.items()
            if any(one and (one in part or part in one) for one in map(closed, said))
        ]

    def _keeps(self, name: str, text: str, shown: str) -> bool:
        """Whether of a text with values only the values were cut."""
        pieces = [closed(piece) for piece in self._templates.get(name, closed(text)).split("{}")]
        return len(pieces) > 1 and all(piece in closed(shown) for piece in pieces)

    # What it draws

    def _canvas_init(self, real):
        def init(canvas, display):
            self._runs = []
            real(canvas, display)

        return init

    def _canvas_clear(self, real):
        def clear(canvas):
            self._runs = []
            real(canvas)

        return clear

    def _canvas_clear_lines(self, real):
        def clear_lines(canvas, y, height):
            self._runs = [run for run in self._runs if run.y + run.height <= y or y + height <= run.y]
            real(canvas, y, height)

        return clear_lines

    def _canvas_text(self, real):
        def text(canvas, x, y, text, inverse=False):
            self._try(text, real, canvas, x, y, text, inverse)
            self._add(
                "inverse" if inverse else "small", _said(text), x, y, 8, [width_of(c) for c in _said(text)]
            )

        return text

    def _canvas_text_medium(self, real):
        def text_medium(canvas, x, y, text):
            self._try(text, real, canvas, x, y, text)
            self._add("medium", _said(text), x, y, 16, [2 * width_of(c) for c in _said(text)])

        return text_medium

    def _canvas_large(self, real):
        def large(canvas, x, y, text):
            self._try(text, real, canvas, x, y, text)
            self._add("large", _said(text), x, y, 24, [LARGE.width] * len(text))

        return large

    def _canvas_huge_centred(self, real):
        def huge_centred(canvas, y, text):
            self._try(text, real, canvas, y, text)
            x = (canvas.width - 2 * LARGE.width * len(text)) // 2
            self._add("huge", _said(text), x, y, 48, [2 * LARGE.width] * len(text))

        return huge_centred

    def _canvas_bar(self, real):
        def bar(canvas, x, y, width, height, thousandths):
            self._try("a bar", real, canvas, x, y, width, height, thousandths)
            self._put(_Run("bar", "", x, y, width, height, ((x, x + width),)))

        return bar

    def _canvas_show(self, real):
        def show(canvas):
            real(canvas)
            self.pictures += 1
            self._seen |= {closed(run.text) for run in self._runs}
            everything = "\n".join(self._seen)
            for name in self._asked.keys() - self.whole:
                if any(
                    all(closed(line) in everything for line in measure.wrap(said, canvas.width))
                    for said in self._asked[name]
                ):
                    self.whole.add(name)

        return show

    def _try(self, text, real, *arguments):
        try:
            real(*arguments)
        except (CanvasError, MissingGlyphError) as error:
            self.complain(f"{_said(text)} is not drawn: {error}")
            raise

    def _add(self, kind: str, text: str, x: int, y: int, height: int, widths: list[int]) -> None:
        ink: list[tuple[int, int]] = []
        left = x
        for character, width in zip(text, widths, strict=True):
            if character != " ":
                if ink and ink[-1][1] == left:
                    ink[-1] = (ink[-1][0], left + width)
                else:
                    ink.append((left, left + width))
            left += width
        self._put(_Run(kind, text, x, y, left - x, height, tuple(ink)))

    def _put(self, new: _Run) -> None:
        for old in self._runs:
            if old.place == new.place:
                continue
            if new.covers(old):
                self.complain(f"{old.text or 'a bar'} is drawn over by {new.text or 'a bar'}")
            elif new.kind == old.kind == "small" and new.touches(old):
                self.complain(f"{old.text} and {new.text} touch")
        self._runs = [old for old in self._runs if old.place != new.place] + [new]


def _said(text) -> str:
    return text if isinstance(text, str) else bytes(text).decode("ascii")
