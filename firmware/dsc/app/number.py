"""Digits that are typed from paper or a page, and can be read while they are: codes, accounts, amounts."""

from dsc.app import timing
from dsc.app.digits import DigitEntry
from dsc.app.errors import Cancelled
from dsc.ui import texts
from dsc.ui.canvas import fitted, width_of, wrap
from dsc.ui.keypad import CLEAR, HOLD, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.app.token import Token

WINDOW = 8  # large digits on screen at a time
SHORT = 4  # rows of text on a panel without room for a legend
PROMPT_LINES = 2


def ask(
    token: "Token",
    prompt: str,
    capacity: int,
    minimum: int = 1,
    picture: "Callable[[str], str] | None" = None,
    unit: str = "",
) -> str:
    """`minimum` to `capacity` digits, as typed.

    `picture` makes of the digits what is shown of them, as an amount with its decimals; `unit` stands below it.
    Raises Cancelled when C is held, TimedOut after 60 s without a key.
    """
    entry = DigitEntry(capacity)
    notice = ""
    while True:
        token.canvas.clear()
        position = ""
        if capacity > WINDOW and not picture:
            position = texts.text("challenge.position", entry.count, capacity)
        _draw_frame(token, prompt, position, notice)
        if picture:
            _draw_picture(token, picture(str(entry.take(), "ascii")), unit)
        else:
            _draw_digits(token, entry)
        token.canvas.show()
        kind, key = token.next_key(token.now() + timing.CHALLENGE_MS)
        if kind == HOLD:
            if key == CLEAR:
                raise Cancelled
            continue
        notice = ""
        if key in "0123456789":
            if not entry.add(key):
                notice = texts.text("number.full", capacity)
        elif key == CLEAR:
            entry.remove_last()
        elif key == OK and entry.count == 0:
            notice = texts.text("number.empty")
        elif key == OK and entry.count < minimum:
            notice = texts.text("number.short", entry.count, minimum)
        elif key == OK:
            return str(entry.take(), "ascii")


def _draw_frame(token: "Token", prompt: str, position: str, notice: str) -> None:
    canvas = token.canvas
    room = canvas.width - width_of(position + " ")
    if canvas.rows > SHORT:
        lines = wrap(prompt, canvas.width)[:PROMPT_LINES]
        canvas.text(0, 0, lines[0])
        canvas.text(0, 8, fitted("".join(lines[1:]), room))
        canvas.text_right(8, position)
        canvas.text(0, canvas.height - 8, notice or texts.text("challenge.legend"))
    elif notice:
        canvas.text(0, 0, notice)
    else:
        canvas.text(0, 0, fitted(prompt, room))
        canvas.text_right(0, position)


def _draw_digits(token: "Token", entry: DigitEntry) -> None:
    end = min(entry.capacity, max(WINDOW, entry.count))
    y = 24 if token.canvas.rows > SHORT else 8
    token.canvas.large_centred(y, (entry.shown(max(0, end - WINDOW), end),))


def _draw_picture(token: "Token", text: str, unit: str) -> None:
    canvas = token.canvas
    y = 24 if canvas.rows > SHORT else 8
    width = 2 * width_of(text)
    if width <= canvas.width:
        canvas.text_medium(canvas.width - width, y, text)
    else:
        canvas.text_right(y + 8, text)
    canvas.text_right(y + 16, unit)
