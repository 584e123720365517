"""From PIN to device key: soft sealing (docs/formats.md, section 6), run against the vault."""

from dsc.crypto import seal
from dsc.crypto.memory import wipe
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dsc.app.token import Token
    from dsc.hal import Buffer
    from dsc.protocol.records import Credential

PROGRESS_STEPS = 20


def open_key(token: "Token", credential: "Credential", pin: bytearray) -> bytearray:
    """The credential's key as this PIN opens it; the caller wipes it.

    Every PIN opens to some key of the right length: nothing here, and nothing on the device, can tell whether
    it is the right one. A progress bar moves while the PIN is stretched.
    """
    root = token.vault.root
    shifted = kek = dek = None
    try:
        shifted = seal.shift(pin, token.vault.offset.offset)
        kek = seal.key_encryption_key(
            shifted,
            root.salt,
            root.rounds,
            root.device_secret,
            token.board.identity.uid,
            pbkdf2=_stretch(token),
        )
        dek = seal.open_dek(root.sealed_dek, kek)
        return seal.open_key(credential.sealed_key, dek, credential.id, credential.nonce, credential.header())
    finally:
        wipe(shifted, kek, dek)


def _stretch(token: "Token") -> "Callable[[Buffer, Buffer, int, int], bytearray]":
    """PBKDF2 of the board, with the progress bar on the canvas."""

    def pbkdf2(password: "Buffer", salt: "Buffer", rounds: int, length: int) -> bytearray:
        drawn = -1
        canvas = token.canvas
        canvas.clear()
        canvas.text_centred(24, texts.text("wait"))

        def progress(done: int) -> None:
            nonlocal drawn
            token.board.watchdog.feed()
            step = done * PROGRESS_STEPS // rounds
            if step != drawn:
                drawn = step
                canvas.bar(14, 38, 100, 6, step * 1000 // PROGRESS_STEPS)
                canvas.show()

        progress(0)
        return token.board.kdf.pbkdf2_sha256(password, salt, rounds, length, progress)

    return pbkdf2
