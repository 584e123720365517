"""Mutual mode: the login page proves itself to the token before the PIN is asked for (RFC 6287 section 7.2)."""

from dsc.app import challenge, credential, device_keys, notice, number, page_number, response, suites
from dsc.crypto import ocra
from dsc.crypto.memory import equal, wipe
from dsc.protocol.confirm import random_question
from dsc.ui import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dsc.app.token import Token
    from dsc.crypto.ocra import Suite
    from dsc.protocol.records import Credential


def run(token: "Token", chosen: "Credential", page: "Credential") -> None:
    """One login to a page that must know the server key `page`, from the token's number to the blank screen.

    After a wrong code of the page there is a warning, and nothing more: no PIN is asked for. Raises Cancelled or
    TimedOut; all keys are overwritten on every way out. Raises SuiteError or UnusableSuiteError for suites that this
    token cannot serve, EntropyError if there is no random number, VaultError if the counter cannot be kept.
    """
    login = suites.login_suite(chosen.login)
    server = suites.server_suite(page.server, login)
    own = random_question(token.board.entropy.read, login.question_length)
    page_number.show(token, credential.title(token, chosen), own)
    theirs = challenge.ask(token, login, whole=True)
    typed = number.ask(token, texts.text("mutual.page-code"), server.digits, minimum=server.digits)
    if not _proves(token, page, server, own, theirs, typed):
        notice.show(token, texts.text("mutual.title"), texts.text("mutual.wrong"))
        return
    key = credential.open_key(token, chosen)
    try:
        counter = credential.before_code(token, chosen, login.counter)
        code = ocra.mutual(login, key, theirs, own, counter=counter)
    finally:
        wipe(key)
    response.show(token, credential.title(token, chosen), code)


def _proves(token: "Token", page: "Credential", suite: "Suite", own: str, theirs: str, typed: str) -> bool:
    """Whether `typed` is what the page answers to the token's own number and its challenge; in constant time."""
    key = device_keys.open_key(token, page)
    try:
        return equal(ocra.mutual(suite, key, own, theirs).encode(), typed.encode())
    finally:
        wipe(key)
