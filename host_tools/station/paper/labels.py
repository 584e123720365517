"""Labels with a token's serial: as text, as Code 128 and as QR code, each of them exactly the serial and nothing else.

Label printers have 300 dots to the inch, and bars that are no whole number of dots wide come out uneven. So modules are
whole dots, and at least three of them: 0.254 mm, above the 0.19 mm that hand-held scanners are made for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import segno
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import inch, mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from host_tools.station.paper import fonts
from host_tools.station.paper.errors import SkipError, StockTooSmallError
from host_tools.station.paper.stocks import STOCKS, Stock

DOT: Final[float] = inch / 300
LEAST_DOTS: Final = 3  # of a module
MOST_DOTS_128: Final = 5
MOST_DOTS_QR: Final = 9
QUIET_128: Final = 10  # modules of white at either end of Code 128
QUIET_QR: Final = 4  # modules of white around a QR code
LEAST_TYPE: Final = 6.0  # points
MOST_TYPE: Final = 16.0
MARGIN: Final = 1.2 * mm  # printers miss the label's place by about this much
GAP: Final = 1.0 * mm
LEAST_BARS: Final = 5.0 * mm  # their height
MOST_BARS: Final = 11.0 * mm


@dataclass(frozen=True, slots=True)
class Design:
    """What goes where on one label; lengths in points, from its left lower corner."""

    serial: str
    qr_module: float
    qr: tuple[float, float]
    lines: tuple[str, ...]
    type_size: float
    text: tuple[float, float]  # left end of the last line's base line
    bar_module: float = 0.0
    bars: tuple[float, float] = (0.0, 0.0)
    bar_height: float = 0.0


def design(serial: str, stock: Stock) -> Design:
    """The serial on a label of this stock. Raises StockTooSmallError."""
    fonts.use_latin()
    width, height = stock.width * mm, stock.height * mm
    below, bars_top = MARGIN, 0.0
    module, bars, bar_height = 0.0, (0.0, 0.0), 0.0
    if stock.code128:
        count = _modules(serial)
        module = _largest(
            MOST_DOTS_128, lambda size: count * size + 2 * max(MARGIN, QUIET_128 * size) <= width
        )
        if not module:
            raise _too_small(serial, stock, "bar code")
        bar_height = min(MOST_BARS, max(LEAST_BARS, 0.32 * height))
        bars = ((width - count * module) / 2, MARGIN)
        bars_top = MARGIN + bar_height
        below = bars_top + GAP
    matrix = _qr(serial)
    side = len(matrix)
    # The white around it may lie on the label's margin, and on the gap to the bars.
    qr_module = _largest(
        MOST_DOTS_QR,
        lambda size: (
            side * size + max(MARGIN, QUIET_QR * size) + max(below, bars_top + QUIET_QR * size) <= height
        ),
    )
    if not qr_module:
        raise _too_small(serial, stock, "QR code")
    quiet = QUIET_QR * qr_module
    qr_left = max(MARGIN, quiet)
    qr_top = height - max(MARGIN, quiet)
    left = qr_left + side * qr_module + max(GAP, quiet)
    lines, size = _text(serial, width - left - MARGIN, side * qr_module)
    if not lines:
        raise _too_small(serial, stock, "text")
    middle = qr_top - side * qr_module / 2
    base = middle + (len(lines) - 1) * size * 0.6 - size * 0.35 - (len(lines) - 1) * size * 1.2
    return Design(
        serial, qr_module, (qr_left, qr_top), lines, size, (left, base), module, bars, bar_height
    )  # fmt: skip


def draw(path: Path, serials: Sequence[str], stock: Stock, skip: int = 0) -> int:
    """Write labels for these serials as a PDF to `path`, the first `skip` places of the first sheet empty.

    Returns the count of pages. Raises SkipError, StockTooSmallError; nothing is written then.
    """
    if not 0 <= skip < stock.on_a_page:
        raise SkipError(skip, stock.on_a_page - 1)
    designs = [design(serial, stock) for serial in serials]
    page_width, page_height = (side * mm for side in stock.page_size)
    canvas = Canvas(
        str(path), pagesize=(page_width, page_height), pageCompression=1, initialFontName=fonts.SERIAL
    )
    canvas.setTitle("Labels")
    canvas.setAuthor("picodsc")
    canvas.setCreator("picodsc")
    for number, one in enumerate(designs, skip):
        page, index = divmod(number, stock.on_a_page)
        if page and not index:
            canvas.showPage()
        left, top = stock.place(index)
        canvas.saveState()
        canvas.translate(left * mm, page_height - (top + stock.height) * mm)
        _draw(canvas, one)
        canvas.restoreState()
    canvas.save()
    return (skip + len(designs) - 1) // stock.on_a_page + 1


def _draw(canvas: Any, label: Design) -> None:
    left, top = label.qr
    for row, values in enumerate(_qr(label.serial)):
        for column, dark in enumerate(values):
            if dark:
                _square(
                    canvas,
                    left + column * label.qr_module,
                    top - (row + 1) * label.qr_module,
                    label.qr_module,
                )
    if label.bar_module:
        bars = Code128(label.serial, barWidth=label.bar_module, barHeight=label.bar_height, quiet=0)
        bars.drawOn(canvas, *label.bars)
    canvas.setFont(fonts.SERIAL, label.type_size)
    x, y = label.text
    for number, line in enumerate(label.lines, 1 - len(label.lines)):
        canvas.drawString(x, y - number * label.type_size * 1.2, line)


def _square(canvas: Any, x: float, y: float, side: float) -> None:
    canvas.rect(x, y, side, side, stroke=0, fill=1)


def _largest(most: int, fits: Callable[[float], bool]) -> float:
    """The largest module of whole dots, `most` of them, that fits; 0 if none does."""
    for dots in range(most, LEAST_DOTS - 1, -1):
        if fits(dots * DOT):
            return dots * DOT
    return 0.0


def _modules(serial: str) -> int:
    return int(Code128(serial, barWidth=1, quiet=0).width)


def _qr(serial: str) -> tuple[Any, ...]:
    return tuple(segno.make_qr(serial, error="m", boost_error=False).matrix)


def _text(serial: str, width: float, height: float) -> tuple[tuple[str, ...], float]:
    """The serial in one line, or in two if that lets it be larger; no lines if it would be too small."""
    half = (len(serial) + 1) // 2
    dash = serial.find("-") + 1
    splits = [(serial,), *((serial[:at], serial[at:]) for at in (dash, half) if 0 < at < len(serial))]
    best: tuple[tuple[str, ...], float] = ((), 0.0)
    for lines in splits:
        widest = max(pdfmetrics.stringWidth(line, fonts.SERIAL, 1) for line in lines)
        size = min(MOST_TYPE, width / widest, height / len(lines) / 1.1)
        # A serial in one piece is easier to read than a larger one in two.
        if size >= LEAST_TYPE and size > best[1] * 1.3:
            best = lines, size
    return best


def _too_small(serial: str, stock: Stock, what: str) -> StockTooSmallError:
    fitting = [
        one.name for one in STOCKS if one is not stock and one.width > stock.width and _fits(serial, one)
    ]
    return StockTooSmallError(serial, stock.product, what, fitting)


def _fits(serial: str, stock: Stock) -> bool:
    try:
        design(serial, stock)
    except StockTooSmallError:
        return False
    return True
