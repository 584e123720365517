"""A code of a fixed number of digits from paper or telephone, in groups of four, kept where it can be overwritten."""

from dsc.app import timing
from dsc.app.digits import DigitEntry
from dsc.app.errors import Cancelled
from dsc.crypto.memory import wipe
from dsc.ui import texts
from dsc.ui.canvas import fitted
from dsc.ui.keypad import CLEAR, HOLD, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

GROUP = 4
ROW = 8  # digits in a row


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
    top = 24 if entry.capacity <= ROW else 8
    for row in range(0, entry.capacity, ROW):
        middle = row + GROUP
        groups = (entry.shown(row, middle), entry.shown(middle, row + ROW))
        try:
            canvas.large_centred(top + 3 * row, groups)  # a row of large digits has 24 pixels
        finally:
            wipe(*groups)
    canvas.text(0, 56, notice or texts.text("challenge.legend"))
    canvas.show()
