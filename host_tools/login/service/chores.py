"""What the service does without being asked: messages are handed over, what has expired is forgotten, all is tidied."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread
from typing import Final

from structlog.typing import FilteringBoundLogger

from host_tools.login import expiring, outbox, refusing, tidying
from host_tools.login.serving.logs import about
from host_tools.login.sms.gateway import Gateway
from host_tools.login.system import LoginSystem

EVERY_SECONDS: Final = 2.0
FORGETS_EVERY: Final = 15  # rounds
TIDIES_EVERY: Final = 1800  # rounds: an hour


class Chores:
    """A thread of each worker: they may all look at once, and each message goes to one of them."""

    def __init__(
        self,
        system: LoginSystem,
        gateway: Gateway | None,
        logger: FilteringBoundLogger,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        """Without a gateway, messages wait in the outbox for an operator."""
        self._system, self._gateway, self._logger = system, gateway, logger
        self._every = every_seconds
        self._tidying: Iterator[tidying.Tidied] | None = None
        self._over = Event()
        self._thread = Thread(target=self._run, name="chores", daemon=True)

    def start(self) -> None:
        """Begin. A worker that starts forgets at once: it may be the first one for a long time."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        rounds, goes_on = 0, True
        while goes_on:
            try:
                self._round(rounds)
            except Exception as error:  # noqa: BLE001 - logins go on, and so do the chores when they can again
                self._logger.error("chores failed", **about(error))
            rounds += 1
            goes_on = not self._over.wait(self._every)
        try:
            refusing.tell(self._system, at_end=True)
        except Exception as error:  # noqa: BLE001 - what is left is told by nobody
            self._logger.error("refusals not told", **about(error))

    def _round(self, number: int) -> None:
        if number % FORGETS_EVERY == 0:
            expiring.forget(self._system)
            refusing.tell(self._system)
        if number % TIDIES_EVERY == 0 and self._tidying is None:
            self._tidying = tidying.steps(self._system)
        # A step in each round: messages do not wait until all is done.
        if self._tidying is not None and next(self._tidying, None) is None:
            self._tidying = None
        if self._gateway is None:
            return
        delivered = outbox.deliver(self._system, self._gateway)
        if delivered.later or delivered.refused:
            self._logger.warning("messages not handed over", later=delivered.later, refused=delivered.refused)
