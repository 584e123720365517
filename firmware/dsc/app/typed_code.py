"""A code of a fixed number of digits from paper or telephone, in groups of four, kept where it can be overwritten."""

from dsc.app import timing
from dsc.app.digits import DigitEntry
from dsc.app.errors import Cancelled
from dsc.crypto.memory import wipe
from dsc.ui import texts
from dsc.ui.canvas import LARGE_HEIGHT, fitted
from dsc.ui.keypad import CLEAR, HOLD, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

GROUP = 4
ROW = 8  # digits in a row
SHORT = 4  # rows of text on a panel without room for two rows of digits


def ask(token: "Token", title: str, length: int, deadline: int | None = None) -> bytearray:
    """The code: `length` ASCII digits, 8 or 16; the caller wipes it.

    Raises Cancelled when C is held, TimedOut at `deadline` (ms since power-on), or else after 60 s without a key.
    """
    entry = DigitEntry(length)
    notice = ""
    try:
        while True:
            _draw(token, title, entry, notice)
            end = token.now() + timing.CHALLENGE_MS if deadline is None else deadline
            kind, key = token.next_key(end)
            if kind == HOLD:
                if key == CLEAR:
                    raise Cancelled
                continue
            notice = ""
            if key in "0123456789":
                if not entry.add(key):
                    notice = texts.text("code.length", length)
            elif key == CLEAR:
                entry.remove_last()
            elif key == OK and entry.count == length:
                return entry.take()
            elif key == OK:
                notice = texts.text("code.length", length)
    finally:
        entry.wipe()


def _draw(token: "Token", title: str, entry: DigitEntry, notice: str) -> None:
    canvas = token.canvas
    canvas.clear()
    canvas.text(0, 0, fitted(title, canvas.width))
    if canvas.rows > SHORT:
        for row in range(0, entry.capacity, ROW):
            _draw_row(token, entry, row, (24 if entry.capacity <= ROW else 8) + LARGE_HEIGHT * row // ROW)
        canvas.text(0, canvas.height - 8, notice or texts.text("challenge.legend"))
    else:
        # One row at a time, and a notice in the title's place.
        if notice:
            canvas.clear_lines(0, 8)
            canvas.text(0, 0, notice)
        _draw_row(token, entry, min(entry.count, entry.capacity - 1) // ROW * ROW, 8)
    canvas.show()


def _draw_row(token: "Token", entry: DigitEntry, row: int, y: int) -> None:
    middle = row + GROUP
    groups = (entry.shown(row, middle), entry.shown(middle, row + ROW))
    try:
        token.canvas.large_centred(y, groups)
    finally:
        wipe(*groups)
