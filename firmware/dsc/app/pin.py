"""The PIN screen: `PIN>`, digits masked but for the last, which can be read for a moment."""

from dsc.app import timing
from dsc.app.digits import DigitEntry
from dsc.app.errors import Cancelled, MenuWanted
from dsc.crypto.memory import wipe
from dsc.ui import texts
from dsc.ui.canvas import fitted
from dsc.ui.keypad import CLEAR, HOLD, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def ask(token: "Token", title: str = "", is_first: bool = True) -> bytearray:
    """The PIN as ASCII digits, as many as the vault says; the caller wipes it.

    `title` says which one, where that could be asked; on the first screen of a code D leads to the menu.

    Raises Cancelled when C is held, TimedOut after 30 s without a key, MenuWanted for D before the first digit.
    """
    entry = DigitEntry(token.vault.root.pin_length)
    notice = legend = ""
    revealed = False
    try:
        while True:
            legend = _draw(token, title, is_first, entry, revealed, notice, legend)
            if revealed or notice:
                event = token.next_event(token.now() + (timing.REVEAL_MS if revealed else timing.NOTICE_MS))
                revealed, notice = False, ""
                if event is None:
                    continue
            else:
                event = token.next_key(token.now() + timing.PIN_MS)
            kind, key = event
            if kind == HOLD:
                if key == CLEAR:
                    raise Cancelled
            elif key in "0123456789":
                revealed = entry.add(key)
                if not revealed:
                    notice = texts.text("pin.length", entry.capacity)
            elif key == CLEAR:
                entry.remove_last()
            elif key == OK and entry.count == entry.capacity:
                return entry.take()
            elif key == OK:
                notice = texts.text("pin.length", entry.capacity)
            elif key == "D" and entry.count == 0 and is_first:
                raise MenuWanted
    finally:
        entry.wipe()


def _draw(
    token: "Token",
    title: str,
    is_first: bool,
    entry: DigitEntry,
    revealed: bool,
    notice: str,
    drawn: str,
) -> str:
    """Draw the screen, and return its last line; only the digits if that is `drawn` already."""
    canvas = token.canvas
    legend = notice or texts.text("pin.legend" if is_first and not entry.count else "pin.legend-typing")
    if legend != drawn:
        canvas.clear()
        canvas.text_medium(0, 0, texts.PIN_PROMPT)
        if token.is_development():
            canvas.text_right(0, texts.text("pin.development"))
        canvas.text(0, 16, fitted(title, canvas.width))
        canvas.text(0, 56, legend)
    picture = entry.masked(revealed)
    try:
        canvas.large_centred(24, (picture,))
    finally:
        wipe(picture)
    canvas.show()
    return legend
