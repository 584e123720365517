"""uvicorn, made to stop without losing a request, and to let nobody hold a connection without asking anything."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from host_tools.login.serving import listening, tls
from host_tools.login.serving.settings import Settings

HEAD_BYTES: Final = 16_384  # longest head of a request
LINGER_SECONDS: Final = 1.0  # a request may be on its way on a connection that looks idle
TICKS: Final = 10  # uvicorn's in a second


class LoginProtocol(HttpToolsProtocol):
    """One connection. Knows since when the head of a request is waited for, and how long it is so far."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection is there: its first request has to come in time."""
        self.waiting_since: float | None = self.loop.time()
        self.head_bytes = 0
        super().connection_made(transport)
        most = self.config.limit_concurrency
        if most is not None and len(self.connections) >= most:
            self._make_room()

    def on_message_begin(self) -> None:
        """A request begins: its head has to be whole in time."""
        self.waiting_since, self.head_bytes = self.loop.time(), 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self.waiting_since = None
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Bytes are there; a head that grows without end is cut off."""
        super().data_received(data)
        if self.waiting_since is not None:
            self.head_bytes += len(data)
            if self.head_bytes > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")

    def _make_room(self) -> None:
        """Close the connection that waits longest without a request: else those would have all others refused."""
        waiting = [
            (one.waiting_since, one)
            for one in self.connections
            if isinstance(one, LoginProtocol) and one is not self and one.waiting_since is not None
            and one.is_answered and not one.transport.is_closing()
        ]  # fmt: skip
        if waiting:
            _, longest = min(waiting, key=lambda one: one[0])
            longest.transport.close()
            # It would count until the loop comes round, and a request that comes meanwhile would be refused.
            self.connections.discard(longest)

    @property
    def is_answered(self) -> bool:
        """Whether no answer is on its way to it."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def close_if_silent(self, since: float) -> None:
        """Close it if it has kept us waiting since before then, and no answer is on its way to it."""
        if self.is_answered and self.waiting_since is not None and self.waiting_since < since:
            self.transport.close()


class LoginServer(uvicorn.Server):
    """A server whose worker handles its signals; it waits for `well` before it accepts, and calls `ready` then."""

    def __init__(
        self, app: Any, settings: Settings, well: Callable[[], Awaitable[None]], ready: Callable[[], None]
    ) -> None:
        super().__init__(_config(app, settings))
        self._well, self._ready = well, ready
        self._silence = settings.request_seconds

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the worker's."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept, and say so. Raises what `well` does."""
        await self._well()
        await super().startup(sockets)
        self._ready()

    async def on_tick(self, counter: int) -> bool:
        """Once a second, close the connections that only wait."""
        if counter % TICKS == 0:
            since = asyncio.get_running_loop().time() - self._silence
            for connection in list(self.server_state.connections):
                if isinstance(connection, LoginProtocol):
                    connection.close_if_silent(since)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting; answer what was accepted, with `connection: close`, and only then close what is idle."""
        late = [asyncio.ensure_future(one) for listener in sockets or [] for one in self._last(listener)]
        for server in self.servers:
            server.close()
        # In place: requests that are being answered have this very list.
        self.server_state.default_headers.append((b"connection", b"close"))
        loop = asyncio.get_running_loop()
        until = loop.time() + LINGER_SECONDS
        while (self.server_state.connections or not all(one.done() for one in late)) and loop.time() < until:
            await asyncio.sleep(LINGER_SECONDS / 20)
        await asyncio.gather(*late, return_exceptions=True)
        await super().shutdown(sockets)

    def _last(self, listener: socket.socket) -> Iterator[Awaitable[Any]]:
        """The connections that the system has accepted for us, and would reset when we close the socket."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):  # there are no more
            while True:
                taken, _ = listener.accept()
                taken.setblocking(False)
                yield loop.connect_accepted_socket(self._protocol, taken, ssl=self.config.ssl)

    def _protocol(self) -> LoginProtocol:
        return LoginProtocol(self.config, self.server_state, self.lifespan.state)


def _config(app: Any, settings: Settings) -> uvicorn.Config:
    context = tls.context(settings)
    return uvicorn.Config(
        app,
        http=LoginProtocol,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # it would believe the left end of X-Forwarded-For
        server_header=False,
        backlog=listening.BACKLOG,
        limit_concurrency=settings.connections,
        timeout_keep_alive=settings.idle_seconds,
        timeout_graceful_shutdown=settings.stop_seconds,
        ssl_context_factory=None if context is None else lambda *_: context,
    )
