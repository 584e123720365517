"""A notice: something that the user must know before anything else happens, or instead of it."""

from dsc.app import screen, timing
from dsc.app.errors import Cancelled, MenuWanted
from dsc.ui import texts
from dsc.ui.canvas import wrap
from dsc.ui.keypad import CLEAR, HOLD, OK, PRESS
from dsc.ui.layout import squeezed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def show(
    token: "Token",
    title: str,
    message: str,
    wait_ms: int = timing.HALT_MS,
    is_first: bool = False,
    legend: str = "notice.legend",
) -> None:
    """Show it until OK; a long one takes several pages. `legend` is a text by its name.

    Raises Cancelled when C is held, TimedOut after `wait_ms`, MenuWanted for D on the first screen.
    """
    words = texts.text("notice.legend-first" if is_first else legend)
    pages = screen.Pages(token.canvas, title, wrap(message, token.canvas.width), words, not is_first)
    deadline = token.now() + wait_ms
    while True:
        pages.draw()
        kind, key = next_event(token, deadline, is_first)
        if kind == PRESS and not pages.turn(key) and key == OK:
            return


def ask(token: "Token", title: str, message: str, wait_ms: int = timing.HALT_MS) -> bool:
    """Whether the user says yes with OK, on the last page of it, or no with C.

    Raises Cancelled when C is held, TimedOut after `wait_ms`.
    """
    canvas = token.canvas
    legend = texts.text("notice.legend-ask")
    lines = wrap(message, canvas.width)
    if canvas.layout.is_flat and len(lines) <= canvas.layout.body_rows:
        # Which key does what matters more than the title.
        title = screen.mark_beside(canvas, squeezed(legend), title)
    pages = screen.Pages(canvas, title, lines, legend)
    deadline = token.now() + wait_ms
    while True:
        pages.draw()
        kind, key = next_event(token, deadline)
        if kind == PRESS and not pages.turn(key) and key in (OK, CLEAR):
            return key == OK


def wait(token: "Token", wait_ms: int, is_first: bool = False) -> None:
    """Leave on screen what is there until OK; on the first screen, D leads to the menu.

    Raises Cancelled when C is held, TimedOut after `wait_ms` without OK, MenuWanted.
    """
    deadline = token.now() + wait_ms
    while next_event(token, deadline, is_first) != (PRESS, OK):
        pass


def next_event(token: "Token", deadline: int, is_first: bool = False) -> tuple[str, str]:
    """The next key event that leads nowhere else. Raises Cancelled when C is held, TimedOut, MenuWanted."""
    event = token.next_key(deadline)
    if event == (HOLD, CLEAR):
        raise Cancelled
    if event == (PRESS, "D") and is_first:
        raise MenuWanted
    return event
