"""The application that a worker serves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from structlog.typing import FilteringBoundLogger

from dsc.version import VERSION
from host_tools.login.service.api.activations import activations
from host_tools.login.service.api.auditing import auditing
from host_tools.login.service.api.callers import Callers
from host_tools.login.service.api.help_desk import help_desk_api
from host_tools.login.service.api.keys import keys_api
from host_tools.login.service.api.logins import logins
from host_tools.login.service.api.outbox import outbox_api
from host_tools.login.service.api.pin_changes import pin_changes_api
from host_tools.login.service.api.problems_of import handle_errors
from host_tools.login.service.api.sessions import sessions_api
from host_tools.login.service.api.users import users
from host_tools.login.service.api.withdrawals import withdrawals_api
from host_tools.login.service.chores import Chores
from host_tools.login.service.document import describe
from host_tools.login.service.privacyidea.routes import router as privacyidea
from host_tools.login.service.privacyidea_core import PrivacyIdeaCore
from host_tools.login.service.privacyidea_gate import PrivacyIdeaGate
from host_tools.login.service.stack import add_stack
from host_tools.login.service.system import System
from host_tools.login.service.watching import watching
from host_tools.login.serving.gateways import gateway_of
from host_tools.login.serving.settings import Settings
from host_tools.login.system import LoginSystem


def create_app(system: System, settings: Settings) -> FastAPI:
    """The routes over `system`. /healthz has to answer before the application's start-up has run."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        chores = Chores(system.logins, gateway_of(settings), system.logger)
        chores.start()
        yield
        await anyio.to_thread.run_sync(chores.stop)

    # A redirection would send key and password to the host that the client names, and without TLS behind a proxy.
    app = FastAPI(
        title="picodsc login service",
        version=VERSION,
        lifespan=life,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(watching(system, settings))
    core = PrivacyIdeaCore(system.logins, system.signing_key, system.logger)
    app.include_router(privacyidea(core, gate=PrivacyIdeaGate(settings, system.logger)))
    for router in _api(system.logins, system.logger):
        app.include_router(router)
    handle_errors(app)
    describe(app)
    add_stack(app, system, settings)
    return app


def _api(logins_system: LoginSystem, logger: FilteringBoundLogger) -> Iterator[APIRouter]:
    callers = Callers(logins_system)
    yield logins(logins_system, callers, logger)
    yield activations(logins_system, callers, logger)
    yield sessions_api(logins_system, callers, logger)
    yield help_desk_api(logins_system, callers, logger)
    yield pin_changes_api(logins_system, callers, logger)
    yield users(logins_system, callers)
    yield withdrawals_api(logins_system, callers)
    yield keys_api(logins_system, callers)
    yield outbox_api(logins_system, callers)
    yield auditing(logins_system, callers)
