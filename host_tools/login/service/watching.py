"""What watches the service asks: /healthz and /metrics."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from host_tools.login.service.note import note_of
from host_tools.login.service.problems import ProblemError
from host_tools.login.service.source import parsed
from host_tools.login.service.system import System
from host_tools.login.serving.metrics import CONTENT_TYPE
from host_tools.login.serving.settings import Settings


def watching(system: System, settings: Settings) -> APIRouter:
    """The routes. Neither takes an API key; /metrics answers only the networks that are set for it."""
    router = APIRouter(tags=["watching"])

    @router.get("/healthz", responses={503: {"description": "It can't judge logins now."}})
    def healthz() -> Response:
        """Whether logins can be judged: the database answers, and the clock is not behind it."""
        reasons = system.reasons()
        workers: dict[str, Any] = {"workers": system.crew.ready, "workers_wanted": system.crew.wanted}
        if reasons:
            raise ProblemError(503, "unwell", members={"reasons": reasons, **workers})
        return JSONResponse({"status": "ok", **workers})

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        """Counters of all workers together, in Prometheus's text format."""
        source = parsed(note_of(request.scope).source)
        if source is None or not any(source.address in one for one in settings.metrics_from):
            raise ProblemError(404, "not-found")
        return Response(system.metrics.exposition(), media_type=CONTENT_TYPE)

    return router
