"""How digits are typed, on every screen where that is done."""

from dsc.app import timing
from dsc.app.errors import Cancelled
from dsc.ui import texts
from dsc.ui.keypad import CLEAR, HOLD, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.app.digits import DigitEntry
    from dsc.app.token import Token


def type_digits(
    token: "Token",
    entry: "DigitEntry",
    draw: "Callable[[str], None]",
    check: "Callable[[int, bool], str]",
    full: str = "number.full",
    deadline: int | None = None,
) -> None:
    """Let digits be typed into `entry` until they are accepted.

    `draw` shows the screen with a notice, empty most of the time, which stays until the next key. `check` is asked at
    OK: it is given how many are typed and whether OK was the key before, too, and returns a notice, or nothing if they
    are accepted. `full` names the notice that no more fit. Raises Cancelled when C is held, TimedOut at `deadline`
    (ms since power-on), or else after 60 s without a key.
    """
    notice = ""
    was_ok = False
    while True:
        draw(notice)
        end = token.now() + timing.CHALLENGE_MS if deadline is None else deadline
        kind, key = token.next_key(end)
        if kind == HOLD:
            if key == CLEAR:
                raise Cancelled
            continue
        again, was_ok, notice = was_ok, False, ""
        if key in "0123456789":
            if not entry.add(key):
                notice = texts.text(full, entry.capacity)
        elif key == CLEAR:
            entry.remove_last()
        elif key == OK:
            notice = check(entry.count, again)
            if not notice:
                return
            was_ok = True
