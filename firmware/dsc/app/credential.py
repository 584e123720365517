"""What every use of a credential begins and ends with: the choice, the key, and what is kept before a code is shown."""

from dsc.app import choose, device_keys, pin, unsealing
from dsc.crypto.memory import wipe
from dsc.protocol.records import KIND_OPEN
from dsc.ui import texts
from dsc.ui.canvas import fitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential


def ask(token: "Token", credentials: "list[Credential]", is_first: bool = False) -> "Credential":
    """The credential that the user picks; the only one without asking. Raises as `choose.ask` does."""
    if len(credentials) == 1:
        return credentials[0]
    names = [name(credential) for credential in credentials]
    return credentials[choose.ask(token, texts.text("choose.title"), names, is_first)]


def name(credential: "Credential") -> str:
    """What the user knows a credential by: its label, or else its serial."""
    return credential.label or credential.serial


def title(token: "Token", credential: "Credential") -> str:
    """The name as the first line of a screen."""
    return fitted(name(credential), token.canvas.width)


def open_key(token: "Token", credential: "Credential") -> bytearray:
    """The credential's key, for which a possession-only one asks no PIN; the caller wipes it.

    Raises Cancelled, TimedOut.
    """
    if credential.kind == KIND_OPEN:
        return device_keys.open_key(token, credential)
    typed = pin.ask(token)
    try:
        return unsealing.open_key(token, credential, typed)
    finally:
        wipe(typed)


def before_code(token: "Token", credential: "Credential", counted: bool) -> int | None:
    """Write what must be in flash before a code is computed; the counter to compute it with, if it is `counted`.

    The vault has the next value before this one is used: no power cut can make a code come twice. A credential has one
    counter, for logins, signatures and plain codes alike. Raises VaultError if it cannot be kept.
    """
    if not counted:
        return None
    return token.vault.advance_counter(credential.id) - 1
