"""The menu, which D opens on every first screen."""

from dsc.app import about, activation, change_pin, labels, menu, settings, sign
from dsc.app.errors import Cancelled
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def _has_buzzer(token: "Token") -> bool:
    return token.board.buzzer.present


def _about(token: "Token") -> None:
    about.show(token)


# What it is called; what tells whether it is there (None: it always is); what it does; and whether the menu is there
# again afterwards, or else the token goes dark, as after a code.
ENTRIES = (
    ("menu.sign", sign.able, sign.run, False),
    ("menu.change-pin", None, change_pin.run, False),
    ("menu.language", None, settings.choose_language, True),
    ("menu.brightness", None, settings.choose_brightness, True),
    ("menu.auto-off", None, settings.choose_auto_off, True),
    ("menu.large", None, settings.choose_large, True),
    ("menu.ticks", _has_buzzer, settings.choose_ticks, True),
    ("menu.rename", None, labels.rename, True),
    ("menu.delete", activation.is_over, labels.delete, True),  # or nobody might be left to confirm a new PIN
    ("menu.about", None, _about, True),
)


def run(token: "Token") -> None:
    """Entries of the menu, until one that ends in the dark; C held there leads back to the first screen.

    Cancelling an entry after which the menu comes again leads to the menu. Raises Cancelled, TimedOut, and what the
    entries raise.
    """
    chosen = 0
    while True:
        offered = [entry for entry in ENTRIES if entry[1] is None or entry[1](token)]
        names = [texts.text(entry[0]) for entry in offered]
        chosen = menu.ask(token, texts.text("menu.title"), names, chosen=chosen)
        _, _, act, comes_again = offered[chosen]
        try:
            act(token)
        except Cancelled:
            if not comes_again:
                raise
        if not comes_again:
            return
