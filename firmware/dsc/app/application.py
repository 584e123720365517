"""What a sealed token does from its first screen on, for ever."""

from dsc.app import activation, codes, lock
from dsc.app.errors import Cancelled, FlowEnded, MenuWanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def run(token: "Token") -> None:
    """The application of a sealed token: one code after the other, asleep in between."""
    token.apply_settings()
    while True:
        try:
            _turn(token)
        except Cancelled:
            # Back to the first screen, with everything typed overwritten.
            token.board.power.clean_memory()
            continue
        except FlowEnded:
            pass
        token.sleep()


def _turn(token: "Token") -> None:
    """What the first screen is for: a code, unless the PIN must be changed first, or the token is locked."""
    if lock.reached(token):
        lock.run(token)
    elif activation.due(token):
        activation.run(token)
    else:
        try:
            codes.run(token)
        except MenuWanted:
            # Most of the menu's entries are never wanted, and power-on would wait for all of them.
            from dsc.app import home

            home.run(token)
