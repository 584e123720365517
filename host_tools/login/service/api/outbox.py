"""Text messages on their way, which an operator can send by hand where there is no gateway."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from host_tools.login import outbox
from host_tools.login.api_keys import Scope
from host_tools.login.errors import UnknownMessageError
from host_tools.login.service.api.callers import Callers
from host_tools.login.service.api.operator_models import MessageShown, MessageText, WhichMessages
from host_tools.login.system import LoginSystem

MessageNumber = Annotated[int, Path(ge=1, lt=2**31)]


def outbox_api(system: LoginSystem, callers: Callers) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/outbox", tags=["outbox"])

    @router.get("", **callers.door(Scope.OPERATOR))
    def messages(which: Annotated[WhichMessages, Query()]) -> list[MessageShown]:
        """The newest thousand, without their texts, the oldest of them first."""
        return [MessageShown.of(one) for one in outbox.messages(system, waiting=which.waiting)]

    @router.post("/{number}/reading", **callers.door(Scope.OPERATOR, raises=(UnknownMessageError,)))
    def read(number: MessageNumber) -> MessageText:
        """The text of a message that waits. That it was read is in the audit log."""
        return MessageText(text=outbox.read(system, number))

    @router.post(
        "/{number}/sent", status_code=204, **callers.door(Scope.OPERATOR, raises=(UnknownMessageError,))
    )
    def sent(number: MessageNumber) -> None:
        """It was sent by hand: its text is forgotten."""
        outbox.mark_sent(system, number)

    return router
