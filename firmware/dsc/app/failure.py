"""What is left after an error that no flow expected: a screen with its name, then a restart."""

from dsc.app import halt
from dsc.app.errors import UnusableSuiteError
from dsc.crypto.errors import CryptoError
from dsc.hal import FlashError
from dsc.protocol.errors import MethodError
from dsc.ui import texts
from dsc.vault.errors import VaultFullError, VaultWriteError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token


def stop(token: "Token", error: Exception) -> None:
    """Show the name of an error that ended everything, then restart; a developer's board tells more of it."""
    token.board.power.clean_memory()
    token.board.report(error)
    if isinstance(error, VaultFullError):
        message = texts.text("error.vault-full")
    elif isinstance(error, (VaultWriteError, FlashError)):
        message = texts.text("halt.vault-worn")
    elif isinstance(error, (UnusableSuiteError, CryptoError, MethodError)):
        message = texts.text("error.suite")
    else:
        message = texts.text("error.stopped")
    halt.show(token, texts.text("error.title"), message, type(error).__name__)
