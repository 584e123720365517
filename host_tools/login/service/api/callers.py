"""Who calls: an API key in the Authorization header, and the scopes that an endpoint needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from host_tools.login import api_keys
from host_tools.login.api_keys import Caller, Scope
from host_tools.login.caller_errors import CallerError
from host_tools.login.service.note import known_key
from host_tools.login.service.problems import ProblemError
from host_tools.login.system import LoginSystem

_BEARER: Final = HTTPBearer(auto_error=False, description="An API key, from `picodsc api-key add`.")
_CHALLENGE: Final = {"www-authenticate": "Bearer"}


class Callers:
    """Finds the caller of a request, over one login system."""

    def __init__(self, system: LoginSystem) -> None:
        self._system = system

    def needs(self, *scopes: Scope) -> Callable[..., Caller]:
        """A dependency: the caller, who has one of these scopes."""

        def caller(
            request: Request,
            given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
        ) -> Caller:
            if given is None:
                raise ProblemError(401, "no-api-key", headers=_CHALLENGE)
            try:
                found = api_keys.authenticate(self._system, given.credentials)
            except CallerError:
                raise ProblemError(401, "api-key-refused", headers=_CHALLENGE) from None
            known_key(request.scope, found.name)
            check(found, *scopes)
            return found

        return caller


def check(caller: Caller, *scopes: Scope) -> None:
    """Raises ProblemError (403) for a caller who has none of these scopes."""
    if not set(scopes) & caller.scopes:
        needed = sorted(scope.value for scope in scopes)
        raise ProblemError(403, "scope-missing", members={"needed": needed})
