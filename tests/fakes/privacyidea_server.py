"""A real privacyIDEA server of the tests' own, on loopback under TLS, with nothing left of it afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import httpx

from fakes.certificates import certified
from host_tools.engines.interpreters import ROOT

VENV = ROOT / "build" / "privacyidea" / "venv"
ADMIN, PASSWORD = "station", "the station's password there"
REALM, USER = "bank", "maria"
BOOT_SECONDS = 120
# The commands of pi-manage, one after the other in one process: loading it takes longer than they do.
MANAGE = """
import json, sys
from privacyidea.cli.pimanage.main import cli
for command in json.loads(sys.argv[1]):
    cli.main(command, standalone_mode=False)
"""
GUNICORN = ("--threads", "4", "--no-control-socket", "--log-level", "warning")
# What a connection of the server's own says of its durability, in the order of the answers.
SYNCHRONOUS = """
import sys
from privacyidea.app import create_app
from privacyidea.models import db
from sqlalchemy import text
with create_app(config_name="production", config_file=sys.argv[1], silent=True).app_context():
    print(*(db.session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")))
"""


class MissingServerError(Exception):
    """privacyIDEA is not installed."""


class PrivacyIdeaServer:
    """A server from `with` on: an administrator, one realm with its users, and no policies."""

    def __init__(self, workers: int = 1, users: Sequence[str] = (USER,), tls: bool = True) -> None:
        """One worker is up sooner than two, and does unless it is asked in parallel."""
        self._workers, self._users, self._tls = workers, users, tls
        if not (VENV / ".stamp").is_file():
            raise MissingServerError("privacyIDEA is not installed: run 'make interop'")
        self._folder = Path(tempfile.mkdtemp(prefix="privacyidea-"))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._configure()
            self._start()
            self._populate()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def pid(self) -> int:
        """The process whose children are the workers."""
        assert self._process is not None
        return self._process.pid

    def check(self, serial: str = "", **fields: str) -> dict[str, Any]:
        """What /validate/check answers a login, for a serial, or for the one user of the realm."""
        who = {"serial": serial} if serial else {"user": USER, "realm": REALM}
        answer = self._client.post("validate/check", data={"pass": "", **who, **fields})
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    def verdict(self, serial: str = "", **fields: str) -> str:
        """ACCEPT, REJECT or CHALLENGE."""
        return self.check(serial, **fields)["result"]["authentication"]

    def challenge(self, serial: str = "", **fields: str) -> tuple[str, str]:
        """A challenge that the server issues, and its transaction."""
        answered = self.check(serial, **fields)
        assert answered["result"]["authentication"] == "CHALLENGE", answered
        detail = answered["detail"]
        return detail["multi_challenge"][0]["attributes"]["challenge"], detail["transaction_id"]

    def administer(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask for something as the administrator."""
        return self._client.request(method, path, headers={"Authorization": self._session}, **options)

    def token(self, serial: str) -> dict[str, Any]:
        """What the server tells of a token."""
        listed = self.administer("GET", "token/", params={"serial": serial}).json()["result"]["value"]
        (token,) = listed["tokens"]
        return token

    def logs(self) -> bytes:
        """All that it has written, but for its database and keys."""
        return b"".join(path.read_bytes() for path in sorted(self._folder.glob("*.log")))

    def durability(self) -> tuple[str, int]:
        """SQLite's `journal_mode` and `synchronous` (2 is FULL) in a connection that the server's own code opened."""
        told = subprocess.run(
            [str(VENV / "bin" / "python"), "-c", SYNCHRONOUS, str(self._configuration)],
            env=self._environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=True,
        )
        journal, synchronous = told.stdout.split()[-2:]
        return journal, int(synchronous)

    def _configure(self) -> None:
        self.certified = certified(self._folder)
        (self._folder / "users").write_text(
            "".join(
                f"{user}:x:{number}:{number}:{user.title()}:/home/{user}:/bin/false\n"
                for number, user in enumerate(self._users, 1001)
            )
        )
        self._configuration.write_text(
            'SUPERUSER_REALM = ["super"]\n'
            f'SQLALCHEMY_DATABASE_URI = "sqlite:///{self._folder / "server.db"}"\n'
            f'SECRET_KEY = "{os.urandom(16).hex()}"\n'
            f'PI_PEPPER = "{os.urandom(16).hex()}"\n'
            f'PI_ENCFILE = "{self._folder / "encryption.key"}"\n'
            f'PI_AUDIT_KEY_PRIVATE = "{self._folder / "audit-private.pem"}"\n'
            f'PI_AUDIT_KEY_PUBLIC = "{self._folder / "audit-public.pem"}"\n'
            f'PI_LOGFILE = "{self._folder / "server.log"}"\n'
        )
        commands = (
            ("setup", "create_enckey"),
            ("setup", "create_audit_keys"),
            ("setup", "create_tables"),
            ("admin", "add", ADMIN, "-e", f"{ADMIN}@example.org", "-p", PASSWORD),
        )
        with (self._folder / "setup.log").open("wb") as log:
            ended = subprocess.run(
                [str(VENV / "bin" / "python"), "-c", MANAGE, json.dumps(commands)],
                env=self._environment,
                cwd=self._folder,
                stdout=log,
                stderr=log,
                check=False,
            )
        if ended.returncode:
            raise RuntimeError(f"pi-manage failed: {self.logs().decode(errors='replace')}")

    def _start(self) -> None:
        # The socket is made here and handed down: the port is free, and whoever connects early waits.
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            (self._folder / "gunicorn.log").open("wb") as log,
        ):
            scheme = "https" if self._tls else "http"
            files = ("--certfile", str(self.certified.certificate), "--keyfile", str(self.certified.key))
            self.address = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
            command = [
                str(VENV / "bin" / "gunicorn"),
                *GUNICORN,
                *("--workers", str(self._workers), "--bind", f"fd://{listener.fileno()}"),
                *(files if self._tls else ()),
                f"privacyidea.app:create_app(config_name='production', config_file='{self._configuration}')",
            ]
            self._process = subprocess.Popen(
                command,
                pass_fds=[listener.fileno()],
                env=self._environment,
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        self._client = httpx.Client(
            base_url=self.address,
            verify=ssl.create_default_context(cafile=self.certified.authority),
            timeout=BOOT_SECONDS,
            trust_env=False,
        )

    def _populate(self) -> None:
        signed_in = self._client.post("auth", data={"username": ADMIN, "password": PASSWORD}).json()
        self._session = signed_in["result"]["value"]["token"]
        users = {"type": "passwdresolver", "fileName": str(self._folder / "users")}
        for path, fields in ((f"resolver/{REALM}", users), (f"realm/{REALM}", {"resolvers": REALM})):
            answer = self.administer("POST", path, data=fields)
            assert answer.status_code == httpx.codes.OK, answer.text

    def _stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait()
            self._client.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _configuration(self) -> Path:
        return self._folder / "pi.cfg"

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PRIVACYIDEA_CONFIGFILE": str(self._configuration)}
