"""A locked token: its number is read to the help desk, the code that comes back lets a new PIN be set."""

from dsc.app import new_pin, notice, timing, typed_code, wrapping
from dsc.app.errors import Cancelled, TimedOut
from dsc.crypto.memory import wipe
from dsc.crypto.seal import UNLOCK_CODE_DIGITS
from dsc.protocol.verified import ATTEMPT_CODE
from dsc.ui import texts
from dsc.ui.canvas import fitted, wrap
from dsc.ui.keypad import OK, PRESS
from dsc.vault.store import Vault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token

SHORT = 4  # rows of text on a panel without room for more than serial and number


def run(token: "Token") -> None:
    """Unlock the token, or say that nothing can; a token that is made to wipes itself instead.

    The right code without a new PIN leaves the token locked, and due to the same code; only the attempts at the
    code are forgiven. Raises Cancelled back to the locked screen, TimedOut.
    """
    vault = token.vault
    if vault.root.wipes:
        _destroy(token)
        return
    left = vault.root.code_limit - vault.failures(ATTEMPT_CODE)
    if left < 1:
        notice.show(token, texts.text("blocked.title"), texts.text("blocked.message", vault.root.serial))
        return
    _show_number(token)
    code = typed_code.ask(token, texts.text("unlock.code"), UNLOCK_CODE_DIGITS)
    dek = new = None
    try:
        vault.begin_attempt(ATTEMPT_CODE)
        dek = wrapping.open_dek_by_code(token, code)
        wipe(code)
        if dek is None:
            if left > 1:
                notice.show(token, texts.text("unlock.wrong"), texts.text("unlock.left", left - 1))
            raise Cancelled  # to the first screen, which says what is left to do
        vault.forgive(ATTEMPT_CODE)
        new = new_pin.ask(token)
        wrapping.write_unlocked(token, dek, new)
    finally:
        wipe(code, dek, new)
    notice.show(token, texts.text("unlock.title"), texts.text("change.done"))


def _show_number(token: "Token") -> None:
    """Show serial and number until OK. Raises TimedOut."""
    vault = token.vault
    canvas = token.canvas
    canvas.clear()
    lines = [fitted(texts.text("about.serial", vault.root.serial), canvas.width)]
    lines.append(fitted(texts.text("locked.number", vault.wrapping.unlock_number), canvas.width))
    y = 0
    if canvas.rows > SHORT:
        canvas.text_medium(0, 0, texts.text("locked.title"))
        lines += wrap(texts.text("locked.message"), canvas.width)
        y = 16
    for row, line in enumerate(lines):
        canvas.text(0, y + 8 * row, line)
    canvas.text(0, canvas.height - 8, texts.text("locked.legend"))
    canvas.show()
    deadline = token.now() + timing.HALT_MS
    while token.next_key(deadline) != (PRESS, OK):
        pass


def _destroy(token: "Token") -> None:
    """Erase everything, and restart as a token that was never made; a power cut leaves it to the next boot."""
    token.blank()
    Vault.erase(token.board.flash)
    token.board.power.clean_memory()
    token.board.power.reset()
    raise TimedOut  # where a reset returns
