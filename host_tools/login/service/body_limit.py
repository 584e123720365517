"""The bodies of requests: read whole, no longer than the limit, and within the time for it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from host_tools.login.service.problems import send_problem

TOO_LARGE: Final = 413
TOO_SLOW: Final = 408
CLOSE: Final = {"connection": "close"}
PATIENCE: Final = (
    16  # times the limit, which are read and thrown away so that the client comes to read our answer
)


class BodyLimit:
    """ASGI: the application gets a body in one piece, or the client a 413 or 408."""

    def __init__(self, app: Any, *, most: int, seconds: float) -> None:
        """`most` is in bytes, of the body with or without Content-Length."""
        self._app, self._most, self._seconds = app, most, seconds

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Read the body, and pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = _announced(scope["headers"])
        if length == 0:
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                body = await self._read(receive, length)
        except TimeoutError:
            await send_problem(send, TOO_SLOW, "body-too-slow", CLOSE)
            return
        except ConnectionAbortedError:
            return
        if body is None:
            await send_problem(send, TOO_LARGE, "body-too-large", CLOSE)
            return
        whole: dict[str, Any] | None = {"type": "http.request", "body": body, "more_body": False}

        async def receive_whole() -> Any:
            nonlocal whole
            if whole is None:
                return await receive()  # when the client goes away
            message, whole = whole, None
            return message

        await self._app(scope, receive_whole, send)

    async def _read(self, receive: Any, length: int | None) -> bytes | None:
        """The body; None if it is too long. Raises ConnectionAbortedError if the client goes away."""
        patience = self._most * PATIENCE
        if length is not None and length > patience:
            return None
        parts, taken = [], 0
        while taken <= patience:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionAbortedError
            part = message.get("body", b"")
            taken += len(part)
            if taken <= self._most:
                parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts) if taken <= self._most else None
        return None


def _announced(headers: list[tuple[bytes, bytes]]) -> int | None:
    """The length that the head says; 0 without a body, None if it does not say how long."""
    length = 0
    for name, value in headers:
        if name == b"content-length" and value.isdigit():
            length = int(value)
        elif name == b"transfer-encoding":
            return None
    return length
