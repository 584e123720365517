"""The outermost layer: gives a request its id and source, answers what went wrong, logs and counts the answer."""

from __future__ import annotations

import os
from time import perf_counter
from typing import Any, Final

from host_tools.login.service.note import Note, begin
from host_tools.login.service.problems import send_problem
from host_tools.login.service.rates import Rates
from host_tools.login.service.source import Sources
from host_tools.login.service.system import System
from host_tools.login.serving.logs import about

ID_BYTES: Final = 8
NO_ROUTE: Final = "none"  # never the path: the client wrote it
YEAR: Final = 31_536_000
SECURITY: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
HSTS: Final = ((b"strict-transport-security", b"max-age=%d" % YEAR),)


class RequestLog:
    """ASGI: one line a request, and headers that keep answers out of caches and frames."""

    def __init__(self, app: Any, *, system: System, sources: Sources, rates: Rates, secure: bool) -> None:
        """`secure` says that clients come by TLS, and are to do so from now on."""
        self._app = app
        self._logger, self._metrics = system.logger, system.metrics
        self._sources, self._rates = sources, rates
        self._headers = SECURITY + HSTS if secure else SECURITY

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        source = self._sources.of(scope)
        rates = self._rates
        note = Note(
            os.urandom(ID_BYTES).hex(), source, rates.charge_key, rates.charge_source, rates.charge_account
        )
        begin(scope, note)
        status, begun = 500, False

        async def answer(message: Any) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                headers = list(message.get("headers", ()))
                present = {name for name, _ in headers}
                headers += [one for one in self._headers if one[0] not in present]
                headers.append((b"x-request-id", note.id.encode()))
                message["headers"] = headers
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - the client gets an answer, and the log what happened
            self._logger.error("request failed", id=note.id, **about(error))
            if not begun:
                await send_problem(answer, 500, "internal")
        finally:
            seconds = perf_counter() - began
            route = getattr(scope.get("route"), "path", NO_ROUTE)
            self._metrics.count(scope["method"], route, status, seconds)
            self._logger.info(
                "request",
                id=note.id,
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 2),
                source=note.source.shown,
                client=note.client,
                key=note.key_id,
            )
