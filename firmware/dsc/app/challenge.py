"""The challenge screen: `CHALLNG>` and the digits from the login page."""

from dsc.app import timing
from dsc.app.digits import DigitEntry
from dsc.app.errors import Cancelled
from dsc.ui import texts
from dsc.ui.keypad import CLEAR, HOLD, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.crypto.ocra import Suite

WINDOW = 8  # digits on screen at a time


def ask(token: "Token", suite: "Suite", whole: bool = False) -> str:
    """The numeric question, 1 to `suite.question_length` digits as typed.

    Other servers issue questions shorter than the suite allows; a short one takes a second OK, so that a
    digit left out by mistake is noticed. In mutual mode only a `whole` one will do. Raises Cancelled when C is held,
    TimedOut after 60 s without a key.
    """
    entry = DigitEntry(suite.question_length)
    notice = ""
    confirming = False
    while True:
        _draw(token, entry, notice)
        kind, key = token.next_key(token.now() + timing.CHALLENGE_MS)
        if kind == HOLD:
            if key == CLEAR:
                raise Cancelled
            continue
        confirmed, confirming, notice = confirming, False, ""
        if key in "0123456789":
            if not entry.add(key):
                notice = texts.text("challenge.full", entry.capacity)
        elif key == CLEAR:
            entry.remove_last()
        elif key == OK and entry.count == 0:
            notice = texts.text("challenge.empty")
        elif key == OK and (entry.count == entry.capacity or confirmed):
            return str(entry.take(), "ascii")
        elif key == OK and whole:
            notice = texts.text("challenge.full", entry.capacity)
        elif key == OK:
            notice = texts.text("challenge.short", entry.count, entry.capacity)
            confirming = True


def _draw(token: "Token", entry: DigitEntry, notice: str) -> None:
    canvas = token.canvas
    canvas.clear()
    canvas.text_medium(0, 0, texts.CHALLENGE_PROMPT)
    end = min(entry.capacity, max(WINDOW, entry.count))
    canvas.large_centred(24, (entry.shown(max(0, end - WINDOW), end),))
    if entry.capacity > WINDOW:
        canvas.text_right(8, texts.text("challenge.position", entry.count, entry.capacity))
    canvas.text(0, 56, notice or texts.text("challenge.legend"))
    canvas.show()
