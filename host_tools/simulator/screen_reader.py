"""Reads the text on a token's display back from its pixels, by exact match with the font art.

The token draws all text on page rows (y a multiple of 8), at any x, in three sizes: large digits 24 rows high,
medium text 16 rows (the small font doubled), small text 8 rows, also dark on lit. The sizes are read in this order,
each on what the ones before have left. A cell must match whole, gaps included: what is not exactly a glyph is not
text, so boxes, bars and rules read as nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from host_tools.fonts.art import FontArt, load
from host_tools.simulator.frame import Frame

DARK, LIT = 0x00, 0xFF
# A cell that differs from a large glyph by less than this share of the glyph's lit pixels is a damaged digit.
NEARNESS = 5


@dataclass(frozen=True)
class Screen:
    """What a frame says.

    `lines`: small and medium text, top to bottom; what stands on one line is joined by the spaces its gaps are wide,
    leading and trailing ones left out.
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
    """A glyph found on the screen: page row and column of its corner, width in pixels, lit pixels."""

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
    """The glyphs of one size by their columns; blanks are not among them."""

    width: int
    pages: int
    characters: dict[bytes, str]


def read_screen(frame: Frame) -> Screen:
    """The text of a frame. Never raises for any picture; what is no text is not reported."""
    data = frame.vlsb()
    pages = [bytearray(data[start : start + frame.width]) for start in range(0, len(data), frame.width)]
    large = _take(pages, _large())
    unread = _is_unread(pages, large)
    cells = _take(pages, _medium())
    for page in range(len(pages)):
        cells += _small_cells(pages, page, cells)
    shown = "".join(cell.character for cell in sorted(large, key=lambda cell: (cell.page, cell.x)))
    return Screen(lines=_lines(cells), large="" if unread else shown, unread=unread)


@cache
def _large() -> _Glyphs:
    return _glyphs(load("large"), lambda columns: columns)


@cache
def _medium() -> _Glyphs:
    small = _glyphs(load("small"), _doubled)
    return _Glyphs(2 * small.width, 2 * small.pages, small.characters)


@cache
def _small() -> dict[bytes, str]:
    font = load("small")
    lit = _glyphs(font, lambda columns: columns).characters
    dark_on_lit = {bytes(column ^ LIT for column in columns): character for columns, character in lit.items()}
    return lit | dark_on_lit


def _take(pages: list[bytearray], glyphs: _Glyphs) -> list[_Cell]:
    """Finds a size's glyphs, and darkens their cells in `pages`."""
    candidates: list[_Cell] = []
    for page in range(len(pages) - glyphs.pages + 1):
        band = pages[page : page + glyphs.pages]
        for x in range(len(band[0]) - glyphs.width + 1):
            columns = b"".join(row[x : x + glyphs.width] for row in band)
            character = glyphs.characters.get(columns)
            if character is not None and (x == 0 or all(row[x - 1] == DARK for row in band)):
                candidates.append(_Cell(page, x, glyphs.width, character, glyphs.pages, _ink(columns)))
    candidates = [cell for cell in candidates if not _hangs(cell, pages, candidates)]
    # The upper half of a colon is a full stop one page higher: of two readings of a place, the one that accounts
    # for more pixels is right.
    candidates.sort(key=lambda cell: -cell.ink)
    found = []
    for cell in candidates:
        rows = pages[cell.page : cell.page + glyphs.pages]
        if sum(_ink(row[cell.x : cell.end]) for row in rows) == cell.ink:
            found.append(cell)
            for row in rows:
                row[cell.x : cell.end] = bytes(glyphs.width)
    return found


def _is_unread(pages: list[bytearray], large: list[_Cell]) -> bool:
    """Whether pixels are left that look like a damaged large digit, or stand within a cell of one that was read."""
    glyphs = _large()
    for page in {cell.page for cell in large}:
        row_cells = [cell for cell in large if cell.page == page]
        left = max(min(cell.x for cell in row_cells) - glyphs.width, 0)
        right = max(cell.end for cell in row_cells) + glyphs.width
        if any(any(row[left:right]) for row in pages[page : page + glyphs.pages]):
            return True
    known = [(int.from_bytes(columns, "big"), _ink(columns) // NEARNESS) for columns in glyphs.characters]
    for page in range(len(pages) - glyphs.pages + 1):
        band = pages[page : page + glyphs.pages]
        for x in range(len(band[0]) - glyphs.width + 1):
            seen = int.from_bytes(b"".join(row[x : x + glyphs.width] for row in band), "big")
            if seen and any((seen ^ glyph).bit_count() <= most for glyph, most in known):
                return True
    return False


def _small_cells(pages: list[bytearray], page: int, known: list[_Cell]) -> list[_Cell]:
    """Small text on one page row, from left to right; after a mismatch, a column further."""
    glyphs = _small()
    width = load("small").width
    columns = bytes(pages[page])
    cells: list[_Cell] = []
    x = 0
    while x <= len(columns) - width:
        seen = columns[x : x + width]
        character = glyphs.get(seen)
        # A glyph stands free: after its predecessor's cell, or after a column of its own background.
        background = seen[-1]
        free = x == 0 or columns[x - 1] in {DARK, background} or (bool(cells) and cells[-1].end == x)
        if character is not None and free:
            cells.append(_Cell(page, x, width, character, 1, _ink(seen)))
            x += width
        else:
            x += 1
    return [cell for cell in cells if not _hangs(cell, pages, known)]


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
                text += " " * max(gap // cell.width, 1)
            text += cell.character
            end = cell.end
        lines.append(text)
    return lines


def _glyphs(font: FontArt, drawn: Callable[[bytes], bytes]) -> _Glyphs:
    columns = {character: font.columns(character) for character in font.glyphs}
    return _Glyphs(
        font.width,
        font.height // 8,
        {drawn(shape): character for character, shape in columns.items() if any(shape)},
    )


def _doubled(columns: bytes) -> bytes:
    """An 8-row glyph at double size: two pages of twice as many columns."""
    wide = [
        sum((column >> bit & 1) * (3 << 2 * bit) for bit in range(8)) for column in columns for _ in range(2)
    ]
    return bytes(column & 0xFF for column in wide) + bytes(column >> 8 for column in wide)


def _ink(columns: bytes | bytearray) -> int:
    return int.from_bytes(columns, "big").bit_count()
