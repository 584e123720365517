"""What can go wrong when labels and letters are made: one tree of errors that carry data and never a PIN."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class PaperError(Exception):
    """Base of everything that stands in the way of a label or a letter."""


class UnknownStockError(PaperError):
    """There is no label stock of this name; `known` lists those that there are."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no label stock {name!r}; there are {', '.join(known)}")
        self.name = name
        self.known = tuple(known)


class StockTooSmallError(PaperError):
    """The serial cannot be legible on a label of this stock: `what` has no room; on the stocks `fitting` it has."""

    def __init__(self, serial: str, stock: str, what: str, fitting: Sequence[str]) -> None:
        hint = f"; take {', '.join(fitting)}" if fitting else "; no stock has the room"
        super().__init__(f"the {what} of {serial} is not legible on {stock}{hint}")
        self.serial = serial
        self.stock = stock
        self.what = what
        self.fitting = tuple(fitting)


class SkipError(PaperError):
    """So many labels cannot be skipped; `most` can."""

    def __init__(self, skip: int, most: int) -> None:
        super().__init__(f"{skip} labels cannot be skipped: on this stock 0 to {most}")
        self.skip = skip
        self.most = most


class UnknownLanguageError(PaperError):
    """There is no letter in this language, or no card; `known` lists those that there are."""

    def __init__(self, name: str, known: Sequence[str], what: str = "letter") -> None:
        super().__init__(f"there is no {what} in {name!r}; there are {', '.join(known)}")
        self.name = name
        self.known = tuple(known)


class UnprintableError(PaperError):
    """A text has characters that our fonts do not have, or that cannot be set one beside the other."""

    def __init__(self, what: str, characters: str) -> None:
        named = ", ".join(f"U+{ord(one):04X}" for one in characters)
        super().__init__(
            f"the {what} has characters that can't be printed ({named}): allowed are Latin, Greek, Cyrillic, "
            "Chinese, Japanese and Korean ones"
        )
        self.what = what
        self.characters = characters


class TooLongError(PaperError):
    """A text has no room on the paper."""

    def __init__(self, what: str, room: str) -> None:
        super().__init__(f"the {what} is too long: there is room for {room}")
        self.what = what


class ExistingFileError(PaperError):
    """The file is there already, and is not overwritten."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is there already, and is not overwritten: name another file")
        self.path = path
