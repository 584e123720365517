"""The challenge screen: `CHALLNG>` and the digits from the login page."""

from dsc.app import entry, screen
from dsc.app.digits import DigitEntry
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.crypto.ocra import Suite


def ask(token: "Token", suite: "Suite", whole: bool = False) -> str:
    """The numeric question, 1 to `suite.question_length` digits as typed.

    Other servers issue questions shorter than the suite allows; a short one takes a second OK, so that a
    digit left out by mistake is noticed. In mutual mode only a `whole` one will do. Raises Cancelled when C is held,
    TimedOut after 60 s without a key.
    """
    capacity = suite.question_length
    typed = DigitEntry(capacity)

    def check(count: int, again: bool) -> str:
        if count == 0:
            return texts.text("challenge.empty")
        if count == capacity or (again and not whole):
            return ""
        return (
            texts.text("challenge.full", capacity)
            if whole
            else texts.text("challenge.short", count, capacity)
        )

    entry.type_digits(token, typed, lambda notice: _draw(token, typed, notice), check, "challenge.full")
    return str(typed.take(), "ascii")


def _draw(token: "Token", typed: DigitEntry, notice: str) -> None:
    canvas = token.canvas
    mark = ""
    if typed.capacity > canvas.layout.window:
        mark = texts.text("challenge.position", typed.count, typed.capacity)
    high = canvas.layout.has_high_prompt
    screen.draw_frame(
        canvas, texts.CHALLENGE_PROMPT, texts.text("challenge.legend"), notice, "" if high else mark
    )
    if high:
        canvas.text_right(8, mark)
    start, end = screen.window(canvas, typed.capacity, typed.count)
    screen.draw_digits(canvas, (typed.shown(start, end),), canvas.layout.digits)
    canvas.show()
