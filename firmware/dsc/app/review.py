"""The review of what is about to be signed: every field with its value, page by page."""

from dsc.app import timing
from dsc.app.errors import Cancelled
from dsc.ui import texts
from dsc.ui.canvas import width_of, wrap
from dsc.ui.keypad import CLEAR, HOLD, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

    Line = tuple[int, str]  # where it begins, its text


def ask(token: "Token", entries: list[tuple[str, str]]) -> None:
    """Show (label, value) of all fields until OK, which counts only once the last page was seen.

    Raises Cancelled when C is held, TimedOut after 60 s without a key.
    """
    rows = token.canvas.rows
    pages = paged(entries, token.canvas.width, rows - 1 if token.canvas.layout.is_flat else rows - 2)
    page = 0
    seen = 1
    notice = ""
    while True:
        _draw(token, pages, page, notice or _legend(pages, seen))
        kind, key = token.next_key(token.now() + timing.CHALLENGE_MS)
        if kind == HOLD:
            if key == CLEAR:
                raise Cancelled
            continue
        notice = ""
        if key == "A":
            page = max(0, page - 1)
        elif key == "B":
            page = min(len(pages) - 1, page + 1)
            seen = max(seen, page + 1)
        elif key == OK and seen == len(pages):
            return
        elif key == OK:
            notice = texts.text("review.unseen", len(pages) - seen)


def paged(entries: list[tuple[str, str]], width: int, rows: int) -> "list[list[Line]]":
    """The lines of (label, value) on pages of `rows` lines, `width` pixels each; what fits on one page is on one page.

    The value of a field follows its label; where it goes on on another page, the label stands there again.
    """
    pages: list[list[Line]] = [[]]
    for label, value in entries:
        head: list[Line] = [(0, line) for line in wrap(label, width)][: rows - 1]
        lines = _block(wrap(value, width), width)
        if len(pages[-1]) + len(head) + len(lines) > rows and pages[-1]:
            pages.append([])
        while lines:
            if len(pages[-1]) + len(head) >= rows:
                pages.append([])
            room = rows - len(pages[-1]) - len(head)
            pages[-1] += head + lines[:room]
            lines = lines[room:]
    return pages


def _block(lines: list[str], width: int) -> "list[Line]":
    """The lines of one value: on the right, and one below the other where there are several."""
    x = width - max([width_of(line) for line in lines])
    return [(x, line) for line in lines]


def _legend(pages: "list[list[Line]]", seen: int) -> str:
    if len(pages) == 1:
        return texts.text("review.legend")
    return texts.text("review.legend-pages" if seen == len(pages) else "review.legend-more")


def _draw(token: "Token", pages: "list[list[Line]]", page: int, legend: str) -> None:
    canvas = token.canvas
    canvas.clear()
    y = 0
    if not canvas.layout.is_flat:
        canvas.text(0, 0, texts.text("review.title"))
        if len(pages) > 1:
            canvas.text_right(0, texts.text("challenge.position", page + 1, len(pages)))
        y = 8
    for x, line in pages[page]:
        canvas.text(x, y, line)
        y += 8
    canvas.text(0, canvas.height - 8, legend)
    canvas.show()
