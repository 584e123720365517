"""A login service as processes of its own, with endpoints that are slow, fail, or tell which worker answers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from fastapi import Body, FastAPI, Request

from host_tools.inventory import Inventory, Location
from host_tools.login.service import app as real
from host_tools.login.service.note import known_key
from host_tools.login.service.system import System
from host_tools.login.serving import config_file, running
from host_tools.login.serving.errors import ServingError
from host_tools.login.serving.settings import Settings
from host_tools.login.serving.worker import Service
from host_tools.login.system import LoginSystem

SLOW_SECONDS = 0.2
PASSPHRASE = b"six words that nobody has guessed"


def create_app(system: System, settings: Settings) -> FastAPI:
    """The real application, with more endpoints."""
    if "BROKEN" in os.environ:
        raise RuntimeError(os.environ["BROKEN"])
    app = real.create_app(system, settings)

    @app.get("/pid")
    async def pid() -> int:
        return os.getpid()

    @app.get("/slow")
    async def slow() -> int:
        await asyncio.sleep(SLOW_SECONDS)
        return os.getpid()

    @app.post("/take/{name}")
    def take(name: str, body: dict[str, str] = Body(...)) -> int:  # noqa: B008
        return sum(map(len, body.values()))

    @app.get("/fails/{secret}")
    def fails(secret: str) -> None:
        raise ValueError(secret)

    @app.get("/as/{key}")
    def keyed(request: Request, key: str) -> None:
        known_key(request.scope, key)

    return app


class RunningService:
    """A service that was started; `answers` waits until it says its address."""

    def __init__(self, folder: Path, config: str, *options: str, **environment: str) -> None:
        self.config = folder / "login.toml"
        self.config.write_text(config)
        self._log = folder / "log"
        location = Location.inside(folder)
        if not location.database.exists():
            new = (lambda: bytearray(PASSPHRASE)) if "passphrase" in options else None
            Inventory.open(location, new=new).close()
        path = os.pathsep.join(one for one in sys.path if one)
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, __file__, str(self.config), *options],
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": path, **environment},
            )
        self.url = ""
        self.asked: list[str] = []  # for what secrets, by the time that it answered

    def answers(self) -> RunningService:
        """Wait until all workers answer."""
        line = self.process.stdout.readline().decode()
        assert line.startswith("at "), self.log
        _, self.url, *self.asked = line.split()
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        url = httpx.URL(self.url)
        return url.host, url.port

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self._log.read_text()

    def lines(self, event: str) -> list[dict[str, Any]]:
        """The log's lines of this event."""
        return [line for line in map(json.loads, self.log.splitlines()) if line["event"] == event]

    def signal(self, number: int) -> None:
        """Send a signal to the parent."""
        self.process.send_signal(number)

    def ended(self) -> tuple[int, str]:
        """Wait for the end; the exit code, and what was printed since."""
        out, _ = self.process.communicate(timeout=30)
        return self.process.returncode, out.decode()

    def stop(self) -> None:
        """End it, as a test's last act."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.ended()
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.stdout.close()


def until(true: Callable[[], Any], seconds: float = 20) -> Any:
    """Wait for it, and return what it gives."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it did not become true"
        time.sleep(0.02)
    return found


def main() -> int:
    """Serve by the config file of the first argument."""
    config, *options = sys.argv[1:]
    asked: list[str] = []

    def ask() -> bytearray:
        asked.append("passphrase")
        return bytearray(PASSPHRASE)

    service = Service(partial(LoginSystem.open, Location.inside(Path(config).parent)), create_app)
    try:
        return running.serve(
            service,
            config_file.read(Path(config)),
            ask=ask,
            pin=ask,
            reread=lambda: (service, config_file.read(Path(config))),
            ready=lambda address: print("at", address, *asked, flush=True),
            forks="alone" not in options,
        )
    except ServingError as error:
        print(error, flush=True)
        return 2


if __name__ == "__main__":
    sys.exit(main())
