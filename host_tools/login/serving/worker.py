"""One worker: opens the inventory, builds the application, answers until it is told to stop or its parent is gone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from host_tools.inventory.errors import InventoryError
from host_tools.login.service.system import System
from host_tools.login.serving import descriptors, logs, metrics
from host_tools.login.serving.crew import Crew
from host_tools.login.serving.errors import NotReadyError, ServingError
from host_tools.login.serving.limits import SharedLimits
from host_tools.login.serving.master_key import MasterKeySecrets
from host_tools.login.serving.server import LoginServer
from host_tools.login.serving.settings import Settings
from host_tools.login.serving.turns import Turns
from host_tools.login.system import LoginSystem

if TYPE_CHECKING:
    from fastapi import FastAPI

    from host_tools.inventory.custody import Ask

READY: Final = b"R"
FAILED: Final = b"F"
FAILED_CODE: Final = 1
_AGAIN_SECONDS: Final = 0.25
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Service:
    """What a worker is made of: how the login system is opened, and the application over it."""

    opens: Callable[..., LoginSystem]  # with `ask` and `pin`, of type Ask
    make_app: Callable[[System, Settings], FastAPI]


@dataclass(frozen=True, slots=True)
class Shared:
    """What was made before the fork: the socket, and the memory that the workers have in common."""

    listener: socket.socket
    limits: SharedLimits
    crew: Crew
    turns: Turns
    signing_key: bytes = field(repr=False)  # of tokens for API keys; a reload keeps it, a restart does not


def run_forked(
    place: int,
    service: Service,
    settings: Settings,
    shared: Shared,
    secrets: MasterKeySecrets,
    report: int,
    lifeline: int,
) -> int:
    """In a child: answer, and return the code to exit with.

    `report` takes READY, or FAILED and why; `lifeline` is a pipe that ends when the parent does.
    """
    metrics.take_place(place)

    def begun() -> None:
        os.write(report, READY)

    def alive(server: LoginServer) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, _stop, server)
        loop.add_reader(lifeline, _orphaned, server, lifeline)

    try:
        logins = service.opens(ask=secrets.passphrase, pin=secrets.pin)
        secrets.wipe()  # this process's copy
        with logins:
            _answer(logins, service, settings, shared, place, alive, begun)
    except (InventoryError, ServingError) as error:
        os.write(report, FAILED + str(error).encode())
        return FAILED_CODE
    except BaseException as error:  # noqa: BLE001 - what is above in the stack belongs to the parent
        logs.set_up(settings.log_level, worker=place).error("worker failed", **logs.about(error))
        os.write(report, FAILED + type(error).__name__.encode())
        return FAILED_CODE
    finally:
        secrets.wipe()
    return 0


def run_alone(
    service: Service, settings: Settings, shared: Shared, ask: Ask, pin: Ask, ready: Callable[[], None]
) -> None:
    """Answer in this process, where processes can't be forked. Raises InventoryError, ServingError."""
    shared.crew.set(1, 1)

    def alive(server: LoginServer) -> None:
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: _stop(server))

    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        with service.opens(ask=ask, pin=pin) as logins:
            _answer(logins, service, settings, shared, 0, alive, ready)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _answer(
    logins: LoginSystem,
    service: Service,
    settings: Settings,
    shared: Shared,
    place: int,
    alive: Callable[[LoginServer], None],
    ready: Callable[[], None],
) -> None:
    room = descriptors.allow(settings.connections)
    logins.inventory.take_turns(shared.turns.turn)
    logger = logs.set_up(settings.log_level, worker=place)
    system = System(logins, shared.limits, shared.crew, metrics.RequestMetrics(), logger, shared.signing_key)
    if room < settings.connections:
        logger.warning("fewer connections than set: too few open files are allowed", connections=room)
        settings = replace(settings, connections=room)
    app = service.make_app(system, settings)

    async def well() -> None:
        alive(server)
        await _well(app, settings)

    server = LoginServer(app, settings, logger, well, ready)
    server.run(sockets=[shared.listener])


def _stop(server: LoginServer) -> None:
    server.should_exit = True


def _orphaned(server: LoginServer, lifeline: int) -> None:
    asyncio.get_running_loop().remove_reader(lifeline)
    _stop(server)


async def _well(app: FastAPI, settings: Settings) -> None:
    """Ask our own /healthz until it is well. Raises NotReadyError."""
    loop = asyncio.get_running_loop()
    until = loop.time() + settings.start_seconds
    while True:
        status, body = await _asked(app)
        if status == _OK:
            return
        if loop.time() > until:
            raise NotReadyError(", ".join(json.loads(body).get("reasons", [str(status)])))
        await asyncio.sleep(_AGAIN_SECONDS)


async def _asked(app: FastAPI) -> tuple[int, bytes]:
    """/healthz, asked from within: there is no client."""
    status, body = 0, bytearray()
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/healthz",
        "raw_path": b"/healthz",
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": None,
        "server": None,
        "state": {},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)
        body.extend(message.get("body", b""))

    await app(scope, receive, send)
    return status, bytes(body)
