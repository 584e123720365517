"""Reads the fonts' art files: glyphs drawn as text, one picture a character."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
LIT, DARK = "#", "."


class FontArtError(ValueError):
    """An art file that breaks its own format; `line` counts from 1, 0 means the whole file."""

    def __init__(self, font: str, line: int, reason: str) -> None:
        where = f"{font}.txt, line {line}" if line else f"{font}.txt"
        super().__init__(f"{where}: {reason}")
        self.font = font
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class FontArt:
    """One font: its cell in pixels, and each character's rows of `#` and `.`."""

    name: str
    width: int
    height: int
    glyphs: dict[str, tuple[str, ...]]

    def columns(self, character: str) -> bytes:
        """The glyph as the display stores it: pages of 8 rows, one byte a column, lowest bit at the top.

        `height // 8 * width` bytes, what MicroPython calls MONO_VLSB.
        """
        rows = self.glyphs[character]
        return bytes(
            sum((rows[page + bit][x] == LIT) << bit for bit in range(8))
            for page in range(0, self.height, 8)
            for x in range(self.width)
        )


@cache
def load(name: str) -> FontArt:
    """The font `name` ("small", "wide" or "large") from this folder. Raises FontArtError."""
    return parse(name, (FOLDER / f"{name}.txt").read_text(encoding="utf-8"))


def parse(name: str, text: str) -> FontArt:
    """A font from its art file's text; glyphs are sorted by code point. Raises FontArtError."""
    lines = [
        (number, line.rstrip())
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.startswith(";")
    ]
    if not lines:
        raise FontArtError(name, 0, "is empty; it must begin with `size W H`")
    width, height = _size(name, *lines[0])
    glyphs: dict[str, tuple[str, ...]] = {}
    for start in range(1, len(lines), height + 1):
        number, heading = lines[start]
        character = _character(name, number, heading)
        if character in glyphs:
            raise FontArtError(name, number, f"{heading} is drawn twice")
        rows = lines[start + 1 : start + 1 + height]
        if len(rows) < height:
            raise FontArtError(name, number, f"{heading} has {len(rows)} rows of {height}")
        for row_number, row in rows:
            if len(row) != width or set(row) - {LIT, DARK}:
                raise FontArtError(
                    name, row_number, f"a row of {heading} must be {width} of `{LIT}` and `{DARK}`"
                )
            if row[-1] != DARK:
                raise FontArtError(name, row_number, f"the rightmost column of {heading} must stay dark")
        glyphs[character] = tuple(row for _, row in rows)
    if not glyphs:
        raise FontArtError(name, 0, "draws no glyphs")
    return FontArt(name, width, height, dict(sorted(glyphs.items())))


def _size(name: str, number: int, line: str) -> tuple[int, int]:
    words = line.split()
    if len(words) != 3 or words[0] != "size" or not (words[1].isdecimal() and words[2].isdecimal()):
        raise FontArtError(name, number, "the first entry must be `size W H`")
    width, height = int(words[1]), int(words[2])
    if width < 2 or height < 8 or height % 8:
        raise FontArtError(name, number, "a cell is at least 2 wide and a multiple of 8 high")
    return width, height


def _character(name: str, number: int, line: str) -> str:
    code, _, shown = line.partition(" ")
    character = " " if shown == "space" else shown
    # The code point guards against look-alikes: a Latin A and a Cyrillic one are the same picture.
    if len(character) != 1 or code != f"U+{ord(character):04X}":
        raise FontArtError(
            name, number, f"`{line}` is not a code point and its character, such as `U+0041 A`"
        )
    return character
