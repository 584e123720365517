"""The factory reset: two keys held while the token is switched on, four digits typed, and nothing is left.

It asks for no PIN: whoever forgot it needs it, and whoever holds the token could erase its flash without it too. It
works on a vault that cannot be read as well. What is begun is completed at the next boot, before anything else.
"""

from dsc.app import confirmation, halt, number, timing
from dsc.app.errors import FlowEnded
from dsc.ui import texts
from dsc.ui.canvas import wrap
from dsc.ui.keypad import CLEAR, SCAN_MS
from dsc.vault.errors import VaultError, VaultWriteError
from dsc.vault.store import BLANK, SEALED, Vault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

KEYS = (CLEAR, "D")  # two corners: no pocket presses them, nor one finger


def is_wanted(token: "Token") -> bool:
    """Whether the two keys, and no others, are down from power-on for three seconds, on a token with anything on it."""
    token.keypad.absorb()
    if not token.keypad.are_down(KEYS) or not _has_content(token):
        return False
    canvas = token.canvas
    canvas.clear()
    _draw_title(token, texts.text("reset.hold"))
    start = now = token.now()
    while now - start < timing.RESET_HOLD_MS:
        canvas.bar(0, canvas.height - 8, canvas.width, 6, (now - start) * 1000 // timing.RESET_HOLD_MS)
        canvas.show()
        token.board.watchdog.feed()
        token.keypad.poll()
        if not token.keypad.are_down(KEYS):
            return False
        token.board.clock.sleep(SCAN_MS)
        now = token.now()
    return True


def run(token: "Token") -> None:
    """Ask, erase, and restart; a restart is what cancelling and time-out lead to as well.

    The digits to be typed are the last four of the board's id, read as a number: always the same, no secret.
    """
    board = token.board
    wanted = confirmation.digits_of(board.identity.uid)
    try:
        while (
            number.ask(token, texts.text("reset.type", wanted), confirmation.DIGITS, confirmation.DIGITS)
            != wanted
        ):
            pass
    except FlowEnded:
        pass
    else:
        _erase(token)
    token.blank()
    board.power.clean_memory()
    board.power.reset()


def _erase(token: "Token") -> None:
    token.canvas.clear()
    _draw_title(token, texts.text("reset.erasing"))
    token.canvas.show()
    try:
        Vault.erase(token.board.flash)
    except VaultWriteError as error:
        halt.show(token, texts.text("halt.title"), texts.text("halt.vault-worn"), type(error).__name__)


def _has_content(token: "Token") -> bool:
    """Whether there is anything to erase, readable or not; from here on the token speaks its user's language."""
    try:
        vault = Vault.mount(token.board.flash)
    except VaultError:
        return True
    if vault.state == SEALED:
        texts.use(vault.settings.language)
    return vault.state != BLANK


def _draw_title(token: "Token", message: str) -> None:
    canvas = token.canvas
    y = 0
    if not canvas.layout.is_flat:
        canvas.text_medium(0, 0, texts.text("reset.title"))
        y = 16
    for line in wrap(message, canvas.width):
        canvas.text(0, y, line)
        y += 8
