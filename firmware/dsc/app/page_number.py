"""The token's own number of mutual mode, which the user types into the login page."""

from dsc.app import groups, notice, screen, timing
from dsc.ui import texts
from dsc.ui.canvas import width_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

LARGE = 8  # digits that fit on the display in the large font
MEDIUM = 16  # on two rows of double size
ROW = 16  # digits of the small font on a row, in groups
HALVES = 6  # digits that are two groups of three, as in a code


def show(token: "Token", title: str, number: str) -> None:
    """Show `number` until OK. Raises Cancelled when C is held, TimedOut after 60 s without OK, MenuWanted."""
    canvas = token.canvas
    if canvas.layout.is_huge:
        groups.show(
            token, texts.text("mutual.number"), _groups(number), token.now() + timing.CHALLENGE_MS, True
        )
        return
    rows = [number[start : start + ROW] for start in range(0, len(number), ROW)]
    y = canvas.layout.body
    if canvas.layout.is_flat and len(rows) == canvas.rows:
        canvas.clear()
        y = 0
    elif canvas.layout.is_flat:
        prompt = texts.text("mutual.number")
        screen.draw_frame(canvas, prompt, "", "", screen.mark_beside(canvas, prompt, texts.text("menu.key")))
    else:
        canvas.clear()
        canvas.text(0, 0, title)
        canvas.text(0, canvas.layout.bottom, texts.text("notice.legend-first"))
        canvas.text(0, 8, texts.text("mutual.number"))
    if len(number) <= LARGE:
        canvas.large_centred(y + 8 if y > 8 else y, _groups(number))
    elif len(number) <= MEDIUM and not canvas.layout.is_flat:
        for start in range(0, len(number), MEDIUM // 2):
            text = " ".join(screen.groups_of(number[start : start + MEDIUM // 2]))
            canvas.text_medium((canvas.width - 2 * width_of(text)) // 2, y + 8 + 2 * start, text)
    else:
        for row in rows:
            canvas.text_centred(y, " ".join(screen.groups_of(row)))
            y += 8
    canvas.show()
    notice.wait(token, timing.CHALLENGE_MS, is_first=True)


def _groups(number: str) -> list[str]:
    return screen.groups_of(number, 3 if len(number) == HALVES else screen.GROUP)
