"""The choice among several things: a list of their names."""

from dsc.app import timing
from dsc.app.errors import Cancelled, MenuWanted
from dsc.ui import texts
from dsc.ui.canvas import SMALL_WIDTH, fitted, width_of
from dsc.ui.keypad import CLEAR, HOLD, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

ROWS = 6  # of the list on screen


def ask(token: "Token", title: str, labels: list[str], is_first: bool = False) -> int:
    """The index of the label that the user picks; on the first screen, D leads to the menu.

    Raises Cancelled when C is held, TimedOut after 30 s without a key, MenuWanted.
    """
    chosen = 0
    while True:
        _draw(token, title, labels, chosen, is_first)
        kind, key = token.next_key(token.now() + timing.CHOICE_MS)
        if kind == HOLD:
            if key == CLEAR:
                raise Cancelled
        elif key == OK:
            return chosen
        elif key == "D" and is_first:
            raise MenuWanted
        elif key in ("A", "2"):
            chosen = (chosen - 1) % len(labels)
        elif key in ("B", "8"):
            chosen = (chosen + 1) % len(labels)


def _draw(token: "Token", title: str, labels: list[str], chosen: int, is_first: bool) -> None:
    canvas = token.canvas
    canvas.clear()
    canvas.text(0, 0, title)
    canvas.text_right(0, f"{chosen + 1}/{len(labels)}")
    first = min(max(0, chosen - ROWS // 2), max(0, len(labels) - ROWS))
    for row, index in enumerate(range(first, min(first + ROWS, len(labels)))):
        room = (canvas.columns - 2) * SMALL_WIDTH
        line = fitted(labels[index], room)
        line = (
            " " + line + " " * ((room - width_of(line)) // SMALL_WIDTH) + " "
        )  # or the first letter would merge with the edge
        canvas.text(0, 8 * (row + 1), line, inverse=index == chosen)
    canvas.text(0, 56, texts.text("choose.legend-first" if is_first else "choose.legend"))
    canvas.show()
