"""A real nginx on loopback, with the site that the documentation shows, before a login service."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from fakes.certificates import certified
from fakes.documented import block, replaced
from host_tools.engines.interpreters import ROOT

AROUND = ROOT / "tests" / "interop" / "nginx" / "nginx.conf"
ATTEMPTS = 3


class MissingNginxError(Exception):
    """nginx is not installed."""


class NginxProxy:
    """A proxy from `with` on: `address` is where, `authority` who has signed its certificate."""

    def __init__(self, service: str) -> None:
        """`service` is the address of what stands behind it."""
        # Debian keeps servers where only root's path leads.
        program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if program is None:
            raise MissingNginxError("not installed: nginx-light")
        self._program, self._service = program, service
        self._folder = Path(tempfile.mkdtemp(prefix="nginx-"))
        self._certified = certified(self._folder)
        self.authority = self._certified.authority
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            shutil.copy(AROUND, self._folder / "nginx.conf")
            for _ in range(ATTEMPTS):
                if self._started():
                    return self
            raise RuntimeError(f"nginx does not start: {self.log()}")
        except BaseException:
            self._stop()
            raise

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def address(self) -> str:
        """Where it is reached, as a URL."""
        return f"https://127.0.0.1:{self.port}"

    def log(self) -> str:
        """What it has warned of."""
        return (self._folder / "error.log").read_text(errors="replace")

    def _started(self) -> bool:
        # It takes no socket from us, so its port is one that was free a moment ago.
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        places = {
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "/etc/ssl/login.example.org.pem": str(self._certified.certificate),
            "/etc/ssl/private/login.example.org.key": str(self._certified.key),
            "http://127.0.0.1:8080": self._service,
        }
        site = replaced(block("login-service.md", "nginx"), places)
        (self._folder / "site.conf").write_text(site)
        # Root's workers would be another user's, who can't come into the folder.
        user = f"user {pwd.getpwuid(os.geteuid()).pw_name};"
        self._process = subprocess.Popen(
            [self._program, "-p", str(self._folder), "-c", "nginx.conf", "-e", "error.log", "-g", user],
            stderr=subprocess.DEVNULL,  # the same is in its log
        )
        while self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                continue
            return (self._folder / "nginx.pid").read_text().strip() == str(self._process.pid)
        return False

    def _stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
