"""`picodsc serve` as its users start it: processes of its own, over an inventory that the test opens as well."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from fakes.certificates import certified
from host_tools.inventory import Location

COMMAND = "from host_tools.cli.main import main; main()"
SECONDS = 60  # to start, or to end


class PicodscServe:
    """A service from `with` on: `address` is where, `authority` who has signed its certificate, if it has one."""

    def __init__(
        self, location: Location, folder: Path, *, workers: int = 2, tls: bool = True, more: str = ""
    ) -> None:
        """`folder` is for its files. `more` are lines of its settings behind those of the section [server]."""
        self.authority: Path | None = None
        settings = f"[server]\nport = 0\nworkers = {workers}\n"
        folder.mkdir(parents=True, exist_ok=True)
        if tls:
            made = certified(folder)
            made.key.chmod(0o600)
            self.authority = made.authority
            settings += f'tls_certificate = "{made.certificate}"\ntls_key = "{made.key}"\n'
        self._settings, self._log = folder / "login.toml", folder / "login.log"
        self._settings.write_text(settings + more)
        self._places = {
            "PICODSC_DATABASE": str(location.database)
            if isinstance(location.database, Path)
            else location.database.render_as_string(hide_password=False),
            "PICODSC_MASTER_KEY": str(location.master_key),
        }
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        path = os.pathsep.join(one for one in sys.path if one)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", COMMAND, "serve", "--config", str(self._settings)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **self._places, "PYTHONPATH": path},
            )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if " at http" not in said:
            self.__exit__()
            raise AssertionError(f"it does not start: {said}{self.log()}")
        self.address = said.split()[-1]
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(SECONDS)
        finally:
            process.kill()
            process.stdout.close()

    @property
    def pid(self) -> int:
        """The process whose children are the workers."""
        assert self._process is not None
        return self._process.pid

    def reload(self) -> None:
        """Have it read its settings anew, and replace its workers."""
        os.kill(self.pid, signal.SIGHUP)

    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text()

    def events(self, event: str) -> list[dict[str, Any]]:
        """The log's lines of this event."""
        return [line for line in map(json.loads, self.log().splitlines()) if line["event"] == event]
