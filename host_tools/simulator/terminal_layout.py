"""Where display, keypad and login page stand, for a terminal of any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Arrangement:
    """A grid of the parts, in cells of the terminal: the display at the top left, then keypad and login page.

    The display is 128x32 in half blocks or 64x16 in braille, and two more each way with a bezel. Keys that
    look raised need three lines each. A login page over two rows stands to the right of both others.
    """

    columns: tuple[int, ...]
    rows: tuple[int, ...]
    half_blocks: bool = False
    bezel: bool = True
    display_columns: int = 1
    login_columns: int = 1
    login_rows: int = 1
    raised_keys: bool = True

    @property
    def width(self) -> int:
        """Of the grid, in columns."""
        return sum(self.columns)

    @property
    def height(self) -> int:
        """Of the grid, in lines."""
        return sum(self.rows)

    def fits(self, width: int, height: int) -> bool:
        """Whether a room of so many columns and lines is enough."""
        return self.width <= width and self.height <= height


# Best first; the last is used where none fits, and scrolls.
TOKEN_ALONE: Final = (
    Arrangement((130, 34), (34,), half_blocks=True),
    Arrangement((130,), (34, 12), half_blocks=True),
    Arrangement((130, 17), (34,), half_blocks=True),
    Arrangement((130,), (32, 4), half_blocks=True, bezel=False, raised_keys=False),
    Arrangement((66, 34), (18,)),
    Arrangement((66,), (18, 12)),
    Arrangement((64, 16), (16,), bezel=False),
)
BESIDE_A_LOGIN: Final = (
    Arrangement((130, 34, 38), (34,), half_blocks=True),
    Arrangement((130, 38), (34, 12), half_blocks=True, login_rows=2),
    Arrangement((54, 76), (34, 13), half_blocks=True, display_columns=2),
    Arrangement((66, 34), (18, 13), login_rows=2),
    Arrangement((66, 34), (18, 6), login_columns=2),
    Arrangement((66,), (18, 12, 6)),
    Arrangement((64, 16), (16, 5), bezel=False, login_columns=2),
)


def arrange(width: int, height: int, with_login: bool) -> Arrangement:
    """The best arrangement in a room of so many columns and lines; title and status are outside it."""
    choices = BESIDE_A_LOGIN if with_login else TOKEN_ALONE
    return next((choice for choice in choices if choice.fits(width, height)), choices[-1])
