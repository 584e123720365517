"""A PIN that came by letter: it gives one code, and then has to be changed."""

from dsc.app.errors import Cancelled
from dsc.protocol.records import KIND_PIN, MODE_VERIFIED, OFFSET_ANSWERED, PinOffset
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential
    from dsc.protocol.verified import Wrapping


def is_over(token: "Token") -> bool:
    """Whether the PIN is the user's own: it did not come by letter, or has been changed since."""
    return not _state(token).must_change


def due(token: "Token") -> bool:
    """Whether the PIN must be changed before anything else is done."""
    state = _state(token)
    return state.must_change and state.answered


def _state(token: "Token") -> "PinOffset | Wrapping":
    vault = token.vault
    return vault.wrapping if vault.root.mode == MODE_VERIFIED else vault.offset


def before_code(token: "Token", credential: "Credential") -> None:
    """Commit that the PIN from a letter has had its one code, before that code is shown; soft mode.

    A code without a PIN does not count. In verified mode the flag is under the PIN's tag, and has been written when
    that PIN was right.
    """
    vault = token.vault
    if vault.root.mode == MODE_VERIFIED or credential.kind != KIND_PIN:
        return
    offset = vault.offset
    if offset.must_change and not offset.answered:
        vault.replace_offset(PinOffset(offset.offset, offset.flags | OFFSET_ANSWERED))


def run(token: "Token") -> None:
    """Say that the PIN must be changed, and change it. Raises TimedOut."""
    from dsc.app import change_pin, notice  # once in a token's life

    try:
        notice.show(token, texts.text("change.title"), texts.text("activation.message"))
        change_pin.run(token)
    except Cancelled:
        pass  # the token goes dark: there is no other screen to go back to
