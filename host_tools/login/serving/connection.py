"""One connection: how much of a request is read, whose turn it is, and how long the client may take for its part."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httptools
from structlog.typing import FilteringBoundLogger
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from host_tools.login.service.source import NOBODY, parsed

# In a row that bring nothing of a body: a head, trailers, marks of chunks, empty lines.
HEAD_BYTES: Final = 16_384
PIPELINED: Final = 8  # requests that may wait while one before them is answered
PIECE: Final = 1024  # bytes that are read before it is judged again what has come
CONNECT: Final = b"CONNECT"
UPGRADE: Final = b"upgrade"


@dataclass(frozen=True, slots=True)
class Bounds:
    """`request_seconds` for a head, for a body, and to take an answer; `idle_seconds` between requests."""

    request_seconds: float
    idle_seconds: float
    request_bytes: int


class LoginProtocol(HttpToolsProtocol):
    """uvicorn's, which takes requests without end: heads, trailers, and one behind the other."""

    cycle: RequestResponseCycle | None  # type: ignore[assignment]  # uvicorn says it is there before it is

    def __init__(
        self,
        config: Config,
        state: ServerState,
        app_state: dict[str, Any],
        bounds: Bounds,
        log: FilteringBoundLogger,
        made: Callable[[], bool],
    ) -> None:
        """`made` is called when it is a connection, with TLS after the handshake, and says whether it may stay."""
        super().__init__(config, state, app_state)
        self._made = made
        self._log = log
        self._bounds = bounds
        self._is_whole, self._is_in_head = True, False  # the request that has begun
        # Of it, or behind the last one; and those since something of its body came.
        self._bytes = self._bare_bytes = 0
        self._is_deaf = False
        self.had_an_answer = False
        self._waiting_since: float | None = None
        self._patience = bounds.request_seconds
        self._unread_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection is there: its first request has to come in time."""
        self._turn()
        super().connection_made(transport)
        if not self._made():
            self.give_way()

    def data_received(self, data: bytes) -> None:
        """Bytes are there, of one request or of many."""
        for start in range(0, len(data), PIECE):
            if self._is_deaf or self.transport.is_closing():
                return
            piece = data[start : start + PIECE]
            self._read(piece)
            self._judge(len(piece))

    def on_message_begin(self) -> None:
        """A request begins: its head has to be whole in time."""
        self._is_whole, self._is_in_head = False, True
        self._bytes = self._bare_bytes = 0
        super().on_message_begin()
        self._turn()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head; those of a trailer come here too, and are none."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        if self._is_upgrade:
            return
        super().on_headers_complete()
        self._is_in_head = False
        self._turn()

    def on_body(self, body: bytes) -> None:
        """Something of the body is there."""
        self._bare_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._is_upgrade:
            return
        self._is_whole = True
        self._bytes = self._bare_bytes = 0
        super().on_message_complete()
        self._turn()

    def on_response_complete(self) -> None:
        """An answer is written; the next request begins to be answered, if it is there."""
        super().on_response_complete()
        self.had_an_answer = True
        self._turn()

    def send_400_response(self, msg: str) -> None:
        """Refuse what comes, and end; an answer that is due to an earlier request goes out before that."""
        source = NOBODY if self.client is None else parsed(self.client[0]) or NOBODY
        self._log.info("malformed request", reason=msg, source=source.shown)
        cycle = self.cycle
        if cycle is not None and not self._is_answered:
            if self._is_whole or self._is_in_head or self.pipeline or cycle.response_started:
                self._hear_no_more()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        super().send_400_response(msg)

    def check(self, now: float) -> None:
        """End the connection if its client has kept us waiting for too long. Call it once a second."""
        if not self.transport.get_write_buffer_size():
            self._unread_since = None
        elif self._unread_since is None:
            self._unread_since = now
        elif now - self._unread_since > self._bounds.request_seconds:
            self.transport.abort()
            return
        since = self._waiting_since
        if self._is_answered and since is not None and now - since > self._patience:
            self.transport.close()

    @property
    def spare_since(self) -> float | None:
        """Since when its client keeps us waiting: for a request or the rest of one, or to take an answer."""
        return self._unread_since if self._waiting_since is None else self._waiting_since

    def give_way(self) -> None:
        """End at once, for another connection: what the client has not taken is lost."""
        self.transport.abort()
        # It would count until the loop comes round, and a request that comes meanwhile would be refused.
        self.connections.discard(self)

    def _read(self, piece: bytes) -> None:
        """As uvicorn's `data_received`."""
        self._unset_keepalive_if_required()
        try:
            self._feed(piece)
        except httptools.HttpParserError:
            self.send_400_response("The request is no HTTP.")

    def _feed(self, piece: bytes) -> None:
        """Have the parser read it, which reads no body where another protocol is asked for. Raises HttpParserError."""
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            if self.parser.get_method() == CONNECT:
                self._hear_no_more()
                return
            self._stay_with_http()
            self._feed(piece[upgrade.args[0] :])

    def _stay_with_http(self) -> None:
        """Read the head again as if no other protocol was asked for, which a server may (RFC 9110 section 7.8)."""
        before, taken = self.parser, (self._bytes, self._bare_bytes)
        head = [before.get_method(), b" ", self.url, b" HTTP/", before.get_http_version().encode(), b"\r\n"]
        for name, value in self.headers:
            if name != UPGRADE:
                head += [name, b": ", value, b"\r\n"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's
        self.parser.feed_data(b"".join([*head, b"\r\n"]))
        if not self._is_whole:
            self._bytes, self._bare_bytes = taken

    @property
    def _is_upgrade(self) -> bool:
        """Whether the request that is read asks for another protocol, and will be read again without that."""
        return self.parser.should_upgrade() and self.parser.get_method() != CONNECT

    @property
    def _is_answered(self) -> bool:
        """Whether the last of its requests has had its answer, or will have none."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.disconnected

    def _turn(self) -> None:
        """Whose turn it is: ours while a request that is whole has no answer yet, else the client's from now on."""
        is_ours = not self._is_answered and (self._is_whole or self._is_in_head or bool(self.pipeline))
        self._waiting_since = None if is_ours else self.loop.time()
        is_between = self._is_whole and self.cycle is not None
        self._patience = self._bounds.idle_seconds if is_between else self._bounds.request_seconds

    def _judge(self, count: int) -> None:
        """Refuse a request that is longer than one may be, and requests that are more than may wait."""
        if len(self.pipeline) > PIPELINED:
            following = self.pipeline[-1]  # uvicorn's queue is filled at its left
            self.pipeline.clear()
            self.pipeline.append(following)
            self.cycle = following[0]
            self._hear_no_more()
        else:
            self._bytes += count
            self._bare_bytes += count
            if self._bare_bytes > HEAD_BYTES or self._bytes > self._bounds.request_bytes:
                self.send_400_response("The request is too long.")

    def _hear_no_more(self) -> None:
        """Read nothing from now on; answer what there is to answer, and close."""
        self._is_deaf = self._is_whole = True
        self._is_in_head = False
        if self.cycle is None or self._is_answered:
            self.transport.close()
        else:
            self.cycle.keep_alive = False
            self.flow.pause_reading()
        self._turn()
