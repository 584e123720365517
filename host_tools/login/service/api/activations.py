"""Activations: a device that is ready answers once, within its user's session or for the help desk."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from structlog.typing import FilteringBoundLogger

from host_tools.login import activating, issuing
from host_tools.login.api_keys import Scope
from host_tools.login.errors import (
    DeviceKindError,
    DeviceStateError,
    SessionError,
    TooManyCardsError,
    UnknownUserError,
    UnusableDeviceError,
)
from host_tools.login.rules.code_errors import ShapeError
from host_tools.login.service.api.callers import FRONT_END, Callers, session_given, session_of
from host_tools.login.service.api.desk_models import Activation, CardShown, DeviceOfSession, DeviceOfUser
from host_tools.login.service.api.logins import ANSWERING, ASKING, PAGE
from host_tools.login.service.api.models import Demand, Page, PageNumber, Response
from host_tools.login.service.api.texts import ReferenceInPath
from host_tools.login.service.api.wiping import shown
from host_tools.login.system import LoginSystem

_EITHER: Final = (*FRONT_END, Scope.HELP_DESK)


def activations(system: LoginSystem, callers: Callers, logger: FilteringBoundLogger) -> APIRouter:
    """The routes. `logger` is told of alarms."""
    router = APIRouter(tags=["activations"])

    @router.post(
        "/v1/session/activations",
        status_code=201,
        **callers.door(*FRONT_END, session=True, raises=(*ASKING, DeviceStateError, UnusableDeviceError)),
    )
    def begin(session: Annotated[str, Depends(session_of)], body: DeviceOfSession) -> Demand:
        """Ask a device of the session's user, which is ready; a limited session is enough."""
        return Demand.of(activating.begin_activation(system, session, body.device))

    @router.post(
        "/v1/session/card",
        status_code=201,
        **callers.door(*FRONT_END, session=True, raises=(DeviceKindError, TooManyCardsError, ShapeError)),
    )
    def obtain_card(session: Annotated[str, Depends(session_of)]) -> CardShown:
        """The Online Security Code Card, for whoever has logged in by a temporary device; then it is activated."""
        card = issuing.obtain_card(system, session)
        return shown(CardShown.of, card, *card.codes)

    @router.post(
        "/v1/activations",
        status_code=201,
        **callers.door(
            Scope.HELP_DESK, raises=(*ASKING, UnknownUserError, DeviceStateError, UnusableDeviceError)
        ),
    )
    def begin_vouched(body: DeviceOfUser) -> Demand:
        """Ask a device of a user whom the help desk has identified."""
        return Demand.of(activating.begin_activation_vouched(system, body.user, body.device))

    @router.post("/v1/activations/{reference}/page", **callers.door(*_EITHER, raises=(*PAGE, SessionError)))
    def page(
        reference: ReferenceInPath, body: PageNumber, session: Annotated[str | None, Depends(session_given)]
    ) -> Page:
        """Answer the number that a token in mutual mode shows for the page.

        What was begun in a session needs one that is open, of the same user (header `Picodsc-Session`).
        """
        number = body.number.get_secret_value()
        return Page.of(activating.answer_activation_page(system, reference, number, session=session))

    @router.post(
        "/v1/activations/{reference}/response",
        **callers.door(*_EITHER, raises=(*ANSWERING, DeviceStateError, SessionError)),
    )
    def respond(
        reference: ReferenceInPath, body: Response, session: Annotated[str | None, Depends(session_given)]
    ) -> Activation:
        """Judge the device's answer; right, and the device is active, and ends what it replaces.

        What was begun in a session needs one that is open, of the same user (header `Picodsc-Session`).
        """
        typed = body.response.get_secret_value()
        answered = activating.answer_activation(system, reference, typed, session=session)
        if answered.is_alarm:
            logger.warning("alarm", user=answered.user, device=answered.device)
        return Activation.of(answered)

    return router
