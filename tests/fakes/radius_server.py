"""A real FreeRADIUS on loopback that asks a server with privacyIDEA's interface, and radclient as its door."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from host_tools.engines.interpreters import ROOT

CONFIGURATION = ROOT / "tests" / "interop" / "freeradius" / "radiusd.conf"
# pam_radius_auth ends it at a space.
SECRET = "between-door-and-server"
PROGRAMS = ("freeradius", "radclient")
READY = "Ready to process requests"
ATTEMPTS = 3


class MissingRadiusError(Exception):
    """FreeRADIUS is not installed."""


@dataclass(frozen=True)
class Answer:
    """What the server answered: the packet's name, the message for the user, and the state to send back."""

    packet: str
    message: str
    state: str


class RadiusServer:
    """A server from `with` on, for the login server at `address` whose certificate `authority` has signed."""

    def __init__(self, address: str, authority: Path) -> None:
        missing = [program for program in PROGRAMS if _program(program) is None]
        if missing or not Path("/usr/lib/freeradius/rlm_rest.so").is_file():
            raise MissingRadiusError("not installed: freeradius, freeradius-rest and freeradius-utils")
        self._login = {"LOGIN_SERVER": address, "LOGIN_AUTHORITY": str(authority)}
        self._folder = Path(tempfile.mkdtemp(prefix="freeradius-"))
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        try:
            shutil.copy(CONFIGURATION, self._folder / "radiusd.conf")
            for _ in range(ATTEMPTS):
                if self._started():
                    return self
            raise RuntimeError(f"FreeRADIUS does not start: {self.log()}")
        except BaseException:
            self._stop()
            raise

    def __exit__(self, *_: object) -> None:
        self._stop()

    def ask(self, user: str, password: str, state: str = "") -> Answer:
        """One request of a door (NAS), once."""
        attributes = [f'User-Name = "{_quoted(user)}"', f'User-Password = "{_quoted(password)}"']
        attributes += [f"State = {state}"] if state else []
        attributes += ["Message-Authenticator = 0x00"]
        ended = subprocess.run(
            [
                _program("radclient") or "",
                "-x",
                "-r",
                "1",
                "-t",
                "30",
                f"127.0.0.1:{self.port}",
                "auth",
                SECRET,
            ],
            input="\n".join(attributes),
            capture_output=True,
            text=True,
            check=False,
        )
        received = ended.stdout.partition("Received ")[2]
        if not received:
            raise AssertionError(f"no answer: {ended.stdout}{ended.stderr}{self.log()}")
        return Answer(
            received.split()[0],
            _found(r'Reply-Message = "(.*)"', received),
            _found(r"State = (0x[0-9a-f]+)", received),
        )

    def log(self) -> str:
        """What it has written."""
        return (self._folder / "log").read_text(errors="replace")

    def _started(self) -> bool:
        # It takes no socket from us, so its port is one that was free a moment ago.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = {
            **os.environ,
            **self._login,
            "RADIUS_FOLDER": str(self._folder),
            "RADIUS_PORT": str(self.port),
            "RADIUS_SECRET": SECRET,
        }
        command = [_program("freeradius") or "", "-f", "-l", "stdout", "-d", str(self._folder)]
        with (self._folder / "log").open("w") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, text=True, cwd=self._folder
            )
        while self._process.poll() is None:
            if READY in self.log():
                return True
        return False

    def _stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _program(name: str) -> str | None:
    # Debian keeps servers where only root's path leads.
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""
