"""Keys that no PIN guards: those of possession-only credentials, and those that check a login page."""

from dsc.crypto import seal
from dsc.crypto.memory import wipe
from dsc.protocol.records import KIND_OPEN, MODE_VERIFIED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential


def open_key(token: "Token", credential: "Credential") -> bytearray:
    """The key of a KIND_OPEN or KIND_SERVER credential; the caller wipes it.

    It is sealed under the device secret alone, so whoever has a dump of a soft token has it too. Raises HalError in
    verified mode if the board cannot give its secret.
    """
    root = token.vault.root
    purpose = "open" if credential.kind == KIND_OPEN else "server"
    secret = wrapping = None
    try:
        if root.mode == MODE_VERIFIED:
            secret = token.board.secret()
        # A soft vault's own is in flash in clear, and stays where it is.
        wrapping = seal.device_key(secret or root.device_secret, token.board.identity.uid, purpose)
        return seal.open_key(
            credential.sealed_key, wrapping, credential.id, credential.nonce, credential.header()
        )
    finally:
        wipe(wrapping, secret)
