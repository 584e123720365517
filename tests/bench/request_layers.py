"""What the layers around the login service's endpoints cost: µs of processor time a request, without sockets."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from host_tools.inventory import Inventory, Location
from host_tools.login.service.stack import add_stack
from host_tools.login.service.system import System
from host_tools.login.serving import logs
from host_tools.login.serving.crew import Crew
from host_tools.login.serving.limits import SharedLimits
from host_tools.login.serving.metrics import MetricsFolder, RequestMetrics, take_place
from host_tools.login.serving.settings import Settings

REQUESTS = 5_000
BODY = b'{"user": "j.doe", "challenge": "123456", "response": "12345678"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


def routed(app: FastAPI) -> FastAPI:
    """With an endpoint that takes a small body, asynchronous: no thread is measured."""

    @app.post("/take")
    async def take(body: dict[str, str]) -> int:
        return len(body)

    return app


async def microseconds(app: Any) -> float:
    """Mean over many requests, the best of five rounds."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise RuntimeError(message)

    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for _ in range(REQUESTS // 5):
            scope = {
                "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
                "scheme": "http", "path": "/take", "raw_path": b"/take", "query_string": b"", "root_path": "",
                "headers": HEADERS, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
            }  # fmt: skip
            await app(scope, receive, send)
        best = min(best, (time.process_time() - began) / (REQUESTS // 5))
    return best * 1e6


def main() -> None:
    """Print the table; the log goes to /dev/null."""
    settings = Settings(source_per_second=1_000_000, source_burst=1_000_000)
    os.dup2(os.open(os.devnull, os.O_WRONLY), logs.STANDARD_ERROR)
    with MetricsFolder(), tempfile.TemporaryDirectory() as folder:
        take_place(0)
        with Inventory.open(Location.inside(Path(folder))) as inventory:
            limits = SharedLimits(settings.remembered)
            system = System(inventory, limits, Crew(1), RequestMetrics(), logs.set_up("info"), 5)
            plain, layered = routed(FastAPI()), routed(FastAPI())
            add_stack(layered, system, settings)
            without, with_layers = asyncio.run(microseconds(plain)), asyncio.run(microseconds(layered))
            quiet = routed(FastAPI())
            add_stack(quiet, dataclasses.replace(system, logger=logs.set_up("error")), settings)
            unlogged = asyncio.run(microseconds(quiet))
            limits.close()
    sys.stdout.write(f"FastAPI alone        {without:6.0f} µs\n")
    sys.stdout.write(f"with layers, no log  {unlogged:6.0f} µs\n")
    sys.stdout.write(f"with layers          {with_layers:6.0f} µs\n")


if __name__ == "__main__":
    main()
