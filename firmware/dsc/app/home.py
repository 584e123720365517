"""The menu, which D opens on every first screen."""

from dsc.app import about, change_pin, choose
from dsc.app.errors import Cancelled
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def _about(token: "Token") -> None:
    """The about screen, and then back to the first screen."""
    about.show(token)
    raise Cancelled


def _always(token: "Token") -> bool:
    return True


# What it is called, whether it is there, what it does.
ENTRIES = (
    ("menu.change-pin", _always, change_pin.run),
    ("menu.about", _always, _about),
)


def run(token: "Token") -> None:
    """One entry of the menu, up to the end of what it does. Raises Cancelled, TimedOut, and what the entry raises."""
    offered = [(texts.text(name), act) for name, is_there, act in ENTRIES if is_there(token)]
    chosen = choose.ask(token, texts.text("menu.title"), [label for label, _ in offered])
    offered[chosen][1](token)
