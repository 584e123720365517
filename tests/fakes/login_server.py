"""Our application in a real HTTP server on loopback, under TLS, in a thread of the tests."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Self

import uvicorn
from fastapi import FastAPI

from fakes.certificates import certified


class LoginServer:
    """A server from `with` on; `address` is where, `authority` who has signed its certificate."""

    def __init__(self, application: FastAPI, folder: Path) -> None:
        made = certified(folder)
        self.authority = made.authority
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                application,
                ssl_certfile=made.certificate,
                ssl_keyfile=made.key,
                log_config=None,
                lifespan="off",
                timeout_graceful_shutdown=5,
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],))

    def __enter__(self) -> Self:
        # Whoever connects early waits: the socket listens already.
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()
