"""What the user can set: language, brightness, when the display goes off, large digits, key sounds."""

from dsc.app import menu, screen
from dsc.app.errors import Cancelled
from dsc.protocol.settings import KEY_TICKS, LARGE_MODE, Settings
from dsc.ui import texts
from dsc.ui.keypad import CLEAR, HOLD, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

AUTO_OFF_S = (15, 30, 60, 120, 300)
LEVELS = (1, 16, 48, 96, 160, 255)  # of brightness, in steps that look alike
BAR_MARGIN = 4


def choose_language(token: "Token") -> None:
    """Let the user choose the language; each is called as it calls itself. Raises Cancelled, TimedOut."""
    new = _copy(token)
    title = texts.text("menu.language")
    new.language = menu.ask(token, title, list(texts.LANGUAGES), chosen=new.language)
    _keep(token, new)


def choose_auto_off(token: "Token") -> None:
    """Let the user choose how long screens without a secret wait. Raises Cancelled, TimedOut."""
    new = _copy(token)
    items = [texts.text("settings.seconds", seconds) for seconds in AUTO_OFF_S]
    present = AUTO_OFF_S.index(new.auto_off) if new.auto_off in AUTO_OFF_S else 0
    new.auto_off = AUTO_OFF_S[menu.ask(token, texts.text("menu.auto-off"), items, chosen=present)]
    _keep(token, new)


def choose_large(token: "Token") -> None:
    """Let the user have digits shown four at a time and as large as can be. Raises Cancelled, TimedOut."""
    _choose_flag(token, "menu.large", LARGE_MODE)


def choose_ticks(token: "Token") -> None:
    """Let the user have keys make a sound. Raises Cancelled, TimedOut."""
    _choose_flag(token, "menu.ticks", KEY_TICKS)


def choose_brightness(token: "Token") -> None:
    """Let the user make the display darker and brighter, which shows at once; it is kept at OK.

    Raises Cancelled, TimedOut; then it is as it was before.
    """
    new = _copy(token)
    place = 0
    while place < len(LEVELS) - 1 and LEVELS[place] < new.brightness:
        place += 1
    try:
        while True:
            token.set_contrast(LEVELS[place])
            _draw_brightness(token, place)
            kind, key = token.next_key(token.now() + token.patience_ms)
            if kind == HOLD and key == CLEAR:
                raise Cancelled
            if kind == HOLD:
                continue
            if key == OK:
                new.brightness = LEVELS[place]
                _keep(token, new)
                return
            if key == "A":
                place = min(place + 1, len(LEVELS) - 1)
            elif key == "B":
                place = max(place - 1, 0)
    finally:
        token.set_contrast(token.vault.settings.brightness)


def _choose_flag(token: "Token", name: str, flag: int) -> None:
    new = _copy(token)
    items = [texts.text("settings.off"), texts.text("settings.on")]
    if menu.ask(token, texts.text(name), items, chosen=1 if new.flags & flag else 0):
        new.flags |= flag
    else:
        new.flags &= ~flag
    _keep(token, new)


def _copy(token: "Token") -> Settings:
    present = token.vault.settings
    return Settings(present.language, present.brightness, present.auto_off, present.flags)


def _keep(token: "Token", new: Settings) -> None:
    """Write what was changed, if anything was: flash wears."""
    if new.encode() != token.vault.settings.encode():
        token.vault.replace_settings(new)
    token.apply_settings()


def _draw_brightness(token: "Token", place: int) -> None:
    canvas = token.canvas
    layout = canvas.layout
    screen.draw_frame(canvas, texts.text("menu.brightness"), "")
    canvas.text(0, layout.bottom, texts.text("settings.legend"))
    y = layout.body if layout.is_flat else layout.body + 8
    width = canvas.width - 2 * BAR_MARGIN
    canvas.bar(BAR_MARGIN, y, width, 8, 1000 * (place + 1) // len(LEVELS))
    canvas.show()
