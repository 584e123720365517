"""Reads the text on a token's display back from its pixels, by exact match with the font art.

The token draws all text on page rows (y a multiple of 8), at any x, in four sizes: large digits 48 and 24 rows high,
medium text 16 rows (small text doubled), small text 8 rows, also dark on lit; small and medium text mixes cells of
two widths. The sizes are read in this order, each on what the ones before have left. A cell must match whole, gaps
included: what is not exactly a glyph is not text, so boxes, bars and rules read as nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise

from host_tools.display.frame import Frame
from host_tools.fonts.art import DARK as DARK_ART
from host_tools.fonts.art import LIT as LIT_ART
from host_tools.fonts.art import FontArt, load
from host_tools.fonts.lookalikes import as_read
from host_tools.simulator.glyph_rows import medium_glyphs, read_row, small_glyphs

DARK = 0x00
# Columns that a space is wide in small text; twice as many in medium text.
SPACE = load("small").width
# Turns a column byte over, for the display's lowest bit is at the top.
TOP_HIGH = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
REMEMBERED = 64  # pictures
# A cell that differs from a large glyph by less than this share of the glyph's lit pixels is a damaged digit.
NEARNESS = 5


@dataclass(frozen=True)
class Screen:
    """What a frame says.

    `lines`: small and medium text, top to bottom; what stands on one line is joined by the spaces its gaps are wide,
    leading and trailing ones left out. Letters that Latin and Cyrillic share are read by words, as
    host_tools.fonts.lookalikes says.
    `large`: the large characters without their spaces, several rows as one; "" if there are none, or if `unread`.
    `unread`: something between or like the large digits is none of them, so that `large` would be a guess.
    """

    lines: list[str]
    large: str
    unread: bool

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


@dataclass(frozen=True)
class _Cell:
    """A glyph found on the screen: page row and column of its corner, width in pixels, pixels of its strokes."""

    page: int
    x: int
    width: int
    character: str
    pages: int
    ink: int

    @property
    def end(self) -> int:
        return self.x + self.width


@dataclass(frozen=True)
class _Glyphs:
    """The large glyphs by their pixels as a number (see _windows); blanks are not among them."""

    width: int
    pages: int
    characters: dict[int, str]


def read_screen(frame: Frame) -> Screen:
    """The text of a frame. Never raises for any picture; what is no text is not reported."""
    found = _read(frame)
    return replace(found, lines=[*found.lines])


# Whoever waits for something looks at the same picture again and again.
@lru_cache(maxsize=REMEMBERED)
def _read(frame: Frame) -> Screen:
    data = frame.vlsb()
    pages = [bytearray(data[start : start + frame.width]) for start in range(0, len(data), frame.width)]
    large = _take(pages, _large_cells(pages, _huge()))
    large += _take(pages, _large_cells(pages, _large()))
    unread = _is_unread(pages, large)
    cells = _take(pages, _medium_cells(pages))
    for page in range(len(pages)):
        cells += _small_cells(pages, page, cells)
    shown = "".join(cell.character for cell in sorted(large, key=lambda cell: (cell.page, cell.x)))
    return Screen(lines=_lines(cells), large="" if unread else shown, unread=unread)


@cache
def _large() -> _Glyphs:
    return _glyphs(load("large"))


@cache
def _huge() -> _Glyphs:
    return _glyphs(load("large"), 2)


def _large_cells(pages: list[bytearray], glyphs: _Glyphs) -> list[_Cell]:
    cells = []
    for page in range(len(pages) - glyphs.pages + 1):
        band = pages[page : page + glyphs.pages]
        for x, seen in _windows(band, glyphs.width):
            character = glyphs.characters.get(seen)
            if character is not None and (x == 0 or all(row[x - 1] == DARK for row in band)):
                cells.append(_Cell(page, x, glyphs.width, character, glyphs.pages, seen.bit_count()))
    return cells


def _medium_cells(pages: list[bytearray]) -> list[_Cell]:
    cells = []
    for page, (upper, lower) in enumerate(pairwise(pages)):
        if any(upper) or any(lower):
            columns = [top | bottom << 8 for top, bottom in zip(upper, lower, strict=True)]
            for placed in read_row(columns, medium_glyphs()):
                glyph = placed.glyph
                cells.append(_Cell(page, placed.x, glyph.width, glyph.character, 2, glyph.strokes))
    return cells


def _small_cells(pages: list[bytearray], page: int, known: list[_Cell]) -> list[_Cell]:
    """Small text on one page row."""
    if not any(pages[page]):
        return []
    cells = [
        _Cell(page, placed.x, placed.glyph.width, placed.glyph.character, 1, placed.glyph.strokes)
        for placed in read_row(pages[page], small_glyphs())
    ]
    return [cell for cell in cells if not _hangs(cell, pages, known)]


def _take(pages: list[bytearray], candidates: list[_Cell]) -> list[_Cell]:
    """The candidates that do not contradict each other; darkens their cells in `pages`."""
    candidates = [cell for cell in candidates if not _hangs(cell, pages, candidates)]
    # The upper half of a colon is a full stop one page higher: of two readings of a place, the one that accounts
    # for more pixels is right.
    candidates.sort(key=lambda cell: -cell.ink)
    found = []
    for cell in candidates:
        rows = pages[cell.page : cell.page + cell.pages]
        if sum(_ink(row[cell.x : cell.end]) for row in rows) == cell.ink:
            found.append(cell)
            for row in rows:
                row[cell.x : cell.end] = bytes(cell.width)
    return found


def _is_unread(pages: list[bytearray], large: list[_Cell]) -> bool:
    """Whether pixels are left that look like a damaged large digit, or stand within a cell of one that was read."""
    for page, width, height in {(cell.page, cell.width, cell.pages) for cell in large}:
        row_cells = [cell for cell in large if (cell.page, cell.width) == (page, width)]
        left = max(min(cell.x for cell in row_cells) - width, 0)
        right = max(cell.end for cell in row_cells) + width
        if any(any(row[left:right]) for row in pages[page : page + height]):
            return True
    return _is_like_a_digit(pages, _large()) or _is_like_a_digit(pages, _huge())


def _is_like_a_digit(pages: list[bytearray], glyphs: _Glyphs) -> bool:
    # Dashes and masks carry no digit, and short bars look like them.
    known = [
        (shape, shape.bit_count() // NEARNESS)
        for shape, character in glyphs.characters.items()
        if character.isalnum()
    ]
    least = min(shape.bit_count() - most for shape, most in known)
    for page in range(len(pages) - glyphs.pages + 1):
        for _, seen in _windows(pages[page : page + glyphs.pages], glyphs.width):
            if seen.bit_count() >= least and any((seen ^ shape).bit_count() <= most for shape, most in known):
                return True
    return False


def _hangs(cell: _Cell, pages: list[bytearray], known: list[_Cell]) -> bool:
    """Whether a cell is only the end of something drawn from above, such as the foot of an upright rule."""
    if cell.page == 0:
        return False
    top = [column & 1 for column in pages[cell.page][cell.x : cell.end]]
    above = [column >> 7 for column in pages[cell.page - 1][cell.x : cell.end]]
    # Solid rows belong to dark text on a lit ground, which may go on above it.
    if top != above or not any(top) or all(top):
        return False
    return not any(
        other.page + other.pages == cell.page and other.x < cell.end and cell.x < other.end for other in known
    )


def _lines(cells: list[_Cell]) -> list[str]:
    lines = []
    for page in sorted({cell.page for cell in cells}):
        text = ""
        end: int | None = None
        for cell in sorted((cell for cell in cells if cell.page == page), key=lambda cell: cell.x):
            gap = 0 if end is None else cell.x - end
            if gap > 0:
                text += " " * max(gap // (SPACE * cell.pages), 1)
            text += cell.character
            end = cell.end
        lines.append(as_read(text))
    return lines


def _glyphs(font: FontArt, scale: int = 1) -> _Glyphs:
    shapes = {}
    for character, rows in font.glyphs.items():
        # Column by column from the left, each from the top, as _windows sees the screen.
        columns = ["".join(pixel * scale for pixel in column) for column in zip(*rows, strict=True)]
        bits = "".join(column * scale for column in columns)
        shapes[int(bits.replace(DARK_ART, "0").replace(LIT_ART, "1"), 2)] = character
    shapes.pop(0)
    return _Glyphs(scale * font.width, scale * font.height // 8, shapes)


def _windows(band: list[bytearray], width: int) -> Iterator[tuple[int, int]]:
    """Each x at which `width` columns of the band are not all dark, and their pixels as a number.

    The number's highest bit is the top of the leftmost column, its lowest the bottom of the rightmost.
    """
    height = 8 * len(band)
    mask = (1 << width * height) - 1
    seen = 0
    for end, column in enumerate(zip(*(row.translate(TOP_HIGH) for row in band), strict=True), 1):
        seen = (seen << height | int.from_bytes(column, "big")) & mask
        if seen and end >= width:
            yield end - width, seen


def _ink(columns: bytes | bytearray) -> int:
    return int.from_bytes(columns, "big").bit_count()
