"""The response screen: the code in groups of four, with a bar that shrinks while it lives."""

from dsc.app import timing
from dsc.ui import texts
from dsc.ui.keypad import CLEAR, OK, PRESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

GROUP = 4
ONE_ROW = 8  # digits that fit on one row


class Bar:
    """The time left, redrawn only when its width on screen changes."""

    def __init__(self, token: "Token", y: int, lifetime: int) -> None:
        self._token = token
        self._y = y
        self._lifetime = lifetime
        self._end = token.now() + lifetime
        self._drawn = -1

    @property
    def end(self) -> int:
        return self._end

    def draw(self) -> None:
        canvas = self._token.canvas
        steps = canvas.width - 4
        left = max(0, self._end - self._token.now()) * steps // self._lifetime
        if left != self._drawn:
            self._drawn = left
            canvas.bar(0, self._y, canvas.width, 5, left * 1000 // steps)
            canvas.show()


def show(
    token: "Token", title: str, response: str, lifetime: int = timing.RESPONSE_MS, group: int = GROUP
) -> None:
    """Show `response` (decimal digits, in groups) until OK, C, or the end of its time to live in ms; then go dark."""
    canvas = token.canvas
    groups = [response[i : i + group] for i in range(0, len(response), group)]
    if len(response) <= ONE_ROW:
        # The code first, and the rest of the screen after it: somebody waits.
        canvas.clear_lines(16, 32)
        canvas.large_centred(16, groups)
        canvas.show()
        canvas.clear()
        canvas.text(0, 0, title)
        canvas.large_centred(16, groups)
        canvas.text_centred(56, texts.text("response.legend"))
        bar = Bar(token, 46, lifetime)
    else:
        canvas.clear()
        canvas.large_centred(0, groups[:2])
        canvas.large_centred(24, groups[2:])
        canvas.text_centred(56, title)
        bar = Bar(token, 50, lifetime)
    bar.draw()
    # What the digits came from is of no use any more. Not before: somebody waits for them.
    token.board.power.clean_memory()
    while True:
        event = token.next_event(bar.end, bar.draw)
        # Not when held: an OK that lasts from the challenge would sweep the response away.
        if event is None or event in ((PRESS, OK), (PRESS, CLEAR)):
            token.blank()
            return
