"""A notice: something that the user must know before anything else happens, or instead of it."""

from dsc.app import timing
from dsc.app.errors import Cancelled, MenuWanted
from dsc.ui import texts
from dsc.ui.canvas import wrap
from dsc.ui.keypad import CLEAR, HOLD, OK, PRESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

SHORT = 4  # rows of text on a panel without room for a title


def show(
    token: "Token", title: str, message: str, wait_ms: int = timing.HALT_MS, is_first: bool = False
) -> None:
    """Show it until OK; a panel of four rows leaves out the title, and at need the legend.

    Raises Cancelled when C is held, TimedOut after `wait_ms`.
    """
    canvas = token.canvas
    canvas.clear()
    y = 0
    if canvas.rows > SHORT:
        canvas.text_medium(0, 0, title)
        y = 16
    for line in wrap(message, canvas.width):
        canvas.text(0, y, line)
        y += 8
    if y < canvas.height:
        canvas.text(0, canvas.height - 8, texts.text("notice.legend-first" if is_first else "notice.legend"))
    canvas.show()
    wait(token, wait_ms, is_first)


def wait(token: "Token", wait_ms: int, is_first: bool = False) -> None:
    """Leave on screen what is there until OK; on the first screen, D leads to the menu.

    Raises Cancelled when C is held, TimedOut after `wait_ms` without OK, MenuWanted.
    """
    deadline = token.now() + wait_ms
    while True:
        event = token.next_key(deadline)
        if event == (HOLD, CLEAR):
            raise Cancelled
        if event == (PRESS, "D") and is_first:
            raise MenuWanted
        if event == (PRESS, OK):
            return
