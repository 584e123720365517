"""From PIN to device key, in either mode (docs/formats.md, section 6), run against the vault."""

from dsc.app import pin, stretching
from dsc.crypto import seal
from dsc.crypto.memory import wipe
from dsc.protocol.records import MODE_VERIFIED
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential


def ask_key(token: "Token", credential: "Credential") -> bytearray:
    """The credential's key as the PIN that is asked for opens it; the caller wipes it.

    In soft mode every PIN opens to some key of the right length: nothing here, and nothing on the device, can tell
    whether it is the right one. In verified mode the PIN is asked for until it is right, and each time is counted.
    With a PIN from a letter this is its one code, and in verified mode the vault knows that from here on; in soft mode
    `activation.before_code` sees to it. Raises Cancelled, TimedOut, and LimitReached in verified mode.
    """
    if token.vault.root.mode == MODE_VERIFIED:
        from dsc.app import proving

        opened = proving.ask(token)
        try:
            proving.mark_answered(token, opened)
            return open_sealed(credential, opened.dek)
        finally:
            opened.wipe()
    typed = dek = None
    try:
        typed = _asked(token)
        # Not by `open_key`: from here on down to the progress bar the stack has no room for another call.
        dek = _soft_dek(token, typed)
        return open_sealed(credential, dek)
    finally:
        wipe(typed, dek)


def open_key(token: "Token", credential: "Credential", typed: bytearray) -> bytearray:
    """The credential's key as this PIN opens it, right or wrong, uncounted; the caller wipes it.

    For a PIN that has been asked for already. A progress bar moves while it is stretched.
    """
    dek = None
    try:
        if token.vault.root.mode == MODE_VERIFIED:
            from dsc.app import wrapping

            dek = wrapping.open_dek(token, typed)
        else:
            dek = _soft_dek(token, typed)
        return open_sealed(credential, dek)
    finally:
        wipe(dek)


def open_sealed(credential: "Credential", dek: bytearray) -> bytearray:
    """A credential's key as the DEK opens it; the caller wipes it."""
    return seal.open_key(credential.sealed_key, dek, credential.id, credential.nonce, credential.header())


def _asked(token: "Token") -> bytearray:
    if not token.vault.offset.must_change:
        return pin.ask(token)
    from dsc.app import again

    # A mistyped PIN from a letter would cost its one code, and then nothing would confirm a new one.
    return again.ask(token, texts.text("pin.letter"), texts.text("pin.again"), is_first=True)


def _soft_dek(token: "Token", typed: bytearray) -> bytearray:
    root = token.vault.root
    shifted = kek = None
    try:
        shifted = seal.shift(typed, token.vault.offset.offset)
        kek = seal.key_encryption_key(
            shifted,
            root.salt,
            root.rounds,
            root.device_secret,
            token.board.identity.uid,
            pbkdf2=stretching.pbkdf2(token),
        )
        return seal.open_dek(root.sealed_dek, kek)
    finally:
        wipe(shifted, kek)
