"""The choice among several credentials: a list of their names, which can be searched."""

from dsc.app import menu

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def ask(token: "Token", title: str, labels: list[str], is_first: bool = False) -> int:
    """The index of the label that the user picks. Raises Cancelled, TimedOut, and MenuWanted on the first screen."""
    return menu.ask(token, title, labels, is_first, searched=True)
