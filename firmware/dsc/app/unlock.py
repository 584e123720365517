"""A locked token: its number is read to the help desk, the code that comes back lets a new PIN be set."""

from dsc.app import new_pin, notice, number, wrapping
from dsc.app.errors import Cancelled, TimedOut
from dsc.crypto.memory import wipe
from dsc.crypto.seal import UNLOCK_CODE_DIGITS
from dsc.protocol.verified import ATTEMPT_CODE
from dsc.ui import texts
from dsc.vault.store import Vault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


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
    code = number.ask_code(token, texts.text("unlock.code"), UNLOCK_CODE_DIGITS)
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
    facts = texts.text("about.serial", vault.root.serial)
    facts += "\n" + texts.text("locked.number", vault.wrapping.unlock_number)
    # What a flat panel has room for: two pages would say no more.
    is_flat = token.canvas.layout.is_flat
    facts += "\n" + texts.text("locked.legend" if is_flat else "locked.message")
    notice.show(token, texts.text("locked.title"), facts, legend="locked.legend")


def _destroy(token: "Token") -> None:
    """Erase everything, and restart as a token that was never made; a power cut leaves it to the next boot."""
    token.blank()
    Vault.erase(token.board.flash)
    token.board.power.clean_memory()
    token.board.power.reset()
    raise TimedOut  # where a reset returns
