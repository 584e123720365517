"""The login service from start to end: socket, shared memory, master key, workers."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from host_tools.inventory.custody import Ask
from host_tools.inventory.database import BUSY_SECONDS
from host_tools.login.serving import dumps, heap, listening, master_key
from host_tools.login.serving.crew import Crew
from host_tools.login.serving.limits import SharedLimits
from host_tools.login.serving.metrics import MetricsFolder
from host_tools.login.serving.settings import Settings
from host_tools.login.serving.supervisor import Supervisor
from host_tools.login.serving.turns import Turns
from host_tools.login.serving.worker import Service, Shared, run_alone

SIGNING_KEY_BYTES: Final = 32


def serve(
    service: Service,
    settings: Settings,
    *,
    ask: Ask,
    pin: Ask,
    reread: Callable[[], tuple[Service, Settings]],
    ready: Callable[[str], None],
    forks: bool = hasattr(os, "fork"),
) -> int:
    """Run until it is told to stop; how many workers had to be killed for that.

    `ready` gets the address as soon as all workers answer. Where processes can't be forked, this one answers alone.
    Raises AddressInUseError, OpeningError, StartError, and what `ask` and `pin` do.
    """
    dumps.leave_none()
    heap.share()
    with ExitStack() as kept:
        listener = listening.listening(settings.host, settings.port)
        kept.callback(listener.close)
        address = listening.address(listener, tls=settings.has_tls)
        turns = Turns(BUSY_SECONDS)
        kept.callback(turns.close)
        limits, crew = SharedLimits(settings.remembered), Crew(settings.workers)
        shared = Shared(listener, limits, crew, turns, os.urandom(SIGNING_KEY_BYTES))
        if not forks:
            run_alone(service, settings, shared, ask, pin, lambda: ready(address))
            return 0
        secrets = master_key.tried(service.opens, ask, pin)
        kept.callback(secrets.wipe)
        with MetricsFolder() as folder:
            return Supervisor(
                service, settings, shared, secrets, folder, reread=reread, ready=lambda: ready(address)
            ).run()
