"""Makes files of cards: new ones, whole, on the disk, and their owner's alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from host_tools.inventory.private_files import create_private
from host_tools.login.paper.card import Card, draw_pdf, draw_png
from host_tools.login.paper.errors import FileKindError
from host_tools.station.paper.errors import ExistingFileError

DRAWN: Final[Mapping[str, Callable[[Path, Card, Sequence[bytearray]], None]]] = {
    ".pdf": draw_pdf,
    ".png": draw_png,
}


def check_place(path: Path) -> None:
    """That a card can be made there is better known before it is issued. Raises FileKindError, ExistingFileError."""
    if path.suffix.lower() not in DRAWN:
        raise FileKindError(path, list(DRAWN))
    if path.exists():
        raise ExistingFileError(path)


def make_card(path: Path, card: Card, codes: Sequence[bytearray]) -> None:
    """Make a file of the card, PDF or PNG by the end of its name; `codes` are ASCII, numbered from 1.

    Raises FileKindError, ExistingFileError, UnusableFileError, UnknownLanguageError, UnprintableError, TooLongError.
    """
    draw = DRAWN.get(path.suffix.lower())
    if draw is None:
        raise FileKindError(path, list(DRAWN))
    if not create_private(path, lambda draft: draw(draft, card, codes)):
        raise ExistingFileError(path)
