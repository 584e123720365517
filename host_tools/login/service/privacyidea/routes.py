"""privacyIDEA's endpoints over the port: `/validate/check`, `/validate/triggerchallenge`, polling, `/auth`."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from dsc.crypto import memory
from host_tools.login.service.privacyidea import described, messages, requests
from host_tools.login.service.privacyidea.bodies import parameters_of
from host_tools.login.service.privacyidea.errors import LimitError, NoTokenError, WireError
from host_tools.login.service.privacyidea.gate import Door, Gate
from host_tools.login.service.privacyidea.outcomes import TRIGGER, Checks, Source
from host_tools.policy.privacyidea import WirePolicy

# What is answered is about one login at one moment, and may be a token.
_UNKEPT = {"Cache-Control": "no-store"}


def router(
    checks: Checks,
    policy: WirePolicy | None = None,
    now: Callable[[], float] = time.time,
    gate: Gate | None = None,
) -> APIRouter:
    """The endpoints. Their documents are privacyIDEA's, so FastAPI's own answers to bad input are not used.

    `gate` says who may ask, and keeps account of it; without one everybody may.
    """
    limits, door = policy or WirePolicy(), gate or Door()
    routes = APIRouter(route_class=_privacyidea_route(door, now), tags=["privacyIDEA"])

    @routes.post("/validate/check", **described.CHECK)
    async def check(request: Request) -> Response:
        parameters = await parameters_of(request, limits)
        source = source_of(request, parameters)
        asked = requests.check_of(parameters, limits)
        try:
            if not asked.transaction:
                door.charge_account(request, asked.user)
            outcome = await run_in_threadpool(checks.check, asked, source)
        finally:
            memory.wipe(asked.secret)
        return _answer(messages.verdict(outcome, now()))

    @routes.post("/validate/triggerchallenge", **described.TRIGGER)
    async def trigger(request: Request) -> Response:
        # Whoever has no right learns nothing about the parameters.
        caller = await run_in_threadpool(checks.caller, _token(request), TRIGGER)
        door.charge_key(request, caller)
        parameters = await parameters_of(request, limits)
        source = source_of(request, parameters)
        user = requests.triggered_user(parameters, limits)
        door.charge_account(request, user)
        outcome = await run_in_threadpool(checks.trigger, user, caller, source)
        return _answer(messages.triggered(outcome, now()))

    @routes.get("/validate/polltransaction", **described.POLL)
    async def poll(request: Request) -> Response:
        return await progress(request, await parameters_of(request, limits))

    @routes.get("/validate/polltransaction/{transaction_id}", **described.POLL_BY_PATH)
    async def poll_by_path(request: Request, transaction_id: str) -> Response:
        return await progress(request, {"transaction_id": transaction_id})

    async def progress(request: Request, parameters: dict[str, str]) -> Response:
        transaction = requests.polled_transaction(parameters, limits)
        source = source_of(request, {})
        found = await run_in_threadpool(checks.progress, transaction, source)
        return _answer(messages.progressed(found, now()))

    @routes.post("/auth", **described.AUTH)
    async def authenticate(request: Request) -> Response:
        parameters = await parameters_of(request, limits)
        source = source_of(request, parameters)
        name, secret = requests.key_of(parameters, limits)
        try:
            issued = await run_in_threadpool(checks.authenticate, name, secret, source)
        finally:
            memory.wipe(secret)
        door.charge_key(request, issued.name)
        return _answer(messages.issued(issued, now()))

    def source_of(request: Request, parameters: dict[str, str]) -> Source:
        claimed = requests.claimed_client(parameters, limits)
        address = door.enter(request, claimed)
        return Source(address, claimed, request.headers.get("user-agent", ""))

    return routes


def _privacyidea_route(door: Gate, now: Callable[[], float]) -> type[APIRoute]:
    """A route that answers whatever goes wrong in privacyIDEA's document."""

    class PrivacyIdeaRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handled = super().get_route_handler()

            async def handle(request: Request) -> Response:
                try:
                    door.check(request)
                    return await handled(request)
                except WireError as error:
                    status, document = messages.failed(error, now())
                    retry = {"Retry-After": error.seconds} if isinstance(error, LimitError) else {}
                    return _answer(document, status, retry)
                except Exception as error:  # noqa: BLE001 - the client parses what it gets, and the log has what happened
                    door.report(request, error)
                    status, document = messages.broken(now())
                    return _answer(document, status)

            return handle

    return PrivacyIdeaRoute


def _answer(
    document: messages.Document, status: int = 200, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    return JSONResponse(document, status_code=status, headers={**_UNKEPT, **(headers or {})})


def _token(request: Request) -> str:
    token = request.headers.get("PI-Authorization") or request.headers.get("Authorization")
    if not token:
        raise NoTokenError
    return token
