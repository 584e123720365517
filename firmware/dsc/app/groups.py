"""A number that the user takes elsewhere, in large mode: one group of digits on the screen at a time."""

from dsc.app import notice, screen
from dsc.ui import texts
from dsc.ui.keypad import OK, PRESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def show(token: "Token", prompt: str, groups: list[str], deadline: int, is_first: bool = False) -> None:
    """Show the groups one after the other: A turns back, B and OK turn on, until OK at the last.

    Raises Cancelled when C is held, TimedOut at the deadline (ms since power-on), MenuWanted on the first screen.
    """
    canvas = token.canvas
    place = 0
    while True:
        canvas.clear()
        canvas.text(0, 0, prompt)
        screen.draw_digits(canvas, groups[place : place + 1], canvas.layout.code)
        if is_first:
            canvas.text(0, canvas.layout.bottom, texts.text("menu.key"))
        canvas.text_right(canvas.layout.bottom, mark(place, len(groups)))
        canvas.show()
        event = notice.next_event(token, deadline, is_first)
        if event == (PRESS, OK) and place == len(groups) - 1:
            return
        place = turned(event, place, len(groups))


def mark(place: int, count: int) -> str:
    """Which of the groups is shown, and the keys that turn to others."""
    return "A↑B↓ " + texts.text("challenge.position", place + 1, count)


def turned(event: tuple[str, str], place: int, count: int) -> int:
    """The group to show after a key."""
    if event in ((PRESS, OK), (PRESS, "B")):
        return min(place + 1, count - 1)
    if event == (PRESS, "A"):
        return max(place - 1, 0)
    return place
