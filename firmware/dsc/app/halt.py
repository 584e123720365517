"""The screens of a token that cannot go on: what happened, and nothing secret."""

from dsc.app import timing
from dsc.ui import texts
from dsc.ui.canvas import fitted, wrap
from dsc.ui.keypad import OK, PRESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def show(token: "Token", title: str, message: str, detail: str = "") -> None:
    """Show title, message and a detail such as an error's name; OK restarts the board, a minute darkens it."""
    while True:
        token.light()
        _draw(token, title, message, detail)
        deadline = token.now() + timing.HALT_MS
        while True:
            event = token.next_event(deadline)
            if event is None:
                break
            if event == (PRESS, OK):
                token.blank()
                token.board.power.clean_memory()
                token.board.power.reset()
                return
        token.sleep()


def _draw(token: "Token", title: str, message: str, detail: str) -> None:
    canvas = token.canvas
    canvas.clear()
    canvas.text_medium(0, 0, title)
    lines = wrap(message, canvas.width)
    for row, line in enumerate(lines):
        canvas.text(0, 16 + 8 * row, line)
    if detail:
        canvas.text(0, 16 + 8 * len(lines), fitted(detail, canvas.width))
    canvas.text(0, 56, texts.text("halt.legend"))
    canvas.show()
