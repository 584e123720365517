"""The label stock that the station prints on: one table, in millimetres.

Sizes and counts are the manufacturers', as they give them with each product's number. Their margins place the labels in
the middle of the sheet, and so do ours, from the gaps between labels; printers differ by a millimetre, so a first sheet
is printed on plain paper and held against the stock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from host_tools.station.paper.errors import UnknownStockError


@dataclass(frozen=True, slots=True)
class Stock:
    """Labels of one size; lengths in mm. A roll is a page a label: a sheet of one row and one column.

    `step_x`, `step_y` go from one label's edge to the same edge of the next one. `code128` is off where no bar code of
    legible size would find room.
    """

    name: str
    product: str
    width: float
    height: float
    columns: int = 1
    rows: int = 1
    step_x: float = 0
    step_y: float = 0
    page: tuple[float, float] | None = None
    code128: bool = True

    @property
    def on_a_page(self) -> int:
        """How many labels there are on a sheet."""
        return self.columns * self.rows

    @property
    def page_size(self) -> tuple[float, float]:
        """Width and height of the sheet; of a roll, of its label."""
        return self.page or (self.width, self.height)

    def place(self, index: int) -> tuple[float, float]:
        """Left and top edge of label `index` (row by row, from 0), from the sheet's left and top edge."""
        page_width, page_height = self.page_size
        left = (page_width - (self.columns - 1) * self.step_x - self.width) / 2
        top = (page_height - (self.rows - 1) * self.step_y - self.height) / 2
        row, column = divmod(index, self.columns)
        return left + column * self.step_x, top + row * self.step_y


A4: Final = (210.0, 297.0)
LETTER: Final = (215.9, 279.4)
STOCKS: Final = (
    Stock("avery-l4731", "Avery L4731, 189 a sheet", 25.4, 10, 7, 27, 27.9, 10, A4, code128=False),
    Stock("avery-l7651", "Avery L7651, 65 a sheet", 38.1, 21.2, 5, 13, 40.6, 21.2, A4),
    Stock("avery-l7159", "Avery L7159, 24 a sheet", 63.5, 33.9, 3, 8, 66, 33.9, A4),
    Stock("avery-l7160", "Avery L7160, 21 a sheet", 63.5, 38.1, 3, 7, 66, 38.1, A4),
    Stock("avery-5160", "Avery 5160 (US Letter), 30 a sheet", 66.7, 25.4, 3, 10, 69.85, 25.4, LETTER),
    Stock("brother-62x29", "Brother DK-11209, on a roll", 62, 29),
    Stock("dymo-54x25", "DYMO 11352, on a roll", 54, 25),
    Stock("dymo-89x28", "DYMO 99010, on a roll", 89, 28),
)
DEFAULT: Final = "avery-l7651"


def stock(name: str) -> Stock:
    """The stock of this name. Raises UnknownStockError."""
    for one in STOCKS:
        if one.name == name:
            return one
    raise UnknownStockError(name, [one.name for one in STOCKS])
