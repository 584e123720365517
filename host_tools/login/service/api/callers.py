"""Who calls: an API key in the Authorization header, and for some endpoints the session of a user in another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from fastapi import Depends, Request

from host_tools.login import api_keys
from host_tools.login.api_keys import Caller, Scope
from host_tools.login.errors import SessionError
from host_tools.login.service.api.problems_of import known
from host_tools.login.service.note import known_key
from host_tools.login.service.problems import ProblemError
from host_tools.login.system import LoginSystem

SESSION_HEADER: Final = "Picodsc-Session"
SESSION_SCHEME: Final = "Session"
KEY_SCHEME: Final = "ApiKey"
FRONT_END: Final = (Scope.LOGIN, Scope.VOUCH)  # either of them may do what follows a first factor
_CALLER: Final = "picodsc.caller"  # in the scope
_BEARER: Final = "bearer "
_LONGEST: Final = 200  # characters of a key or a session; both are far shorter
_CHALLENGE: Final = {"www-authenticate": "Bearer"}


class Callers:
    """Finds the caller of a request, over one login system."""

    def __init__(self, system: LoginSystem) -> None:
        self._system = system

    def door(
        self,
        *scopes: Scope,
        session: bool = False,
        raises: tuple[type[Exception], ...] = (),
        codes: dict[int, tuple[str, ...]] | None = None,
    ) -> dict[str, Any]:
        """What a route is given to let in a caller who has one of these scopes, with an open session if that is said.

        Enforced and documented by the same words: the document's `security` and `x-scopes` are made of them, and its
        problems of the errors that the endpoint raises, and of further `codes` by status.
        """
        problems: dict[int, set[str]] = {status: set(some) for status, some in (codes or {}).items()}
        for error in (*raises, *((SessionError,) if session else ())):
            status, code, _ = known(error)
            problems.setdefault(status, set()).add(code)
        both: dict[str, list[str]] = {SESSION_SCHEME: []} if session else {}
        return {
            "dependencies": [Depends(self.needs(*scopes))],
            "openapi_extra": {
                "security": [{KEY_SCHEME: [scope.value], **both} for scope in scopes],
                "x-scopes": [scope.value for scope in scopes],
                "x-problems": {str(status): sorted(some) for status, some in problems.items()},
            },
        }

    def needs(self, *scopes: Scope) -> Callable[[Request], Caller]:
        """A dependency: the caller, who has one of these scopes."""

        def caller(request: Request) -> Caller:
            found = self._found(request)
            request.scope[_CALLER] = found
            check(found, *scopes)
            return found

        return caller

    def _found(self, request: Request) -> Caller:
        given = request.headers.get("authorization", "")
        if not given:
            raise ProblemError(401, "no-api-key", headers=_CHALLENGE)
        if given[: len(_BEARER)].lower() != _BEARER or len(given) > _LONGEST:
            raise ProblemError(401, "api-key-refused", headers=_CHALLENGE)
        # A refused one raises CallerError.
        found = api_keys.authenticate(self._system, given[len(_BEARER) :].strip())
        known_key(request.scope, found.name)
        return found


async def caller_of(request: Request) -> Caller:
    """A dependency: the caller whom the route's door has let in."""
    return cast(Caller, request.scope[_CALLER])


async def session_of(request: Request) -> str:
    """A dependency: what the caller says is a user's session. Raises SessionError if it can be none."""
    given = request.headers.get(SESSION_HEADER, "")
    if not 1 <= len(given) <= _LONGEST:
        raise SessionError
    return given


async def session_given(request: Request) -> str | None:
    """A dependency: the same, or None if nothing is said. Raises SessionError."""
    return await session_of(request) if SESSION_HEADER in request.headers else None


def check(caller: Caller, *scopes: Scope, because: str | None = None) -> None:
    """Raises ProblemError (403) for a caller who has none of these scopes; `because` of what in the body."""
    if not set(scopes) & caller.scopes:
        members: dict[str, object] = {"needed": sorted(scope.value for scope in scopes)}
        if because is not None:
            members["because"] = because
        raise ProblemError(403, "scope-missing", members=members)
