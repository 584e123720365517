"""The menu, which D opens on every first screen."""

from dsc.app import about, change_pin, choose, sign
from dsc.app.errors import Cancelled
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def _about(token: "Token") -> None:
    """The about screen, and then back to the first screen."""
    about.show(token)
    raise Cancelled


# What it is called, what tells whether it is there (None: it always is), what it does.
ENTRIES = (
    ("menu.sign", sign.able, sign.run),
    ("menu.change-pin", None, change_pin.run),
    ("menu.about", None, _about),
)


def run(token: "Token") -> None:
    """One entry of the menu, up to the end of what it does. Raises Cancelled, TimedOut, and what the entry raises."""
    offered = [
        (texts.text(name), act) for name, is_there, act in ENTRIES if is_there is None or is_there(token)
    ]
    chosen = choose.ask(token, texts.text("menu.title"), [label for label, _ in offered])
    offered[chosen][1](token)
