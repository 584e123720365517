"""The gate of privacyIDEA's interface: networks that the settings name, their rates, and the service's log."""

from __future__ import annotations

from fastapi import Request
from structlog.typing import FilteringBoundLogger

from host_tools.login.service.note import known_key, note_of
from host_tools.login.service.privacyidea.errors import LimitError, NotServedError
from host_tools.login.service.problems import ProblemError
from host_tools.login.service.source import parsed
from host_tools.login.serving.logs import about
from host_tools.login.serving.settings import Settings


class PrivacyIdeaGate:
    """What its clients claim is believed, for they are in networks that the operator has named."""

    def __init__(self, settings: Settings, logger: FilteringBoundLogger) -> None:
        self._networks, self._logger = settings.privacyidea_from, logger

    def check(self, request: Request) -> None:
        """Raises NotServedError to all but the networks of the settings."""
        if not note_of(request.scope).is_from(self._networks):
            raise NotServedError

    def enter(self, request: Request, claimed: str) -> str:
        """The source's address. If the client claims another one, that is charged as well, and logged."""
        note = note_of(request.scope)
        client = parsed(claimed)
        if client is not None and client.shown != note.source.shown:
            note.client = client.shown
            try:
                note.charge_client(client.counted_as)
            except ProblemError as error:
                raise LimitError(error.headers["retry-after"]) from None
        return note.source.shown

    def charge_key(self, request: Request, name: str) -> None:
        """Raises LimitError."""
        try:
            known_key(request.scope, name)
        except ProblemError as error:
            raise LimitError(error.headers["retry-after"]) from None

    def charge_account(self, request: Request, user: str) -> None:
        """Raises LimitError."""
        try:
            note_of(request.scope).charge_account(user)
        except ProblemError as error:
            raise LimitError(error.headers["retry-after"]) from None

    def report(self, request: Request, error: Exception) -> None:
        """With the request's id."""
        self._logger.error("request failed", id=note_of(request.scope).id, **about(error))
