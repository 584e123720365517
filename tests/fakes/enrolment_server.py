"""A server that takes enrolments as privacyIDEA does, as far as a client can tell, and does what a test wants."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from fakes.certificates import Certified

ADMIN, PASSWORD = "station", "the station's password there"
SESSION = "a session of the station"

# From the fields of a request to a status and a body, or to None: then the connection is closed without an answer.
Answer = Callable[[dict[str, str]], tuple[int, bytes] | None]


class EnrolmentServer:
    """Runs from `with` on. `tokens` has the fields that each serial was made with, `calls` all that was asked for.

    `lies` has, by path, a function that answers in place of the honest one; `encoding` is what it says of its bodies.
    """

    def __init__(self, certified: Certified | None = None) -> None:
        self.tokens: dict[str, dict[str, str]] = {}
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self.lies: dict[str, Answer] = {}
        self.encoding = ""
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.block_on_close = True
        scheme = "http"
        if certified is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certified.certificate, certified.key)
            self._http.socket = context.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
            scheme = "https"
        self.address = f"{scheme}://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def answer(
        self, method: str, path: str, fields: dict[str, str], session: str
    ) -> tuple[int, bytes] | None:
        self.calls.append((method, path, fields))
        if path in self.lies:
            return self.lies[path](fields)
        if path == "/auth":
            right = (fields["username"], fields["password"]) == (ADMIN, PASSWORD)
            return (
                done({"token": SESSION, "role": "admin"})
                if right
                else refused(401, 4031, "Wrong credentials")
            )
        if session != SESSION:
            return refused(401, 4033, "Authentication failure")
        if path == "/token/":
            found = [serial for serial in self.tokens if serial.casefold() == fields["serial"].casefold()]
            return done({"tokens": [{"serial": serial} for serial in found]})
        if path == "/token/init":
            self.tokens[fields["serial"]] = fields
            return done(True, otpkey={"value": f"seed://{fields['otpkey']}"}, serial=fields["serial"])
        if path == "/token/resync":
            return done(True)
        return refused(404, 404, "Not Found")


def done(value: Any, **detail: Any) -> tuple[int, bytes]:
    """What the server says when it has done what it was asked for."""
    return 200, json.dumps({"result": {"status": True, "value": value}, "detail": detail}).encode()


def refused(status: int, code: int, message: str) -> tuple[int, bytes]:
    """What it says when it does not."""
    error = {"code": code, "message": message}
    return status, json.dumps({"result": {"status": False, "error": error}}).encode()


def _handler(server: EnrolmentServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            self._reply(server.answer("GET", asked.path, dict(parse_qsl(asked.query)), self._session))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._reply(server.answer("POST", self.path, dict(parse_qsl(body)), self._session))

        def log_message(self, *_: object) -> None:
            pass

        @property
        def _session(self) -> str:
            return self.headers.get("Authorization", "")

        def _reply(self, answer: tuple[int, bytes] | None) -> None:
            self.close_connection = True
            if answer is None:
                return
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(answer[1])))
            if server.encoding:
                self.send_header("Content-Encoding", server.encoding)
            if 300 <= answer[0] < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(answer[1])

    return Handler
