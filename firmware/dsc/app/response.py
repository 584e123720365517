"""The response screen: the code in groups of four, with a bar that shrinks while it lives."""

from dsc.app import screen, timing
from dsc.ui import texts
from dsc.ui.canvas import fitted, width_of
from dsc.ui.keypad import CLEAR, OK, PRESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

GROUP = 4
ONE_ROW = 8  # digits that fit on one row
BAR_HEIGHT = 5
FLAT_BAR = 52  # pixels of the bar beside the title


class Bar:
    """The time left, redrawn only when its width on screen changes."""

    def __init__(self, token: "Token", y: int, lifetime: int, width: int = 0) -> None:
        """From `y` on, `width` pixels at the right edge, or the whole row."""
        self._token = token
        self._y = y
        self._lifetime = lifetime
        self._width = width or token.canvas.width
        self._end = token.now() + lifetime
        self._drawn = -1

    @property
    def end(self) -> int:
        return self._end

    def draw(self) -> None:
        canvas = self._token.canvas
        steps = self._width - 4
        left = max(0, self._end - self._token.now()) * steps // self._lifetime
        if left != self._drawn:
            self._drawn = left
            x = canvas.width - self._width
            canvas.bar(x, self._y, self._width, BAR_HEIGHT, left * 1000 // steps)
            canvas.show()

    def draw_anew(self) -> None:
        """Draw it on a canvas that was cleared."""
        self._drawn = -1
        self.draw()


def show(
    token: "Token", title: str, response: str, lifetime: int = timing.RESPONSE_MS, group: int = GROUP
) -> None:
    """Show `response` (decimal digits, in groups) until OK, C, or the end of its time to live in ms; then go dark.

    In large mode one group is shown at a time: A turns back, B and OK turn on, and OK at the last ends it.
    """
    canvas = token.canvas
    layout = canvas.layout
    if layout.is_large:
        _show_groups(token, title, screen.groups_of(response, GROUP), lifetime)
        return
    groups = screen.groups_of(response, group)
    if layout.is_flat:
        canvas.clear()
        _draw_flat(token, title, groups)
        bar = Bar(token, 1, lifetime, FLAT_BAR)
    elif len(response) <= ONE_ROW:
        # The code first, and the rest of the screen after it: somebody waits.
        canvas.clear_lines(layout.code, 32)
        canvas.large_centred(layout.code, groups)
        canvas.show()
        canvas.clear()
        canvas.text(0, 0, title)
        canvas.large_centred(layout.code, groups)
        canvas.text_centred(layout.bottom, texts.text("response.legend"))
        bar = Bar(token, 46, lifetime)
    else:
        canvas.clear()
        canvas.large_centred(0, groups[:2])
        canvas.large_centred(24, groups[2:])
        canvas.text_centred(layout.bottom, title)
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


def _draw_flat(token: "Token", title: str, groups: list[str]) -> None:
    canvas = token.canvas
    if len("".join(groups)) <= ONE_ROW:
        canvas.large_centred(canvas.layout.code, groups)
    else:
        screen.draw_medium_centred(canvas, canvas.layout.code + 8, groups)
    canvas.text(0, 0, fitted(title, canvas.width - FLAT_BAR - 4))


def _show_groups(token: "Token", title: str, groups: list[str], lifetime: int) -> None:
    from dsc.app import groups as group_pages  # in large mode only

    canvas = token.canvas
    layout = canvas.layout
    bar = Bar(token, 1, lifetime, FLAT_BAR) if layout.is_flat else Bar(token, layout.bottom + 2, lifetime)
    place = 0
    while True:
        canvas.clear()
        mark = group_pages.mark(place, len(groups))
        if layout.is_flat:
            canvas.text(0, 0, mark)
        else:
            canvas.text(0, 0, fitted(title, canvas.width - width_of(" " + mark)))
            canvas.text_right(0, mark)
        screen.draw_digits(canvas, groups[place : place + 1], layout.code)
        bar.draw_anew()
        token.board.power.clean_memory()
        event = token.next_event(bar.end, bar.draw)
        if event is None or event == (PRESS, CLEAR) or (event == (PRESS, OK) and place == len(groups) - 1):
            token.blank()
            return
        place = group_pages.turned(event, place, len(groups))
