"""privacyIDEA's endpoints over the port: `/validate/check`, `/validate/triggerchallenge`, polling, `/auth`."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from dsc.crypto import memory
from host_tools.login.service.privacyidea import messages, requests
from host_tools.login.service.privacyidea.bodies import parameters_of
from host_tools.login.service.privacyidea.errors import NoTokenError, WireError
from host_tools.login.service.privacyidea.outcomes import TRIGGER, Checks, Source
from host_tools.policy.privacyidea import WirePolicy

# What is answered is about one login at one moment, and may be a token.
_UNKEPT = {"Cache-Control": "no-store"}


def router(
    checks: Checks, policy: WirePolicy | None = None, now: Callable[[], float] = time.time
) -> APIRouter:
    """The endpoints. Their documents are privacyIDEA's, so FastAPI's own answers to bad input are not used."""
    limits = policy or WirePolicy()
    routes = APIRouter(route_class=_privacyidea_route(now), tags=["privacyIDEA"])

    @routes.post("/validate/check", summary="Take a step of a login")
    async def check(request: Request) -> Response:
        parameters = await parameters_of(request, limits)
        source = _source(request, requests.claimed_client(parameters, limits))
        asked = requests.check_of(parameters, limits)
        try:
            outcome = await run_in_threadpool(checks.check, asked, source)
        finally:
            memory.wipe(asked.secret)
        return _answer(messages.verdict(outcome, now()))

    @routes.post("/validate/triggerchallenge", summary="Start a login whose first factor was checked")
    async def trigger(request: Request) -> Response:
        # Whoever has no right learns nothing about the parameters.
        caller = await run_in_threadpool(checks.caller, _token(request), TRIGGER)
        parameters = await parameters_of(request, limits)
        source = _source(request, requests.claimed_client(parameters, limits))
        user = requests.triggered_user(parameters, limits)
        outcome = await run_in_threadpool(checks.trigger, user, caller, source)
        return _answer(messages.triggered(outcome, now()))

    @routes.get("/validate/polltransaction", summary="Ask whether a login was confirmed elsewhere")
    async def poll(request: Request) -> Response:
        return await progress(request, await parameters_of(request, limits))

    @routes.get("/validate/polltransaction/{transaction_id}", summary="The same, by path")
    async def poll_by_path(request: Request, transaction_id: str) -> Response:
        return await progress(request, {"transaction_id": transaction_id})

    async def progress(request: Request, parameters: dict[str, str]) -> Response:
        transaction = requests.polled_transaction(parameters, limits)
        found = await run_in_threadpool(checks.progress, transaction, _source(request, ""))
        return _answer(messages.progressed(found, now()))

    @routes.post("/auth", summary="Get a token for an API key")
    async def authenticate(request: Request) -> Response:
        parameters = await parameters_of(request, limits)
        source = _source(request, requests.claimed_client(parameters, limits))
        name, secret = requests.key_of(parameters, limits)
        try:
            issued = await run_in_threadpool(checks.authenticate, name, secret, source)
        finally:
            memory.wipe(secret)
        return _answer(messages.issued(issued, now()))

    return routes


def _privacyidea_route(now: Callable[[], float]) -> type[APIRoute]:
    """A route that answers our errors in privacyIDEA's document; other errors stay the application's."""

    class PrivacyIdeaRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handled = super().get_route_handler()

            async def handle(request: Request) -> Response:
                try:
                    return await handled(request)
                except WireError as error:
                    status, document = messages.failed(error, now())
                    return _answer(document, status)

            return handle

    return PrivacyIdeaRoute


def _answer(document: messages.Document, status: int = 200) -> JSONResponse:
    return JSONResponse(document, status_code=status, headers=_UNKEPT)


def _source(request: Request, claimed: str) -> Source:
    address = request.client.host if request.client else ""
    return Source(address, claimed, request.headers.get("user-agent", ""))


def _token(request: Request) -> str:
    token = request.headers.get("PI-Authorization") or request.headers.get("Authorization")
    if not token:
        raise NoTokenError
    return token
