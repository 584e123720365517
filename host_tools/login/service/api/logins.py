"""Logins: begun with the first factor, answered with the second."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from structlog.typing import FilteringBoundLogger

from host_tools.inventory import errors
from host_tools.login import answering, beginning
from host_tools.login.api_keys import Caller, Scope
from host_tools.login.errors import (
    BlockedUserError,
    ClosedUserError,
    DemandNotOpenError,
    ExpiredDeviceError,
    LockedUserError,
    NoDeviceError,
    NoPageNumberError,
    NoPhoneError,
    PageNumberNeededError,
    RefusedError,
    TooManyMessagesError,
    UnknownDeviceError,
    UnknownUserError,
)
from host_tools.login.rules.code_errors import CardUsedUpError, MalformedCodeError
from host_tools.login.service.api.callers import FRONT_END, Callers, caller_of, check
from host_tools.login.service.api.models import BeginLogin, Demand, Page, PageNumber, Response, Verdict
from host_tools.login.service.api.texts import ReferenceInPath
from host_tools.login.service.note import note_of
from host_tools.login.system import LoginSystem

LOCKS: Final = (LockedUserError, BlockedUserError, ClosedUserError)
ASKING: Final = (
    *LOCKS, NoDeviceError, ExpiredDeviceError, UnknownDeviceError, CardUsedUpError, NoPhoneError,
    TooManyMessagesError, errors.AllowanceSpentError, errors.SequenceExhaustedError, errors.UnverifiableError,
)  # fmt: skip
ANSWERING: Final = (
    *LOCKS, DemandNotOpenError, PageNumberNeededError, errors.CounterUnsureError, errors.UnverifiableError,
    errors.ResponseFormatError, MalformedCodeError, ExpiredDeviceError,
)  # fmt: skip
PAGE: Final = (
    *LOCKS, DemandNotOpenError, NoPageNumberError, errors.ChallengeFormatError, errors.SequenceExhaustedError,
    errors.AllowanceSpentError, errors.UnverifiableError,
)  # fmt: skip


def logins(system: LoginSystem, callers: Callers, logger: FilteringBoundLogger) -> APIRouter:
    """The routes. `logger` is told of alarms, for whoever watches it; the caller is not."""
    router = APIRouter(prefix="/v1/logins", tags=["logins"])

    @router.post(
        "",
        status_code=201,
        **callers.door(*FRONT_END, raises=(RefusedError, UnknownUserError, *ASKING)),
    )
    def begin(request: Request, body: BeginLogin, caller: Annotated[Caller, Depends(caller_of)]) -> Demand:
        """Ask for the second factor, after the first: what the login page shows.

        With a password, whatever is wrong with it or with the name is one answer (401, `refused`). Without one, the
        caller has judged the first factor itself, which takes the scope `vouch`. What waits for an answer already is
        shown again. A user name that this is asked for too often is refused for a while (429), known or not.
        """
        if body.password is None:
            check(caller, Scope.VOUCH, because="no-password")
        else:
            check(caller, Scope.LOGIN, because="password")
        note_of(request.scope).charge_account(body.user)
        if body.password is None:
            return Demand.of(beginning.begin_vouched(system, body.user, body.device))
        password = body.password.get_secret_value()
        return Demand.of(beginning.begin(system, body.user, password, body.device))

    @router.post("/{reference}/page", **callers.door(*FRONT_END, raises=PAGE))
    def page(reference: ReferenceInPath, body: PageNumber) -> Page:
        """Answer the number that a token in mutual mode shows for the page.

        The same number is answered the same; another one brings another reference.
        """
        return Page.of(answering.answer_page(system, reference, body.number.get_secret_value()))

    @router.post("/{reference}/response", **callers.door(*FRONT_END, raises=ANSWERING))
    def respond(reference: ReferenceInPath, body: Response) -> Verdict:
        """Judge the response, which uses the demand up, right or wrong; a malformed one (422) does not.

        Whoever has lost the answer cannot have it again (409, `not-open`, reason `used`): the login begins anew.
        """
        answered = answering.answer(system, reference, body.response.get_secret_value())
        if answered.is_alarm:
            logger.warning("alarm", user=answered.user, device=answered.device)
        return Verdict.of(answered)

    return router
