"""The typed confirmation of what cannot be undone: four digits on screen that must be typed."""

from dsc.app import notice, number
from dsc.app.errors import Cancelled
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

DIGITS = 4


def ask(token: "Token", title: str, message: str, of: "bytes | bytearray") -> None:
    """Return once the user has read the message and typed the digits; they are made of the bytes `of`, no secret.

    They must not be random: two tokens of which one key is pressed alike show alike. Wrong ones are asked for again.
    Raises Cancelled for No, and when C is held, TimedOut.
    """
    if not notice.ask(token, title, message):
        raise Cancelled
    wanted = digits_of(of)
    while number.ask(token, texts.text("confirmation.type", wanted), DIGITS, DIGITS) != wanted:
        pass


def digits_of(data: "bytes | bytearray") -> str:
    """The four digits that confirm what concerns these bytes."""
    return f"{int.from_bytes(data, 'big') % 10**DIGITS:0{DIGITS}d}"
