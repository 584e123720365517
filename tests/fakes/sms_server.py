"""A text-message gateway by HTTP: takes messages, and misbehaves when a test wants it to."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from fakes.certificates import Certified


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class SmsServer:
    """Runs from `with` on; `asked` has what came. How it answers:

    `status` and `headers` as they stand, with all that it was sent repeated in headers and body if `echoes`. `way` is
    "answer", "close" (at once, without a word), "silent" (says nothing until the test ends) or "drip" (a byte of a
    header now and then, for ever).
    """

    def __init__(self, certified: Certified | None = None) -> None:
        self.asked: list[Asked] = []
        self.status = 202
        self.headers: dict[str, str] = {}
        self.echoes = False
        self.way = "answer"
        self.over = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
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
        self.over.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def _handler(server: SmsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the client went away, or trusts us not
                self.close_connection = True

        def do_POST(self) -> None:
            self.close_connection = True
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = Asked(self.command, self.path, dict(self.headers), body)
            server.asked.append(asked)
            if server.way == "close":
                return
            if server.way == "silent":
                server.over.wait(60)
                return
            if server.way == "drip":
                self._drip()
                return
            self._answer(asked)

        def do_PUT(self) -> None:
            self.do_POST()

        def _answer(self, asked: Asked) -> None:
            said = f"{asked.headers} ".encode() + asked.body if server.echoes else b"{}"
            self.send_response(server.status)
            for name, value in server.headers.items():
                self.send_header(name, value)
            if server.echoes:
                self.send_header("X-You-Said", " ".join(said.decode("latin-1").split()))
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def _drip(self) -> None:
            self.wfile.write(b"HTTP/1.1 202 Accepted\r\nX-Slow: ")
            while not server.over.wait(0.02):
                self.wfile.write(b"x")
                self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
