"""Logins: begun with the first factor, answered with the second."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from structlog.typing import FilteringBoundLogger

from host_tools.login import answering, beginning
from host_tools.login.api_keys import Caller, Scope
from host_tools.login.service.api.callers import Callers, check
from host_tools.login.service.api.models import BeginLogin, Demand, Page, PageNumber, Response, Verdict
from host_tools.login.system import LoginSystem

Reference = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="From the demand.")]


def logins(system: LoginSystem, callers: Callers, logger: FilteringBoundLogger) -> APIRouter:
    """The routes. `logger` is told of alarms, for whoever watches it; the caller is not."""
    router = APIRouter(prefix="/v1/logins", tags=["logins"])
    front_end = Depends(callers.needs(Scope.LOGIN, Scope.VOUCH))

    @router.post("", status_code=201)
    def begin(body: BeginLogin, caller: Caller = front_end) -> Demand:
        """Ask for the second factor, after the first: what the login page shows.

        With a password, whatever is wrong with it or with the name is one answer (401, `refused`). Without one, the
        caller has judged the first factor itself, which takes the scope `vouch`.
        """
        if body.password is None:
            check(caller, Scope.VOUCH)
            return Demand.of(beginning.begin_vouched(system, body.user, body.device))
        check(caller, Scope.LOGIN)
        password = body.password.get_secret_value()
        return Demand.of(beginning.begin(system, body.user, password, body.device))

    @router.post("/{reference}/page", dependencies=[front_end])
    def page(reference: Reference, body: PageNumber) -> Page:
        """Answer the number that a token in mutual mode shows for the page."""
        return Page.of(answering.answer_page(system, reference, body.number.get_secret_value()))

    @router.post("/{reference}/response", dependencies=[front_end])
    def respond(reference: Reference, body: Response) -> Verdict:
        """Judge the response, which uses the demand up, right or wrong; a malformed one (422) does not."""
        answered = answering.answer(system, reference, body.response.get_secret_value())
        if answered.is_alarm:
            logger.warning("alarm", user=answered.user, device=answered.device)
        return Verdict.of(answered)

    return router
