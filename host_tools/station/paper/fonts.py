"""Faces for paper, cut from fonts that are installed as packages: whatever a page shows is embedded in its file.

The packages are looked up and read as data; no code of theirs runs. IBM Plex Sans (Latin, Greek, Cyrillic) is one file
with weights to choose from, and reportlab wants one weight a face; Noto Sans CJK has cubic outlines, and reportlab
wants quadratic ones. So each face is cut out and converted when it is first asked for.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
import unicodedata
from pathlib import Path
from typing import Any, Final

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.varLib import instancer
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as Face

from host_tools.station.paper.errors import UnprintableError

REGULAR: Final = "picodsc-regular"
BOLD: Final = "picodsc-bold"
SERIAL: Final = "picodsc-serial"  # bold, and a zero is no O: it has a dot
_WEIGHTS: Final = {REGULAR: 400, BOLD: 600, SERIAL: 600}
_DOTTED_ZERO: Final = "zero.alt01"
_PLEX: Final = ("fontpkg_ibm_plex_sans", "files/IBMPlexSans[wdth,wght].ttf")
_NOTO: Final = ("noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf")
# Latin with its extensions, Greek, Cyrillic, dashes, quotation marks, arrows.
_PLEX_BLOCKS: Final = (
    range(0x20, 0x250),
    range(0x370, 0x500),
    range(0x1E00, 0x1F00),
    range(0x2010, 0x2040),
    range(0x2190, 0x2194),
)
# Han, kana, Korean syllables, and the signs that go with them.
_NOTO_BLOCKS: Final = (
    range(0x3000, 0x3100),
    range(0x31F0, 0x3200),
    range(0x3400, 0x4DC0),
    range(0x4E00, 0xA000),
    range(0xAC00, 0xD7A4),
    range(0xF900, 0xFB00),
    range(0xFF00, 0xFFF0),
    range(0x20000, 0x32000),
)
# Layout and the variation of metrics: what reportlab does not look at would take most of the time.
_UNUSED: Final = ("BASE", "GDEF", "GPOS", "GSUB", "HVAR", "MVAR", "STAT", "VORG", "vhea", "vmtx")
_FILES: Final[dict[str, bytes]] = {}
_MOST_ERROR: Final = 1.0  # of a thousandth of the type size, between a cubic curve and what replaces it


def printable(what: str, text: str) -> str:
    """The text in Unicode's NFC form, if the faces can show it. Raises UnprintableError, which names it by `what`."""
    composed = unicodedata.normalize("NFC", text)
    strange = {one for one in composed if not (is_plex(one) or _is_wide(one)) or unicodedata.combining(one)}
    if strange:
        raise UnprintableError(what, "".join(sorted(strange)))
    return composed


def is_plex(character: str) -> bool:
    """Whether the Latin face has it; all other printable characters are in the wide one."""
    return ord(character) in _code_points(_PLEX, _PLEX_BLOCKS)


def _is_wide(character: str) -> bool:
    return ord(character) in _code_points(_NOTO, _NOTO_BLOCKS)


def use_latin() -> None:
    """Make REGULAR, BOLD and SERIAL known to reportlab."""
    for name in _WEIGHTS:
        _latin(name)


def use_wide(characters: frozenset[str]) -> str:
    """A face with these characters of Noto Sans CJK, known to reportlab; its name."""
    return _wide("".join(sorted(characters)))


def file(name: str) -> bytes:
    """The file of a face (TrueType) that is known to reportlab by now."""
    return _FILES[name]


def outline(character: str, pen: Any) -> None:
    """Draw the outline of a character of BOLD with a pen of fontTools; 1 is the type size."""
    font = _latin(BOLD)
    scale = 1 / font["head"].unitsPerEm
    glyph = font.getGlyphSet()[font.getBestCmap()[ord(character)]]
    glyph.draw(TransformPen(pen, (scale, 0, 0, scale, 0, 0)))


@functools.cache
def _latin(name: str) -> Any:
    font = _opened(_PLEX)
    if name == SERIAL:
        for table in font["cmap"].tables:
            table.cmap[ord("0")] = _DOTTED_ZERO
    _reduce(font, _code_points(_PLEX, _PLEX_BLOCKS))
    instancer.instantiateVariableFont(font, {"wght": _WEIGHTS[name], "wdth": 100}, inplace=True)
    _register(name, font)
    return font


@functools.lru_cache(maxsize=64)
def _wide(characters: str) -> str:
    name = "picodsc-wide-" + hashlib.sha256(characters.encode()).hexdigest()[:12]
    font = _opened(_NOTO)
    _reduce(font, frozenset(map(ord, characters)))
    _make_quadratic(font)
    _register(name, font)
    return name


def _opened(place: tuple[str, str]) -> Any:
    package, file = place
    found = importlib.util.find_spec(package)
    folders = [] if found is None else found.submodule_search_locations or []
    return TTFont(io.BytesIO((Path(folders[0]) / file).read_bytes()), lazy=True)


@functools.cache
def _code_points(place: tuple[str, str], blocks: tuple[range, ...]) -> frozenset[int]:
    """What the font has of these blocks."""
    return frozenset(
        point for point in _opened(place).getBestCmap() if any(point in block for block in blocks)
    )


def _reduce(font: Any, points: frozenset[int]) -> None:
    options = subset.Options()
    options.drop_tables = [*options.drop_tables, *_UNUSED]
    options.hinting = False
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=points)
    subsetter.subset(font)


def _make_quadratic(font: Any) -> None:
    """Replace cubic outlines (CFF) by TrueType ones."""
    order = font.getGlyphOrder()
    glyphs = font.getGlyphSet()
    outlines = {}
    for name in order:
        pen = TTGlyphPen(None)
        # The outer contours of the two kinds run in opposite directions.
        glyphs[name].draw(Cu2QuPen(pen, _MOST_ERROR, reverse_direction=True))
        outlines[name] = pen.glyph()
    metrics = font["hmtx"].metrics
    del font["CFF "]
    font.sfntVersion = "\0\1\0\0"
    font["loca"] = newTable("loca")
    glyf = font["glyf"] = newTable("glyf")
    glyf.glyphOrder = order
    glyf.glyphs = outlines
    for name, glyph in outlines.items():
        glyph.recalcBounds(glyf)
        metrics[name] = (metrics[name][0], getattr(glyph, "xMin", 0))
    highest = font["maxp"]
    highest.tableVersion = 0x00010000
    for field in (
        "maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs",
        "maxStackElements", "maxSizeOfInstructions", "maxComponentElements",
    ):  # fmt: skip
        setattr(highest, field, 1 if field == "maxZones" else 0)
    font["post"].formatType = 3.0


def _register(name: str, font: Any) -> None:
    # Faces of one file are told apart by what it is called, by reportlab and by whoever reads the PDF.
    for kind in (1, 4, 6):
        font["name"].setName(name, kind, 3, 1, 0x409)
        font["name"].removeNames(kind, 1)
    cut = io.BytesIO()
    font.save(cut)
    cut.seek(0)
    pdfmetrics.registerFont(Face(name, cut))
    _FILES[name] = cut.getvalue()
