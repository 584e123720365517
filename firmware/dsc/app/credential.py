"""What every use of a credential begins and ends with: the choice, the key, and what is kept before a code is shown."""

from dsc.app import activation, device_keys, unsealing
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
    from dsc.app import choose

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

    Raises what `unsealing.ask_key` does, and MenuWanted.
    """
    if credential.kind == KIND_OPEN:
        return device_keys.open_key(token, credential)
    return unsealing.ask_key(token, credential)


def before_code(token: "Token", credential: "Credential", counted: bool) -> int | None:
    """Write what must be in flash before a code is computed; the counter to compute it with, if it is `counted`.

    The vault has the next value before this one is used: no power cut can make a code come twice. A credential has one
    counter, for logins, signatures and plain codes alike. A PIN from a letter has had its one code from here on. Raises
    VaultError if it cannot be kept.
    """
    counter = token.vault.advance_counter(credential.id) - 1 if counted else None
    activation.before_code(token, credential)
    return counter
