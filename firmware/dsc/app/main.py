"""From power-on to the last screen: self-test, vault, then factory or application."""

from dsc.app import factory, halt, login, selftest
from dsc.app.errors import Cancelled, FlowEnded, UnusableSuiteError
from dsc.app.token import Token
from dsc.crypto.errors import CryptoError
from dsc.hal import FlashError
from dsc.ui import texts
from dsc.vault.errors import UnknownRecordError, VaultError, VaultFormatError, VaultFullError, VaultWriteError
from dsc.vault.store import SEALED, Vault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.hal import Board


def run(board: "Board") -> None:
    """Run the token; returns only where a reset of the board does.

    Raises DisplayMissingError: without a display there is nobody to talk to.
    """
    token = Token(board, board.open_display())
    try:
        _start(token)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the screen must not stay as it was
        board.report(error)
        _stop(token, error)


def _start(token: Token) -> None:
    failed = selftest.failures(token.board.kdf)
    if failed:
        halt.show(token, texts.text("halt.title"), texts.text("halt.selftest"), " ".join(failed))
        return
    try:
        token.vault = Vault.mount(token.board.flash)
    except (UnknownRecordError, VaultFormatError) as error:
        halt.show(token, texts.text("halt.title"), texts.text("halt.vault-newer"), type(error).__name__)
        return
    except VaultWriteError as error:
        halt.show(token, texts.text("halt.title"), texts.text("halt.vault-worn"), type(error).__name__)
        return
    except VaultError as error:
        halt.show(token, texts.text("halt.title"), texts.text("halt.vault-damaged"), type(error).__name__)
        return
    if token.vault.state == SEALED:
        _use(token)
    else:
        factory.run(token)


def _use(token: Token) -> None:
    """The application of a sealed token: one login after the other, asleep in between."""
    while True:
        try:
            login.run(token)
        except Cancelled:
            continue  # back to the first screen, with everything typed overwritten
        except FlowEnded:
            pass
        token.sleep()


def _stop(token: Token, error: Exception) -> None:
    """What is left after an unexpected error: a screen with its name, then a restart."""
    if isinstance(error, VaultFullError):
        message = texts.text("error.vault-full")
    elif isinstance(error, (VaultWriteError, FlashError)):
        message = texts.text("halt.vault-worn")
    elif isinstance(error, (UnusableSuiteError, CryptoError)):
        message = texts.text("error.suite")
    else:
        message = texts.text("error.stopped")
    token.board.power.clean_memory()
    halt.show(token, texts.text("error.title"), message, type(error).__name__)
