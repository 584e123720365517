"""A PIN typed twice, wherever nothing else could tell that it was mistyped."""

from dsc.app import notice, pin
from dsc.crypto.memory import equal, wipe
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.app.token import Token


def ask(
    token: "Token",
    title: str,
    title_again: str,
    fault: "Callable[[bytearray], str] | None" = None,
    is_first: bool = False,
) -> bytearray:
    """A PIN that was typed twice alike; the caller wipes it.

    `fault` tells what is wrong with it as the text of a notice, empty if nothing is: then it is asked for anew, as
    after two that differ. Raises as `pin.ask` does.
    """
    while True:
        first = pin.ask(token, title, is_first)
        second = None
        try:
            wrong = fault(first) if fault else ""
            if not wrong:
                second = pin.ask(token, title_again, False)
                if equal(first, second):
                    result, first = first, bytearray()
                    return result
                wrong = texts.text("pin.differs")
        finally:
            wipe(first, second)
        notice.show(token, texts.text("pin.refused"), wrong)
