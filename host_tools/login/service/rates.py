"""The limits of sources, of API keys and of accounts, as requests meet them."""

from __future__ import annotations

import math
from typing import Any, Final

from host_tools.login.accounts import checked_name
from host_tools.login.errors import UserFieldError
from host_tools.login.service.note import note_of
from host_tools.login.service.problems import ProblemError, send_problem
from host_tools.login.serving.limits import Kind, Limit, SharedLimits
from host_tools.login.serving.settings import Settings

TOO_MANY: Final = 429
CODE: Final = "too-many-requests"
_MINUTE: Final = 60


class Rates:
    """Charges each request to its source, to its API key when that is known, and to the account that it opens."""

    def __init__(self, limits: SharedLimits, settings: Settings) -> None:
        self._limits = limits
        self._source = Limit(settings.source_per_second, settings.source_burst)
        self._key = Limit(settings.key_per_second, settings.key_burst)
        self._account = Limit(settings.account_per_minute, settings.account_burst, _MINUTE)

    def wait_of_source(self, counted_as: bytes) -> float:
        """0, or the seconds after which this source may ask again."""
        return self._limits.wait(Kind.SOURCE, counted_as, self._source)

    def charge_source(self, counted_as: bytes) -> None:
        """Charge a source that stands behind the one of the connection. Raises ProblemError (429)."""
        wait = self.wait_of_source(counted_as)
        if wait > 0:
            raise ProblemError(TOO_MANY, CODE, headers=_retry(wait))

    def charge_key(self, key_id: str) -> None:
        """Charge a key that was found to be right. Raises ProblemError (429)."""
        wait = self._limits.wait(Kind.KEY, key_id.encode(), self._key)
        if wait > 0:
            raise ProblemError(TOO_MANY, CODE, headers=_retry(wait))

    def charge_account(self, name: str) -> None:
        """Charge a user name with a login that begins, before any work is done for it. Raises ProblemError (429).

        It is the same for names that there are and that there are not; those that nobody can have are one.
        """
        try:
            kept = checked_name(name)
        except UserFieldError:
            kept = ""
        wait = self._limits.wait(Kind.ACCOUNT, kept.encode(), self._account)
        if wait > 0:
            raise ProblemError(TOO_MANY, CODE, headers=_retry(wait))


class SourceLimit:
    """ASGI: refuses a source that has sent too much, before anything is read or looked up for it."""

    def __init__(self, app: Any, *, rates: Rates) -> None:
        self._app, self._rates = app, rates

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let a request pass, or answer 429."""
        if scope["type"] == "http" and (counted_as := note_of(scope).source.counted_as):
            wait = self._rates.wait_of_source(counted_as)
            if wait > 0:
                await send_problem(send, TOO_MANY, CODE, _retry(wait))
                return
        await self._app(scope, receive, send)


def _retry(wait: float) -> dict[str, str]:
    return {"retry-after": str(max(1, math.ceil(wait)))}
