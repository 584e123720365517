"""The socket that all workers accept from."""

from __future__ import annotations

import socket
from typing import Final

from host_tools.login.serving.errors import AddressInUseError

BACKLOG: Final = 2048


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens, with TCP_NODELAY. Raises AddressInUseError.

    Accepted connections inherit the option from it. asyncio would set it on sockets that know their protocol, which
    one that uvicorn makes for its workers does not: each answer could wait for the client's acknowledgement.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.bind(address)
            made.listen(BACKLOG)
            made.setblocking(False)
        except BaseException:
            made.close()
            raise
    except OSError as error:
        raise AddressInUseError(host, port, (error.strerror or str(error)).lower()) from error
    return made


def address(listener: socket.socket, *, tls: bool) -> str:
    """Where it is reached, as a URL."""
    host, port = listener.getsockname()[:2]
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
