"""The PIN screen: `PIN>`, digits masked but for the last, which can be read for a moment."""

from dsc.app import screen, timing
from dsc.app.digits import DigitEntry
from dsc.app.errors import Cancelled, MenuWanted
from dsc.ui import texts
from dsc.ui.canvas import fitted
from dsc.ui.keypad import CLEAR, HOLD, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

LOW_BATTERY = "!"


def ask(token: "Token", title: str = "", is_first: bool = True) -> bytearray:
    """The PIN as ASCII digits, as many as the vault says; the caller wipes it.

    `title` says which one, where that could be asked; on the first screen of a code D leads to the menu. Raises
    Cancelled when C is held, TimedOut without a key, MenuWanted for D before the first digit.
    """
    entry = DigitEntry(token.vault.root.pin_length)
    is_low = is_first and token.is_battery_low()
    # A flat panel has no room to say so for long.
    notice = texts.text("battery.low") if is_low and not token.canvas.layout.has_high_prompt else ""
    legend = ""
    revealed = False
    try:
        while True:
            legend = _draw(token, title, is_first, entry, revealed, notice, legend, is_low)
            if revealed or notice:
                event = token.next_event(token.now() + (timing.REVEAL_MS if revealed else timing.NOTICE_MS))
                revealed, notice = False, ""
                if event is None:
                    continue
            else:
                event = token.next_key(token.now() + token.patience_ms)
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
    is_low: bool,
) -> str:
    """Draw the screen, and return its last line; only the digits if that is `drawn` already."""
    canvas = token.canvas
    layout = canvas.layout
    legend = notice or texts.text("pin.legend" if is_first and not entry.count else "pin.legend-typing")
    if legend != drawn or entry.capacity > layout.window:
        mark = texts.text("pin.development") if token.is_development() else ""
        if layout.has_high_prompt:
            screen.draw_frame(canvas, texts.PIN_PROMPT, legend, "", mark)
            canvas.text(0, 16, fitted(title, canvas.width))
            if is_low:
                canvas.text_right(8, texts.text("battery.low"))
        else:
            if entry.capacity > layout.window:
                mark = texts.text("challenge.position", entry.count, entry.capacity)
            if title and is_first and not entry.count:
                mark = texts.text("menu.key")  # there is no room for the legend beside a title
            elif is_low and not entry.count:
                mark = LOW_BATTERY
            prompt = title or texts.PIN_PROMPT
            screen.draw_frame(canvas, prompt, legend, notice, screen.mark_beside(canvas, prompt, mark))
    screen.draw_secret(canvas, entry.masked(revealed), entry.count, layout.digits)
    canvas.show()
    return legend
