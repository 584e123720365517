"""What every request passes before it comes to an endpoint, from outside in."""

from __future__ import annotations

from fastapi import FastAPI

from host_tools.login.service.body_limit import BodyLimit
from host_tools.login.service.problems import handle_problems
from host_tools.login.service.rates import Rates, SourceLimit
from host_tools.login.service.request_log import RequestLog
from host_tools.login.service.source import Sources
from host_tools.login.service.system import System
from host_tools.login.serving.settings import Settings


def add_stack(app: FastAPI, system: System, settings: Settings) -> None:
    """Put the layers around the application. They are plain ASGI, for BaseHTTPMiddleware costs more."""
    rates = Rates(system.limits, settings)
    handle_problems(app)
    app.add_middleware(BodyLimit, most=settings.body_bytes, seconds=settings.request_seconds)
    app.add_middleware(SourceLimit, rates=rates)
    app.add_middleware(
        RequestLog,
        system=system,
        sources=Sources(settings.trusted_proxies),
        rates=rates,
        secure=settings.has_tls or settings.behind_proxy,
    )
