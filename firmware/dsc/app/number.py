"""Digits that are typed from paper or a page, and can be read while they are: codes, accounts, amounts."""

from dsc.app import entry, screen
from dsc.app.digits import DigitEntry
from dsc.crypto.memory import wipe
from dsc.ui import texts
from dsc.ui.canvas import fitted, width_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.app.token import Token

GROUP = 4
ROW = 8  # digits of a code in groups in a row
DEEP = 16  # pixels from the top, below a prompt of two rows


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
    typed = DigitEntry(capacity)

    def draw(notice: str) -> None:
        canvas = token.canvas
        is_long = capacity > canvas.layout.window and not picture
        mark = texts.text("challenge.position", typed.count, capacity) if is_long else ""
        is_deep = screen.draw_frame(canvas, prompt, texts.text("challenge.legend"), notice, mark, False)
        if picture:
            _draw_picture(token, picture(str(typed.take(), "ascii")), unit, is_deep)
        else:
            start, end = screen.window(canvas, capacity, typed.count)
            _draw_number(token, typed.shown(start, end), is_deep)
        canvas.show()

    def check(count: int, _again: bool) -> str:
        if count == 0:
            return texts.text("number.empty")
        return texts.text("number.short", count, minimum) if count < minimum else ""

    entry.type_digits(token, typed, draw, check)
    return str(typed.take(), "ascii")


def ask_code(token: "Token", prompt: str, length: int, deadline: int | None = None) -> bytearray:
    """A secret code of exactly `length` digits, in groups of four, as ASCII; the caller wipes it.

    Raises Cancelled when C is held, TimedOut at `deadline` (ms since power-on), or else after 60 s without a key.
    """
    typed = DigitEntry(length)

    def draw(notice: str) -> None:
        _draw_code(token, prompt, typed, notice)

    def check(count: int, _again: bool) -> str:
        return "" if count == length else texts.text("challenge.full", length)

    try:
        entry.type_digits(token, typed, draw, check, "challenge.full", deadline)
        return typed.take()
    finally:
        typed.wipe()


def _draw_code(token: "Token", prompt: str, typed: DigitEntry, notice: str) -> None:
    """As many rows as there is room for; those that are typed, if that is not all."""
    canvas = token.canvas
    layout = canvas.layout
    is_whole = not layout.is_large and (typed.capacity <= ROW or not layout.is_flat)
    size = GROUP if layout.is_large else ROW
    start = max(typed.count - 1, 0) // size * size
    # Which row of how many: what a long prompt has room for beside it.
    mark = "" if is_whole else texts.text("challenge.position", start // size + 1, -(-typed.capacity // size))
    if is_whole and typed.capacity > ROW:
        # Two rows of large digits leave one row for the prompt.
        canvas.clear()
        canvas.text(0, 0, fitted(prompt, canvas.width))
        canvas.text(0, layout.bottom, notice or texts.text("challenge.legend"))
        _draw_row(token, typed, 0, ROW, 8)
        _draw_row(token, typed, ROW, typed.capacity, 32)
    else:
        mark = screen.mark_beside(canvas, prompt, mark)
        screen.draw_frame(canvas, prompt, texts.text("challenge.legend"), notice, mark, False)
        _draw_row(token, typed, start, min(start + size, typed.capacity), layout.digits)
    canvas.show()


def _draw_row(token: "Token", typed: DigitEntry, start: int, end: int, y: int) -> None:
    groups = [typed.shown(i, min(i + GROUP, end)) for i in range(start, end, GROUP)]
    try:
        screen.draw_digits(token.canvas, tuple(groups), y)
    finally:
        wipe(*groups)


def _draw_number(token: "Token", digits: bytearray, is_deep: bool) -> None:
    """Digits that are no secret; smaller below a prompt of two rows."""
    canvas = token.canvas
    if not is_deep:
        screen.draw_digits(canvas, (digits,), canvas.layout.digits)
    elif canvas.layout.is_flat:
        screen.draw_medium_centred(canvas, DEEP, [str(digits, "ascii")])
    else:
        canvas.large_centred(DEEP, (digits,))


def _draw_picture(token: "Token", text: str, unit: str, is_deep: bool) -> None:
    """What the digits mean, at the right edge as a cash register shows it; small if it is long."""
    canvas = token.canvas
    y = DEEP if is_deep else canvas.layout.digits
    if is_deep and canvas.layout.is_flat:
        canvas.text_right(y, text)
        canvas.text_right(y + 8, unit)
        return
    width = 2 * width_of(text)
    if width <= canvas.width:
        canvas.text_medium(canvas.width - width, y, text)
    else:
        canvas.text_right(y + 8, text)
    canvas.text_right(y + 16, unit)
