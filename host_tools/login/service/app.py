"""The application that a worker serves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI

from dsc.version import VERSION
from host_tools.login.service.api.callers import Callers
from host_tools.login.service.api.logins import logins
from host_tools.login.service.api.problems_of import handle_errors
from host_tools.login.service.api.users import users
from host_tools.login.service.privacyidea.routes import router
from host_tools.login.service.privacyidea_core import PrivacyIdeaCore
from host_tools.login.service.privacyidea_gate import PrivacyIdeaGate
from host_tools.login.service.stack import add_stack
from host_tools.login.service.system import System
from host_tools.login.service.watching import watching
from host_tools.login.serving.settings import Settings


def create_app(system: System, settings: Settings) -> FastAPI:
    """The routes over `system`. /healthz has to answer before the application's start-up has run."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        yield

    app = FastAPI(
        title="picodsc login service", version=VERSION, lifespan=life, docs_url=None, redoc_url=None
    )
    callers = Callers(system.logins)
    app.include_router(watching(system, settings))
    app.include_router(logins(system.logins, callers, system.logger))
    core = PrivacyIdeaCore(system.logins, system.signing_key, system.logger)
    app.include_router(router(core, gate=PrivacyIdeaGate(settings, system.logger)))
    app.include_router(users(system.logins, callers))
    handle_errors(app)
    add_stack(app, system, settings)
    return app
