"""From power-on to the last screen: self-test, vault, then factory or application."""

from dsc.app import failure, halt, selftest
from dsc.app.token import Token
from dsc.ui import texts
from dsc.vault.errors import UnknownRecordError, VaultError, VaultFormatError, VaultWriteError
from dsc.vault.store import SEALED, Vault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.factory import Factory
    from dsc.hal import Board

# What restarted the board, and the text that says so.
CAUSES = {"fault": "cause.fault", "escaped": "cause.escaped", "hang": "cause.hang", "door": "cause.door"}


def start(board: "Board") -> "Factory | None":
    """Run the token. Returns only on a blank one, with its factory screen shown, or where a reset does.

    Raises DisplayMissingError: without a display there is nobody to talk to.
    """
    token = Token(board, board.open_display())
    try:
        return _start(token)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the screen must not stay as it was
        failure.stop(token, error)
    return None


def run(board: "Board") -> None:
    """Run the token, and serve the station for as long as it is blank; returns only where a reset does.

    For boards whose link has no other use. Raises DisplayMissingError.
    """
    waiting = start(board)
    while waiting:
        waiting.serve()


def _start(token: Token) -> "Factory | None":
    """The application, or the factory of a blank token; None after a halt screen that was left by a reset."""
    failure_before = token.board.power.failure()
    if failure_before:
        halt.show(
            token,
            texts.text("error.title"),
            texts.text("error.restarted"),
            texts.text(CAUSES[failure_before]),
        )
        return None
    failed = selftest.failures(token.board.kdf)
    if failed:
        halt.show(token, texts.text("halt.title"), texts.text("halt.selftest"), " ".join(failed))
        return None
    token.tested = True
    if token.keypad.any_down() and _reset(token):
        return None
    try:
        token.vault = Vault.mount(token.board.flash)
    except (UnknownRecordError, VaultFormatError) as error:
        _halt(token, "halt.vault-newer", error)
    except VaultWriteError as error:
        _halt(token, "halt.vault-worn", error)
    except VaultError as error:
        _halt(token, "halt.vault-damaged", error)
    else:
        # Not before: a blank token that runs from its sources has no room for both, and a user waits for the PIN.
        if token.vault.state != SEALED:
            from dsc.app import factory

            return factory.wait(token)
        from dsc.app import application

        application.run(token)
    return None


def _reset(token: Token) -> bool:
    """Whether the keys that are down at power-on have led to a factory reset, or to a restart without one."""
    from dsc.app import factory_reset

    if not factory_reset.is_wanted(token):
        return False
    factory_reset.run(token)
    return True


def _halt(token: Token, name: str, error: VaultError) -> None:
    halt.show(token, texts.text("halt.title"), texts.text(name), type(error).__name__)
