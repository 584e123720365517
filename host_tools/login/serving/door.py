"""Where connections come in: they count from the moment they are accepted, and whoever waits longest makes room."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from host_tools.login.serving.connection import LoginProtocol

PAUSE_SECONDS: Final = 1.0  # after the system had nothing left to accept one with


class Door:
    """asyncio's servers would shake hands with any number of clients for a minute each, and know none of them."""

    def __init__(
        self,
        make: Callable[[Callable[[], bool]], LoginProtocol],
        connections: set[Any],
        context: ssl.SSLContext | None,
        *,
        most: int,
        seconds: float,
    ) -> None:
        """`make` makes a connection, which adds itself to `connections` and then calls what it was given:
        false says that it had to make room meanwhile.

        At most `most` are held, and those that still shake hands are among them. TLS has `seconds` to begin, and as
        many to end.
        """
        self._make, self._connections, self._most = make, connections, most
        self._options: dict[str, Any] = {}
        if context is not None:
            self._options = {
                "ssl": context,
                "ssl_handshake_timeout": seconds,
                "ssl_shutdown_timeout": seconds,
            }
        self._arriving: dict[asyncio.Task[Any], float] = {}  # and since when; the longest first
        self._listeners: Sequence[socket.socket] = ()

    def open(self, listeners: Sequence[socket.socket]) -> None:
        """Accept from now on. They have to be listening and non-blocking."""
        self._listeners = listeners
        for one in listeners:
            asyncio.get_running_loop().add_reader(one, self._accept, one)

    def close(self) -> None:
        """Accept those that the system has accepted for us, and would reset when the socket is closed; then close it.

        Were it left open, the system would go on to accept clients, whom nobody ever answers.
        """
        for one in self._listeners:
            asyncio.get_running_loop().remove_reader(one)
            while self._accept(one):
                pass
            one.close()
        self._listeners = ()

    @property
    def is_idle(self) -> bool:
        """Whether nobody shakes hands."""
        return not self._arriving

    def give_up(self) -> None:
        """Shake hands with nobody any more."""
        for one in self._arriving:
            one.cancel()

    def _accept(self, listener: socket.socket) -> bool:
        """Accept one, so that all workers and all that is under way have a turn before the next; False if none came."""
        try:
            taken, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False
        except OSError as error:
            logging.getLogger(__name__).warning("connections can't be accepted for now", exc_info=error)
            loop = asyncio.get_running_loop()
            loop.remove_reader(listener)
            loop.call_later(PAUSE_SECONDS, self._again, listener)
            return False
        taken.setblocking(False)
        if len(self._connections) + len(self._arriving) >= self._most:
            self._make_room()
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._welcome(taken))
        self._arriving[task] = loop.time()
        task.add_done_callback(lambda done: self._arriving.pop(done, None))
        return True

    def _again(self, listener: socket.socket) -> None:
        if listener in self._listeners:
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    async def _welcome(self, taken: socket.socket) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - for the type checker
        make = partial(self._make, partial(self._come, task))
        with contextlib.suppress(OSError):  # it has gone, or speaks no TLS
            await asyncio.get_running_loop().connect_accepted_socket(make, taken, **self._options)

    def _make_room(self) -> None:
        """End the connection that has kept us waiting longest: else those would have all others refused.

        It is one of those that had no answer yet, or of those that had one, whichever are more. So neither who never
        asks, nor who asks once and then holds on, has the others closed.
        """
        new: list[tuple[float, Callable[[], object]]] = [
            (since, partial(self._turn_away, task)) for task, since in self._arriving.items()
        ]
        known: list[tuple[float, Callable[[], object]]] = []
        for one in self._connections:
            if isinstance(one, LoginProtocol) and one.spare_since is not None:
                (known if one.had_an_answer else new).append((one.spare_since, one.give_way))
        more = max(new, known, key=len)
        if more:
            _, end = min(more, key=lambda one: one[0])
            end()

    def _come(self, task: asyncio.Task[Any]) -> bool:
        return self._arriving.pop(task, None) is not None

    def _turn_away(self, task: asyncio.Task[Any]) -> None:
        task.cancel()
        del self._arriving[task]
