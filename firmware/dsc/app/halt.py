"""The screens of a token that cannot go on: what happened, and nothing secret."""

from dsc.app import screen, timing
from dsc.ui import texts
from dsc.ui.canvas import wrap
from dsc.ui.keypad import OK, PRESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def show(token: "Token", title: str, message: str, detail: str = "") -> None:
    """Show title, message and a detail such as an error's name; OK restarts the board, a minute darkens it.

    What takes several pages is turned by OK as well, and restarted by it from the last one.
    """
    lines = wrap(message, token.canvas.width)
    if detail:
        lines.append(detail)
    pages = screen.Pages(token.canvas, title, lines, texts.text("halt.legend"), True)
    while True:
        token.light()
        pages.draw()
        deadline = token.now() + timing.HALT_MS
        while True:
            event = token.next_event(deadline)
            if event is None:
                break
            kind, key = event
            if kind != PRESS:
                continue
            if pages.turn(key):
                pages.draw()
            elif key == OK:
                token.blank()
                token.board.power.clean_memory()
                token.board.power.reset()
                return
        token.sleep()
