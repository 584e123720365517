"""A program that logs in by PAM, whose module asks a RADIUS server: pamtester and pam_radius_auth."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Self

from fakes.radius_server import SECRET, RadiusServer

SERVICE = "login-by-radius"
PAGE = 4096


class MissingPamError(Exception):
    """A program or module is not installed."""


class PamLogin:
    """One login from `with` on: it asks, by its prompts, and gets answers.

    The system's own PAM configuration is not touched: pam_wrapper has the service's read from a folder.
    """

    def __init__(self, radius: RadiusServer, user: str, folder: Path) -> None:
        program, wrapper, module = shutil.which("pamtester"), _library("libpam_wrapper.so"), _module()
        if program is None or wrapper is None or module is None:
            raise MissingPamError("not installed: pamtester, libpam-wrapper and libpam-radius-auth")
        services = folder / "services"
        services.mkdir()
        servers = folder / "servers"
        servers.touch(mode=0o600)
        servers.write_text(f"127.0.0.1:{radius.port} {SECRET} 30\n")
        (services / SERVICE).write_text(f"auth required {module} conf={servers} force_prompt\n")
        (services / "other").write_text("auth required pam_deny.so\n")
        environment = {
            **os.environ,
            "LD_PRELOAD": wrapper,
            "PAM_WRAPPER": "1",
            "PAM_WRAPPER_SERVICE_DIR": str(services),
        }
        self._heard = ""
        self._process = subprocess.Popen(
            [program, SERVICE, user, "authenticate"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def say(self, line: str) -> None:
        """Answer a prompt."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def prompt(self, pattern: str) -> str:
        """All that was said so far, as soon as the pattern is in it."""
        while not re.search(pattern, self._heard):
            self._hear()
        return self._heard

    def ended(self) -> str:
        """What the program says at last."""
        return self.prompt(r"pamtester: .*\n").rpartition("pamtester: ")[2].strip()

    def _hear(self) -> None:
        assert self._process.stdout is not None
        more = os.read(self._process.stdout.fileno(), PAGE)
        if not more:
            raise AssertionError(f"it ended after: {self._heard}")
        self._heard += more.decode(errors="replace")


def _library(name: str) -> str | None:
    found = sorted(Path("/usr/lib").glob(f"*/{name}")) or sorted(Path("/usr/lib").glob(name))
    return str(found[0]) if found else None


def _module() -> str | None:
    found = sorted(Path("/").glob("lib/*/security/pam_radius_auth.so"))
    return str(found[0]) if found else None
