"""Where the parts of a screen lie: on a panel of eight rows of text, and on one of four, where some share a row."""

FEW_ROWS = 4


class Layout:
    """The places on a panel of so many `rows` of text; in pixels from the top, unless it says otherwise.

    A panel of few rows has one row for prompt and legend. In large mode digits are shown four at a time, as large as
    the panel has room for, and the prompt is small.
    """

    def __init__(self, rows: int, is_large: bool = False) -> None:
        self.is_large = is_large
        self.is_flat = rows <= FEW_ROWS
        self.is_huge = is_large and not self.is_flat  # whether digits are drawn at double size
        self.bottom = 8 * (rows - 1)  # the last row, which holds the legend on a panel that is not flat
        self.has_high_prompt = not self.is_flat and not is_large
        self.body = 8 if self.is_flat else 16  # text below a title
        self.body_rows = rows - 1 if self.is_flat else rows - 3
        self.list = 8
        self.list_rows = rows - 1 if self.is_flat else rows - 2
        self.digits = 24 if self.has_high_prompt else 8  # that are typed
        self.code = 16 if self.has_high_prompt else 8  # that are read
        self.wait = 8 if self.is_flat else 24  # of the words above a progress bar
        self.window = 4 if is_large else 8  # digits on screen at a time


def squeezed(legend: str) -> str:
    """A legend without the spaces that spread it over a whole row."""
    return " ".join(legend.split())
