"""The login flow: credential, PIN, challenge, response."""

from dsc.app import activation, challenge, choose, response, unsealing
from dsc.app.errors import UnusableSuiteError
from dsc.crypto import ocra
from dsc.crypto.memory import wipe
from dsc.ui import texts
from dsc.ui.canvas import fitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.protocol.records import Credential


def run(token: "Token") -> None:
    """One login, from the choice of a credential to the blank screen.

    Raises Cancelled or TimedOut; PIN and key are overwritten on every way out. Raises
    UnusableSuiteError for a suite that this token cannot serve, VaultError if the counter cannot be kept.
    """
    credential = _choose(token)
    suite = usable_suite(credential.login)
    key = unsealing.ask_key(token, credential)
    try:
        question = challenge.ask(token, suite)
        counter = None
        if suite.counter:
            # The vault has the next value before this one is used: no power cut can make a code come twice.
            counter = token.vault.advance_counter(credential.id) - 1
        activation.before_code(token, credential)
        code = ocra.respond(suite, key, question, counter=counter)
    finally:
        wipe(key)
    response.show(token, fitted(credential.label or credential.serial, token.canvas.width), code)


def usable_suite(text: str) -> "ocra.Suite":
    """The login suite, parsed, if this token can answer it.

    Raises SuiteError for an illegal one, UnusableSuiteError for a legal one that needs letters, a PIN
    hash, session data, a clock, or more than ten digits on the display.
    """
    suite = ocra.Suite.parse(text)
    if suite.question_format != "N":
        raise UnusableSuiteError(text, "the keypad types digits only")
    if suite.pin_algorithm:
        raise UnusableSuiteError(text, "a soft token's PIN never enters a code")
    if suite.session_length:
        raise UnusableSuiteError(text, "the token has no session data")
    if suite.time_step:
        raise UnusableSuiteError(text, "the token has no clock")
    if not suite.digits:
        raise UnusableSuiteError(text, "an untruncated HMAC does not fit the display")
    return suite


def _choose(token: "Token") -> "Credential":
    credentials = token.vault.credentials()
    if len(credentials) == 1:
        return credentials[0]
    return credentials[
        choose.ask(token, texts.text("choose.title"), [c.label or c.serial for c in credentials], True)
    ]
