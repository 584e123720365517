"""privacyIDEA's clients at the real login system: their steps are its logins, their accounts are its API keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from structlog.typing import FilteringBoundLogger

from host_tools.inventory.errors import InventoryError
from host_tools.login import answering, api_keys, beginning
from host_tools.login.answering import Answered, PageAnswered
from host_tools.login.api_keys import Caller, Scope
from host_tools.login.beginning import Asked
from host_tools.login.caller_errors import CallerError
from host_tools.login.devices import Method
from host_tools.login.errors import LoginError
from host_tools.login.rules.code_errors import CodeError
from host_tools.login.rules.errors import RuleError
from host_tools.login.service.api.problems_of import problem_of
from host_tools.login.service.privacyidea import questions, tokens
from host_tools.login.service.privacyidea.errors import (
    CredentialsRefusedError,
    MissingRightError,
    UnavailableError,
    UnreadableTokenError,
)
from host_tools.login.service.privacyidea.outcomes import (
    TRIGGER,
    Accepted,
    Challenged,
    Check,
    Issued,
    Outcome,
    Progress,
    Prompt,
    Rejected,
    Source,
)
from host_tools.login.sms.errors import SmsError
from host_tools.login.system import LoginSystem
from host_tools.policy.privacyidea import WirePolicy

# Before the reference of a token in mutual mode whose number is asked for; its response goes with the bare reference.
PAGE: Final = "page-"
_REFUSALS: Final = (LoginError, RuleError, CodeError, SmsError, InventoryError)
_FROM: Final = 500  # a status from which on it is the service that fails, not the login


class PrivacyIdeaCore:
    """The port `Checks` over a login system. It may be used by several threads."""

    def __init__(
        self,
        system: LoginSystem,
        signing_key: bytes,
        logger: FilteringBoundLogger,
        policy: WirePolicy | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`signing_key` is for the tokens of `/auth`: all workers have the same. `now` is in seconds since 1970."""
        self._system, self._key, self._logger = system, signing_key, logger
        self._policy, self._now = policy or WirePolicy(), now

    def check(self, asked: Check, source: Source) -> Outcome:
        """Take a step of a login. Whatever is refused is `Rejected`, and the reason in the log.

        What is malformed is rejected, and its transaction stays open. Raises UnavailableError.
        """
        secret = asked.secret.decode()
        try:
            if asked.transaction.startswith(PAGE):
                reference = asked.transaction.removeprefix(PAGE)
                return _page(answering.answer_page(self._system, reference, secret, asked.user))
            if asked.transaction:
                return self._answered(asked.transaction, secret, asked.user, source)
            begun, code = beginning.begin_joined(self._system, asked.user, secret)
            if code is None:
                return _challenged(begun)
            return self._answered(begun.reference, code, asked.user, source)
        except _REFUSALS as error:
            return self._rejected(error, source)

    def trigger(self, user: str, caller: str, source: Source) -> Challenged | Rejected:
        """Start a login whose first factor the API key `caller` vouches for. Raises UnavailableError."""
        try:
            return _challenged(beginning.begin_vouched(self._system, user))
        except _REFUSALS as error:
            return self._rejected(error, source)

    def progress(self, transaction: str, source: Source) -> Progress:
        """Pending: no device of the login system is confirmed elsewhere, so none ever was."""
        return Progress.PENDING

    def authenticate(self, name: str, secret: bytearray, source: Source) -> Issued:
        """A token for an API key. Raises CredentialsRefusedError, UnavailableError."""
        try:
            found = api_keys.authenticate(self._system, secret.decode())
        except CallerError:
            raise CredentialsRefusedError from None
        except InventoryError as error:
            raise self._failed(error) from error
        if found.name != name:
            raise CredentialsRefusedError
        return tokens.issue(self._key, name, _rights(found), self._now(), self._policy.token_seconds)

    def caller(self, token: str, right: str) -> str:
        """The API key behind a token: it still is one, and has the right.

        Raises UnreadableTokenError, ExpiredTokenError, MissingRightError, UnavailableError.
        """
        name, _ = tokens.read(self._key, token, self._now())
        try:
            found = api_keys.named(self._system, name)
        except CallerError:
            raise UnreadableTokenError from None
        except InventoryError as error:
            raise self._failed(error) from error
        if right not in _rights(found):
            raise MissingRightError(right)
        return found.name

    def _answered(self, reference: str, typed: str, user: str, source: Source) -> Accepted | Rejected:
        judged: Answered = answering.answer(self._system, reference, typed, user, opens=False)
        if judged.is_alarm:
            self._logger.warning("alarm", user=judged.user, device=judged.device, source=source.address)
        return Accepted(judged.serial or "") if judged.accepted else Rejected()

    def _rejected(self, error: Exception, source: Source) -> Rejected:
        problem = problem_of(error)
        if problem.status >= _FROM:
            raise self._failed(error) from error
        self._logger.info("login refused", reason=problem.code, source=source.address)
        return Rejected()

    def _failed(self, error: Exception) -> UnavailableError:
        problem = problem_of(error)
        self._logger.error("login not judged", reason=problem.code, error=type(error).__qualname__)
        return UnavailableError(problem.code)


def _rights(caller: Caller) -> tuple[str, ...]:
    return (TRIGGER,) if Scope.VOUCH in caller.scopes else ()


def _challenged(asked: Asked) -> Challenged:
    transaction = PAGE + asked.reference if asked.method is Method.MUTUAL else asked.reference
    return Challenged(transaction, (_prompt(asked),))


def _page(answered: PageAnswered) -> Challenged:
    asked = answered.asked
    prompt = questions.page_answer(asked.kind, asked.serial or "", answered.code, asked.challenge or "")
    return Challenged(asked.reference, (prompt,))


def _prompt(asked: Asked) -> Prompt:
    serial = asked.serial or ""
    match asked.method:
        case Method.CHALLENGE:
            return questions.response_to(asked.kind, serial, asked.challenge or "")
        case Method.MUTUAL:
            return questions.page_number(asked.kind, serial)
        case Method.CARD:
            return questions.card_values(asked.kind, serial, asked.indexes or ())
        case Method.CODE | Method.PASSCODE | Method.SMS:
            return questions.plain_code(asked.kind, serial)
