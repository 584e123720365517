"""The token's own number of mutual mode, which the user types into the login page."""

from dsc.app import notice, timing
from dsc.ui import texts
from dsc.ui.canvas import width_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

GROUP = 4
HALVES = 6  # digits that are two groups of three, as in a code
LARGE = 8  # digits that fit on the display in the large font
MEDIUM = 16  # on two rows of double size
ROW = 16  # digits of the small font on a row, in groups
SHORT = 4  # rows of text on a panel without room for title and legend


def show(token: "Token", title: str, number: str) -> None:
    """Show `number` until OK. Raises Cancelled when C is held, TimedOut after 60 s without OK, MenuWanted."""
    canvas = token.canvas
    rows = [number[start : start + ROW] for start in range(0, len(number), ROW)]
    canvas.clear()
    y = 0
    if canvas.rows > SHORT:
        canvas.text(0, 0, title)
        canvas.text(0, canvas.height - 8, texts.text("notice.legend-first"))
        y = 8
    if len(rows) < SHORT or y:
        canvas.text(0, y, texts.text("mutual.number"))
        y += 8
    if len(number) <= LARGE:
        canvas.large_centred(y + 8 if y > 8 else y, _groups(number))
    elif len(number) <= MEDIUM and canvas.rows > SHORT:
        for start in range(0, len(number), MEDIUM // 2):
            text = " ".join(_groups(number[start : start + MEDIUM // 2]))
            canvas.text_medium((canvas.width - 2 * width_of(text)) // 2, y + 8 + 2 * start, text)
    else:
        for row in rows:
            canvas.text_centred(y, " ".join(_groups(row)))
            y += 8
    canvas.show()
    notice.wait(token, timing.CHALLENGE_MS, is_first=True)


def _groups(digits: str) -> list[str]:
    size = 3 if len(digits) == HALVES else GROUP
    return [digits[start : start + size] for start in range(0, len(digits), size)]
