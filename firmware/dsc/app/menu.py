"""A list with a title, from which the user picks one; long ones scroll, and can be searched by typing digits."""

from dsc.app import screen
from dsc.app.errors import Cancelled, MenuWanted
from dsc.ui import search, texts
from dsc.ui.canvas import SMALL_WIDTH, fitted, width_of
from dsc.ui.keypad import CLEAR, HOLD, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

TYPED_DIGITS = 8  # of a search; more would tell no more labels apart


def ask(
    token: "Token",
    title: str,
    items: list[str],
    is_first: bool = False,
    chosen: int = 0,
    searched: bool = False,
) -> int:
    """The index of the item that the user picks; `chosen` is marked at the beginning.

    A goes up, B goes down, both round the ends. On the first screen D leads to the menu. Digits go to the item with
    that number; in a list to be `searched` they leave those items that they begin a word of (dsc.ui.search), one digit
    a letter, and C takes the last one back. Raises Cancelled when C is held, TimedOut without a key, MenuWanted.
    """
    typed = ""
    notice = texts.text("battery.low") if is_first and token.is_battery_low() else ""
    there = list(range(len(items)))
    place = chosen  # in `there`
    while True:
        _draw(token, title, [items[index] for index in there], place, is_first, typed, notice)
        kind, key = token.next_key(token.now() + token.patience_ms)
        if kind == HOLD:
            if key == CLEAR:
                raise Cancelled
            continue
        notice = ""
        if key == OK:
            return there[place]
        if key == "D" and is_first:
            raise MenuWanted
        if key in ("A", "B"):
            place = (place + (1 if key == "B" else -1)) % len(there)
        elif key in "0123456789" and not searched:
            if 1 <= int(key) <= len(items):
                place = int(key) - 1
        elif key in "0123456789" or (key == CLEAR and typed):
            wanted = typed[:-1] if key == CLEAR else typed + key
            found = [index for index in range(len(items)) if search.matches(items[index], wanted)]
            if found and len(wanted) <= TYPED_DIGITS:
                kept = there[place]
                typed, there = wanted, found
                place = there.index(kept) if kept in there else 0
            else:
                notice = texts.text("menu.nothing")


def _draw(
    token: "Token", title: str, items: list[str], place: int, is_first: bool, typed: str, notice: str
) -> None:
    canvas = token.canvas
    layout = canvas.layout
    if typed:
        title = texts.text("menu.search", typed)
    mark = texts.text("challenge.position", place + 1, len(items))
    canvas.clear()
    if layout.is_flat:
        if is_first and not typed:
            title = texts.text("menu.key")
        mark = screen.mark_beside(canvas, title, "A↑B↓ " + mark) or mark
    else:
        legend = texts.text("choose.legend-first" if is_first else "choose.legend")
        canvas.text(0, layout.bottom, notice or legend)
    if notice and layout.is_flat:
        canvas.text(0, 0, fitted(notice, canvas.width))
    else:
        canvas.text(0, 0, fitted(title, canvas.width - width_of(" " + mark)))
        canvas.text_right(0, mark)
    rows = layout.list_rows
    first = min(max(0, place - rows // 2), max(0, len(items) - rows))
    y = layout.list
    for index in range(first, min(first + rows, len(items))):
        _draw_item(token, y, items[index], index == place)
        y += 8
    canvas.show()


def _draw_item(token: "Token", y: int, item: str, is_chosen: bool) -> None:
    canvas = token.canvas
    room = (canvas.columns - 2) * SMALL_WIDTH
    line = fitted(item, room)
    # With a blank at either end, or the first letter would merge with the edge.
    line = " " + line + " " * ((room - width_of(line)) // SMALL_WIDTH) + " "
    canvas.text(0, y, line, inverse=is_chosen)
