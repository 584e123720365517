"""Who may speak privacyIDEA's interface, and what is noted of whoever does: the port to the layers around."""

from __future__ import annotations

import logging
from typing import Protocol

from fastapi import Request

_LOG = logging.getLogger(__name__)


class Gate(Protocol):
    """What the routes need to know of where a request comes from."""

    def check(self, request: Request) -> None:
        """Let a request in. Raises NotServedError."""
        ...

    def enter(self, request: Request, claimed: str) -> str:
        """The address that a request comes from; `claimed` is whom it says that it asks for. Raises LimitError."""
        ...

    def charge_key(self, request: Request, name: str) -> None:
        """It was shown to come from this API key. Raises LimitError."""
        ...

    def charge_account(self, request: Request, user: str) -> None:
        """A login of this user name begins. Raises LimitError."""
        ...

    def report(self, request: Request, error: Exception) -> None:
        """What should not have happened, for the log."""
        ...


class Door:
    """A gate that is open, and charges nobody."""

    def check(self, request: Request) -> None:
        """Everybody."""

    def enter(self, request: Request, claimed: str) -> str:
        """The connection's address."""
        return request.client.host if request.client else ""

    def charge_key(self, request: Request, name: str) -> None:
        """For nothing."""

    def charge_account(self, request: Request, user: str) -> None:
        """For nothing."""

    def report(self, request: Request, error: Exception) -> None:
        """By `logging`."""
        _LOG.error("request failed", exc_info=error)
