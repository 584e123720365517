"""A new PIN: typed twice, and refused if it is among those that are guessed first."""

from dsc.app import again
from dsc.crypto.memory import equal
from dsc.protocol import pin as rules
from dsc.protocol.errors import WeakPinError
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

REASONS = {
    rules.REPEATED_DIGIT: "weak.repeated-digit",
    rules.STRAIGHT_RUN: "weak.straight-run",
    rules.REPEATED_PATTERN: "weak.repeated-pattern",
    rules.YEAR: "weak.year",
    rules.COMMON: "weak.common",
}


def ask(token: "Token", old: bytearray | None = None) -> bytearray:
    """A new PIN, as long as the present one, and not `old`; the caller wipes it. Raises Cancelled, TimedOut."""

    def fault(new: bytearray) -> str:
        if old is not None and equal(new, old):
            return texts.text("new-pin.same")
        try:
            rules.check_pin(new)
        except WeakPinError as error:
            return texts.text(REASONS[error.rule])
        return ""

    return again.ask(token, texts.text("new-pin.title"), texts.text("new-pin.again"), fault)
