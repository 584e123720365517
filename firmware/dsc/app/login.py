"""The login flow: PIN, challenge, response."""

from dsc.app import challenge, credential, response, suites
from dsc.crypto import ocra
from dsc.crypto.memory import wipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential


def run(token: "Token", chosen: "Credential") -> None:
    """One login, from the PIN to the blank screen.

    Raises Cancelled or TimedOut; PIN and key are overwritten on every way out. Raises SuiteError or UnusableSuiteError
    for a suite that this token cannot serve, VaultError if the counter cannot be kept.
    """
    suite = suites.login_suite(chosen.login)
    key = credential.open_key(token, chosen)
    try:
        question = challenge.ask(token, suite)
        counter = credential.before_code(token, chosen, suite.counter)
        code = ocra.respond(suite, key, question, counter=counter)
    finally:
        wipe(key)
    response.show(token, credential.title(token, chosen), code)
