"""What watches the service asks: /healthz and /metrics."""

from __future__ import annotations

from typing import Any, Final

import anyio
import anyio.to_thread
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from starlette.responses import JSONResponse, PlainTextResponse

from host_tools.login.service.note import note_of
from host_tools.login.service.problems import ProblemError
from host_tools.login.service.system import System
from host_tools.login.serving.metrics import CONTENT_TYPE
from host_tools.login.serving.settings import Settings

AT_ONCE: Final = 2  # threads that look after the service's health


class Health(BaseModel):
    """How many workers answer, and how many should."""

    status: str
    workers: int
    workers_wanted: int


def watching(system: System, settings: Settings) -> APIRouter:
    """The routes. Neither takes an API key; /metrics answers only the networks that are set for it."""
    router = APIRouter(tags=["watching"])
    # Not the threads of logins: many passwords at once would have a service that is well look as if it was not.
    threads = anyio.CapacityLimiter(AT_ONCE)

    @router.get("/healthz", response_model=Health, openapi_extra={"x-problems": {"503": ["unwell"]}})
    async def healthz() -> Response:
        """Whether logins can be judged: the database answers, and the clock is not behind it."""
        reasons = await anyio.to_thread.run_sync(system.reasons, limiter=threads)
        workers: dict[str, Any] = {"workers": system.crew.ready, "workers_wanted": system.crew.wanted}
        if reasons:
            raise ProblemError(503, "unwell", members={"reasons": reasons, **workers})
        return JSONResponse({"status": "ok", **workers})

    @router.get(
        "/metrics",
        response_class=PlainTextResponse,
        openapi_extra={"x-problems": {"404": ["not-found"]}},
    )
    def metrics(request: Request) -> Response:
        """Counters of all workers together, in Prometheus's text format."""
        if not note_of(request.scope).is_from(settings.metrics_from):
            raise ProblemError(404, "not-found")
        return Response(system.metrics.exposition(), media_type=CONTENT_TYPE)

    return router
