"""uvicorn, made to stop without losing a request, and to let nobody hold a connection without asking anything."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import uvicorn
from structlog.typing import FilteringBoundLogger

from host_tools.login.service.body_limit import PATIENCE
from host_tools.login.serving import tls
from host_tools.login.serving.connection import HEAD_BYTES, Bounds, LoginProtocol
from host_tools.login.serving.door import Door
from host_tools.login.serving.settings import Settings

LINGER_SECONDS: Final = 1.0  # a request may be on its way on a connection that looks idle
TICKS: Final = 10  # uvicorn's in a second


class LoginServer(uvicorn.Server):
    """A server whose worker handles its signals; it waits for `well` before it accepts, and calls `ready` then."""

    def __init__(
        self,
        app: Any,
        settings: Settings,
        log: FilteringBoundLogger,
        well: Callable[[], Awaitable[None]],
        ready: Callable[[], None],
    ) -> None:
        super().__init__(_config(app, settings))
        self._log = log
        self._well, self._ready = well, ready
        self._bounds = Bounds(
            settings.request_seconds, settings.idle_seconds, HEAD_BYTES + settings.body_bytes * PATIENCE
        )
        self._door = Door(
            self._connection,
            self.server_state.connections,
            tls.context(settings),
            most=settings.connections,
            seconds=settings.request_seconds,
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the worker's."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept, and say so. Raises what `well` does."""
        await self._well()
        await super().startup([])  # the application alone: connections come in by the door
        self._door.open(sockets or [])
        self._ready()

    async def on_tick(self, counter: int) -> bool:
        """Once a second, end the connections that keep us waiting for too long."""
        if counter % TICKS == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, LoginProtocol):
                    connection.check(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting; answer what was accepted, with `connection: close`, and only then close what is idle."""
        self._door.close()
        # In place: requests that are being answered have this very list.
        self.server_state.default_headers.append((b"connection", b"close"))
        loop = asyncio.get_running_loop()
        until = loop.time() + LINGER_SECONDS
        while (self.server_state.connections or not self._door.is_idle) and loop.time() < until:
            await asyncio.sleep(LINGER_SECONDS / 20)
        self._door.give_up()
        await super().shutdown(sockets)

    def _connection(self, made: Callable[[], bool]) -> LoginProtocol:
        return LoginProtocol(
            self.config, self.server_state, self.lifespan.state, self._bounds, self._log, made
        )


def _config(app: Any, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=LoginProtocol,
        # Windows's own cannot tell when a socket has something to accept.
        loop="asyncio:SelectorEventLoop" if sys.platform == "win32" else "auto",
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # it would believe the left end of X-Forwarded-For
        server_header=False,
        limit_concurrency=settings.connections + 1,  # it refuses from so many on
        timeout_keep_alive=settings.idle_seconds,
        timeout_graceful_shutdown=settings.stop_seconds,
    )
