"""What a station may order: whatever this token could not serve is refused before anything is drawn."""

from dsc.app import suites
from dsc.crypto.memory import wipe
from dsc.protocol.duress import check_delta, moved
from dsc.protocol.errors import WeakPinError
from dsc.protocol.orders import MUST_CHANGE
from dsc.protocol.pin import check_pin
from dsc.protocol.plain import is_plain
from dsc.protocol.records import KIND_PIN, MODE_SOFT, MODE_VERIFIED
from dsc.protocol.settings import LANGUAGES
from dsc.protocol.transaction import Field, check_form
from dsc.ui.font import draws

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.hal import Board
    from dsc.protocol.orders import CredentialOrder, Provision

MOST_ROUNDS = 10_000_000
FIRST_TIME = 1_704_067_200  # 2024-01-01: no token was made before
LAST_TIME = 4_102_444_799  # the end of 2099


class OrderError(Exception):
    """The station orders a token that this board or firmware cannot be; `field` says in what."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def check_order(board: "Board", order: "Provision") -> None:
    """Refuse what this token could not serve.

    Raises PinError for a PIN that is weak or of the wrong form, DeltaError for the digits of a duress PIN, SuiteError,
    MethodError or UnusableSuiteError for a suite, FormError for a form, OrderError for all else.
    """
    if board.identity.unsealable:
        raise OrderError("board", board.identity.unsealable)
    check_pin(order.pin)
    if order.flags & ~MUST_CHANGE:
        raise OrderError("flags", f"0x{order.flags:02x} has bits that this firmware does not know")
    _check_change(order)
    _check_rounds(board, order.rounds)
    _check_mode(board, order)
    if order.delta:
        _check_duress(order)
    if order.language not in LANGUAGES:
        raise OrderError("language", f"{order.language} is unknown; it is 0 to {LANGUAGES[-1]}")
    if order.time and not FIRST_TIME <= order.time <= LAST_TIME:
        raise OrderError("time", f"{order.time} is not between the years 2024 and 2099, in Unix seconds")
    knows_time = order.time > 0 or board.wall.read() is not None
    for wanted in order.credentials:
        suites.check(wanted, knows_time)
        _check_form(wanted)
        _check_drawn("label", wanted.label)


def _check_change(order: "Provision") -> None:
    """A soft token whose PIN must be changed would be stuck without a service that can confirm the change."""
    if order.mode != MODE_SOFT or not order.flags & MUST_CHANGE:
        return
    if not any(wanted.kind == KIND_PIN and not is_plain(wanted.login) for wanted in order.credentials):
        raise OrderError(
            "flags",
            "a PIN that must be changed needs a credential with PIN and challenge, to confirm the change",
        )


def _check_rounds(board: "Board", rounds: int) -> None:
    if rounds > MOST_ROUNDS:
        raise OrderError("rounds", f"{rounds} is more than {MOST_ROUNDS}; each login would take too long")
    least = board.kdf.least_rounds
    if rounds and rounds < least:
        raise OrderError("rounds", f"{rounds} is less than {least}, the least on this board")


def _check_mode(board: "Board", order: "Provision") -> None:
    if order.mode == MODE_SOFT:
        if order.pin_limit or order.code_limit or order.wipes:
            raise OrderError("limits", "a soft token counts no failures, and never locks or wipes itself")
    elif order.mode != MODE_VERIFIED:
        raise OrderError(
            "mode", f"{order.mode} is unknown; it is {MODE_SOFT} soft or {MODE_VERIFIED} verified"
        )
    elif not board.identity.secure:
        raise OrderError(
            "mode", f"board {board.identity.board} keeps no device secret; only soft mode is honest here"
        )
    elif not (order.pin_limit and order.code_limit):
        raise OrderError(
            "limits", "a verified token locks after 1 to 255 wrong PINs, and 1 to 255 wrong codes"
        )


def _check_duress(order: "Provision") -> None:
    if order.mode != MODE_SOFT:
        raise OrderError("duress", "there is no duress PIN in verified mode, which would refuse it as wrong")
    check_delta(order.delta, len(order.pin))
    duress_pin = moved(order.pin, order.delta)
    try:
        check_pin(duress_pin)
    except WeakPinError as error:
        raise OrderError("duress", f"the duress PIN is too easy to guess ({error.rule}); choose another PIN")
    finally:
        wipe(duress_pin)


def _check_form(wanted: "CredentialOrder") -> None:
    if bool(wanted.form) != bool(wanted.sign):
        raise OrderError("form", "a sign suite needs a form, and a form a sign suite")
    if not wanted.form:
        return
    check_form([Field(*field) for field in wanted.form])
    for field in wanted.form:
        _check_drawn("form", field[1])


def _check_drawn(field: str, text: str) -> None:
    for character in text:
        if not draws(ord(character)):
            raise OrderError(field, f"the display has no character U+{ord(character):04X}")
