"""PIN changes by telephone: the caller's token answers a fresh challenge, and then a change of it is confirmed."""

from __future__ import annotations

from fastapi import APIRouter
from structlog.typing import FilteringBoundLogger

from host_tools.inventory import desk_errors, errors
from host_tools.login import pin_changes
from host_tools.login.api_keys import Scope
from host_tools.login.errors import DemandNotOpenError, UnknownUserError
from host_tools.login.service.api.callers import Callers
from host_tools.login.service.api.desk_models import CallerOfDesk
from host_tools.login.service.api.logins import ANSWERING, ASKING, LOCKS, PAGE
from host_tools.login.service.api.models import Demand, Page, PageNumber, Response
from host_tools.login.service.api.session_models import ChangeNumber, Confirmation, Judged
from host_tools.login.service.api.texts import ReferenceInPath
from host_tools.login.system import LoginSystem
from host_tools.login.use_errors import AnswerNeededError, NoConfirmableTokenError, TokenChoiceError


def pin_changes_api(system: LoginSystem, callers: Callers, logger: FilteringBoundLogger) -> APIRouter:
    """The routes, all of them the help desk's. `logger` is told of alarms; whoever telephones is not."""
    router = APIRouter(prefix="/v1/pin-changes", tags=["help desk"])

    @router.post(
        "",
        status_code=201,
        **callers.door(
            Scope.HELP_DESK, raises=(*ASKING, UnknownUserError, NoConfirmableTokenError, TokenChoiceError)
        ),
    )
    def begin(body: CallerOfDesk) -> Demand:
        """A fresh challenge, to be read out to a user who wants to change the PIN of his token.

        It waits as a login's does, and counts with those. No session comes of it.
        """
        return Demand.of(pin_changes.begin_pin_change(system, body.user, body.device))

    @router.post("/{reference}/page", **callers.door(Scope.HELP_DESK, raises=PAGE))
    def page(reference: ReferenceInPath, body: PageNumber) -> Page:
        """Answer the number that a token in mutual mode shows for the page."""
        number = body.number.get_secret_value()
        return Page.of(pin_changes.answer_pin_change_page(system, reference, number))

    @router.post("/{reference}/response", **callers.door(Scope.HELP_DESK, raises=ANSWERING))
    def respond(reference: ReferenceInPath, body: Response) -> Judged:
        """Judge the token's answer; a wrong one is a failure as at a login."""
        verified = pin_changes.answer_pin_change(system, reference, body.response.get_secret_value())
        if verified.is_alarm:
            logger.warning("alarm", user=verified.user, device=verified.device)
        return Judged(accepted=verified.accepted)

    @router.post(
        "/{reference}/confirmation",
        **callers.door(
            Scope.HELP_DESK,
            raises=(
                *LOCKS, DemandNotOpenError, AnswerNeededError, desk_errors.ChangeNumberError,
                desk_errors.DailyLimitError, errors.NoAlarmError,
            ),
        ),
    )  # fmt: skip
    def confirm(reference: ReferenceInPath, body: ChangeNumber) -> Confirmation:
        """The digits that confirm a PIN change on the token that has answered, which shows this number.

        Within ten minutes of the right answer, and as often a day as in sessions, together with those.
        """
        shown = pin_changes.confirm_by_telephone(system, reference, body.number.get_secret_value())
        return Confirmation(confirmation=shown)

    return router
