"""Which suites and methods this token can serve, and why it cannot serve the others."""

from dsc.app.errors import UnusableSuiteError
from dsc.crypto.ocra import Suite
from dsc.protocol.plain import Method, is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.protocol.orders import CredentialOrder

SIGN_QUESTION = ("H", 64)  # a transaction is signed as its SHA-256, in hex


def login_suite(text: str) -> "Suite":
    """A login suite that this token can answer, parsed; with a linked server key it serves mutual mode.

    Raises SuiteError for an illegal one, UnusableSuiteError for a legal one that needs letters, a PIN
    hash, session data, a clock, or more than ten digits on the display.
    """
    suite = _typed_and_shown(text)
    if suite.question_format != "N":
        raise UnusableSuiteError(text, "the keypad types digits only")
    return suite


def server_suite(text: str, login: "Suite") -> "Suite":
    """The suite of a login page's own code that this token can check beside its login suite, parsed.

    Raises SuiteError or UnusableSuiteError.
    """
    suite = _typed_and_shown(text)
    if suite.counter:
        # The page's codes are checked and never answered: each one that does not arrive would put the two out of step,
        # and look like a false page.
        raise UnusableSuiteError(text, "a page that counted its codes would get out of step with the token")
    if (suite.question_format, suite.question_length) != (login.question_format, login.question_length):
        raise UnusableSuiteError(text, "its questions must have the login suite's format and length")
    return suite


def sign_suite(text: str) -> "Suite":
    """A suite that this token can sign transactions with, parsed. Raises SuiteError or UnusableSuiteError."""
    suite = _typed_and_shown(text)
    if (suite.question_format, suite.question_length) != SIGN_QUESTION:
        raise UnusableSuiteError(text, "a transaction is signed as a question of 64 hex digits (QH64)")
    return suite


def check(wanted: "CredentialOrder", clock: bool) -> None:
    """Refuse suites that this token could not serve, or that would serve two purposes.

    `clock` is whether the token will know the time. Raises SuiteError, MethodError or UnusableSuiteError.
    """
    texts = [text for text in (wanted.login, wanted.sign, wanted.server) if text]
    if is_plain(wanted.login):
        if Method.parse(wanted.login).timed and not clock:
            raise UnusableSuiteError(wanted.login, "the token does not know the time")
        if wanted.server:
            raise UnusableSuiteError(wanted.server, "plain codes answer no page, and check none")
    else:
        login = login_suite(wanted.login)
        if wanted.server:
            server_suite(wanted.server, login)
    if wanted.sign:
        sign_suite(wanted.sign)
    if len(set(texts)) != len(texts):
        # Or the answer to one purpose could be played back for another.
        raise UnusableSuiteError(texts[0], "login, sign and server suite must differ")


def _typed_and_shown(text: str) -> "Suite":
    suite = Suite.parse(text)
    if suite.pin_algorithm:
        raise UnusableSuiteError(text, "a soft token's PIN never enters a code")
    if suite.session_length:
        raise UnusableSuiteError(text, "the token has no session data")
    if suite.time_step:
        raise UnusableSuiteError(text, "the token has no clock")
    if not suite.digits:
        raise UnusableSuiteError(text, "an untruncated HMAC does not fit the display")
    return suite
