"""What the screens have in common: a prompt with a legend, digits in the size that fits, pages of text."""

from dsc.crypto.memory import wipe
from dsc.ui.canvas import GROUP_GAP, fitted, width_of, wrap
from dsc.ui.layout import squeezed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.ui.canvas import Canvas

PROMPT_ROWS = 2
GROUP = 4


def draw_frame(
    canvas: "Canvas", prompt: str, legend: str, notice: str = "", mark: str = "", is_title: bool = True
) -> bool:
    """Clear the canvas, and draw prompt and legend; a mark stands to the right of the prompt, which is high if it can.

    A prompt that is no title, but a name from elsewhere, is small always: two of them would look unlike by chance.
    A notice takes the legend's place; on a flat panel it takes the whole row that they share, in which a legend
    that has no room is left out. Returns True for a prompt, no title, that needs two rows where others have one.
    """
    layout = canvas.layout
    canvas.clear()
    room = canvas.width - width_of(" " + mark) if mark else canvas.width
    is_deep = not (is_title or layout.has_high_prompt) and width_of(prompt) > room
    if layout.is_flat and (notice or not is_deep):
        _draw_row(canvas, notice or prompt, "" if notice else _joined(mark, squeezed(legend)), mark)
        return is_deep
    if is_title and layout.has_high_prompt and 2 * width_of(prompt) <= room:
        canvas.text_medium(0, 0, prompt)
        canvas.text_right(0, mark)
    elif layout.has_high_prompt or is_deep:
        lines = wrap(prompt, canvas.width)
        canvas.text(0, 0, lines[0])
        canvas.text(0, 8, fitted("".join(lines[1:]), room))
        canvas.text_right(8, mark)
    else:
        canvas.text(0, 0, fitted(prompt, room))
        canvas.text_right(0, mark)
    if not layout.is_flat:
        canvas.text(0, layout.bottom, fitted(notice or legend, canvas.width))
    return is_deep


def mark_beside(canvas: "Canvas", prompt: str, mark: str) -> str:
    """The mark, or nothing if there is no room for it beside a prompt on a row."""
    return mark if width_of(prompt + " " + mark) <= canvas.width else ""


def draw_digits(canvas: "Canvas", groups: "tuple[bytearray, ...] | list[str]", y: int) -> None:
    """Groups of digits at y: doubled in large mode where there is room, and then one group."""
    if canvas.layout.is_huge and len(groups) == 1 and len(groups[0]) <= GROUP:
        canvas.huge_centred(y, groups[0])
    else:
        canvas.large_centred(y, groups)


def draw_secret(canvas: "Canvas", picture: bytearray, count: int, y: int) -> None:
    """The part of a row of digits or masks where the last of `count` typed ones is; `picture` is overwritten."""
    shown = None
    try:
        start, end = window(canvas, len(picture), count)
        shown = picture[start:end]
        draw_digits(canvas, (shown,), y)
    finally:
        wipe(picture, shown)


def window(canvas: "Canvas", capacity: int, count: int) -> tuple[int, int]:
    """Which positions to show of `capacity`, of which `count` are typed: the last ones, or in large mode a group."""
    size = canvas.layout.window
    if capacity <= size:
        return 0, capacity
    if canvas.layout.is_large:
        start = max(count - 1, 0) // size * size
        return start, min(start + size, capacity)
    end = min(capacity, max(size, count))
    return end - size, end


def groups_of(digits: str, size: int = GROUP) -> list[str]:
    """A code in groups of `size` digits."""
    return [digits[start : start + size] for start in range(0, len(digits), size)]


def draw_medium_centred(canvas: "Canvas", y: int, groups: list[str]) -> None:
    """Groups of medium digits, half a large cell apart if there is room."""
    digits = "".join(groups)
    spare = canvas.width - 2 * width_of(digits)
    gap = min(GROUP_GAP, spare // max(len(groups) - 1, 1))
    x = (spare - gap * (len(groups) - 1)) // 2
    for group in groups:
        canvas.text_medium(x, y, group)
        x += 2 * width_of(group) + gap


class Pages:
    """Lines of text that may take several screens: A turns back, B and OK turn on."""

    def __init__(
        self, canvas: "Canvas", title: str, lines: list[str], legend: str, may_be_bare: bool = False
    ) -> None:
        """What fills a flat panel `may_be_bare` of title and legend, if the legend names no key but OK."""
        self._canvas = canvas
        self._title = title
        self._lines = lines
        self._legend = legend
        layout = canvas.layout
        self._is_bare = may_be_bare and layout.is_flat and len(lines) == canvas.rows
        self._rows = canvas.rows if self._is_bare else layout.body_rows
        self._page = 0
        self._last = max(len(lines) - 1, 0) // self._rows

    @property
    def is_last(self) -> bool:
        """Whether the last page is shown."""
        return self._page == self._last

    def turn(self, key: str) -> bool:
        """Turn the page that this key asks for; False if it asks for none."""
        if key == "A" and self._page:
            self._page -= 1
        elif key in ("B", "OK") and not self.is_last:
            self._page += 1
        else:
            return False
        return True

    def draw(self) -> None:
        """Show the page."""
        canvas = self._canvas
        mark = f"A↑B↓ {self._page + 1}/{self._last + 1}" if self._last else ""
        if self._is_bare:
            canvas.clear()
            y = 0
        else:
            draw_frame(canvas, self._title, self._legend, "", mark)
            y = canvas.layout.body
        start = self._page * self._rows
        for line in self._lines[start : start + self._rows]:
            canvas.text(0, y, fitted(line, canvas.width))
            y += 8
        canvas.show()


def _joined(mark: str, legend: str) -> str:
    return mark + " " + legend if mark and legend else mark or legend


def _draw_row(canvas: "Canvas", prompt: str, right: str, mark: str) -> None:
    """Prompt on the left, and on the right what there is room for: all, or all but the C key, or else the mark."""
    if right and width_of(prompt + " " + right) > canvas.width:
        right = right.replace("*C #", "#")
        if width_of(prompt + " " + right) > canvas.width:
            right = mark
    room = canvas.width - width_of(" " + right) if right else canvas.width
    canvas.text(0, 0, fitted(prompt, room))
    canvas.text_right(0, right)
