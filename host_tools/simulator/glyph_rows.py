"""Reads the glyphs of one line of text from its columns of pixels, as the reading that explains most strokes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from host_tools.fonts.art import FontArt, load
from host_tools.fonts.lookalikes import LATIN

# The fonts of small and medium text.
FONTS = ("small", "wide")
PAGE = 0xFF
# Bytes of double height: each bit twice.
DOUBLED = tuple(sum((byte >> bit & 1) * 3 << 2 * bit for bit in range(8)) for byte in range(256))


@dataclass(frozen=True)
class Glyph:
    """A glyph as it stands on the screen. `strokes`: its pixels that are not ground; `ground`: a column of ground."""

    character: str
    width: int
    strokes: int
    ground: int


@dataclass(frozen=True)
class Placed:
    """A glyph whose cell begins at column x."""

    x: int
    glyph: Glyph


# Glyphs by their columns, each a number whose lowest bit is the topmost pixel; one table for each width of cell.
Tables = dict[int, dict[tuple[int, ...], Glyph]]


@cache
def small_glyphs() -> Tables:
    """Small text: cells of 8 rows, lit on dark and dark on lit. Blanks are not among them."""
    tables: Tables = {}
    for name in FONTS:
        font = load(name)
        for character in _distinct(font):
            columns = tuple(font.columns(character))
            _add(tables, character, columns, 0)
            _add(tables, character, tuple(column ^ PAGE for column in columns), PAGE)
    return tables


@cache
def medium_glyphs() -> Tables:
    """Medium text: the same glyphs at double size, lit on dark only."""
    tables: Tables = {}
    for name in FONTS:
        font = load(name)
        for character in _distinct(font):
            doubled = tuple(DOUBLED[column] for column in font.columns(character) for _ in range(2))
            _add(tables, character, doubled, 0)
    return tables


def read_row(columns: Sequence[int], tables: Tables) -> list[Placed]:
    """The glyphs of one row from left to right, no two cells overlapping; columns that are none of them are skipped.

    A glyph stands free: at the left edge, right after another's cell, or after a column that is dark or of its own
    ground. No two sequences of glyphs give the same columns (tests prove it for the whole font), so that what was
    drawn as text has one reading that explains all its strokes.
    """
    row = tuple(columns)
    # The best reading from each column on: its strokes, and the glyph placed there if any. One list for a column that
    # follows a cell's end, one for all others.
    after_cell: list[tuple[int, Glyph | None]] = [(0, None)] * (len(row) + 1)
    elsewhere = after_cell.copy()
    for x in range(len(row) - 1, -1, -1):
        best: tuple[int, Glyph | None] = (elsewhere[x + 1][0], None)
        best_free = best
        for width, table in tables.items():
            glyph = table.get(row[x : x + width])
            if glyph is None:
                continue
            strokes = glyph.strokes + after_cell[x + width][0]
            if strokes > best[0]:
                best = strokes, glyph
            if strokes > best_free[0] and (x == 0 or row[x - 1] in {0, glyph.ground}):
                best_free = strokes, glyph
        after_cell[x], elsewhere[x] = best, best_free
    return _placed(after_cell, elsewhere)


def _placed(
    after_cell: list[tuple[int, Glyph | None]], elsewhere: list[tuple[int, Glyph | None]]
) -> list[Placed]:
    placed = []
    x, readings = 0, elsewhere
    while x < len(elsewhere):
        glyph = readings[x][1]
        if glyph is None:
            x, readings = x + 1, elsewhere
        else:
            placed.append(Placed(x, glyph))
            x, readings = x + glyph.width, after_cell
    return placed


def _distinct(font: FontArt) -> list[str]:
    """The characters that have a picture of their own and are not blank."""
    return [character for character in font.glyphs if character != " " and character not in LATIN]


def _add(tables: Tables, character: str, columns: tuple[int, ...], ground: int) -> None:
    strokes = sum((column ^ ground).bit_count() for column in columns)
    tables.setdefault(len(columns), {})[columns] = Glyph(character, len(columns), strokes, ground)
