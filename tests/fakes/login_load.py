"""Many logins at a service from one process, one after the other on each of some connections."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from fakes.login_client import AnswerLostError, Login, LoginClient, LoginFailedError, NoConnectionError, User
from fakes.processes import processor_seconds


@dataclass(frozen=True)
class Service:
    """Where a service is, and what opens it to a login page."""

    address: str
    authorization: str
    authority: str | None = None
    pid: int | None = None  # of the process whose children are the workers, if it is on this machine

    def client(self) -> LoginClient:
        """A connection to it."""
        return LoginClient(self.address, self.authorization, self.authority)


@dataclass(frozen=True)
class Load:
    """What came of logins: those accepted, what failed, the seconds it took.

    And the processor's seconds, in this process and, as far as it can be seen, in the service's.
    """

    logins: list[Login]
    errors: list[str]
    seconds: float
    client_seconds: float
    service_seconds: float

    def __add__(self, other: Load) -> Load:
        """Both, one after the other."""
        return Load(
            self.logins + other.logins,
            self.errors + other.errors,
            self.seconds + other.seconds,
            self.client_seconds + other.client_seconds,
            self.service_seconds + other.service_seconds,
        )

    @property
    def rate(self) -> float:
        """Logins a second."""
        return len(self.logins) / self.seconds

    @property
    def client_ms(self) -> float:
        """Milliseconds of processor time a login in this process."""
        return self.client_seconds * 1000 / max(len(self.logins), 1)

    @property
    def service_ms(self) -> float:
        """Milliseconds of processor time a login in the service's processes."""
        return self.service_seconds * 1000 / max(len(self.logins), 1)

    def challenge_ms(self, share: float) -> float:
        """Milliseconds in which such a share of the challenges came."""
        return quantile([login.challenge_seconds for login in self.logins], share) * 1000

    def verification_ms(self, share: float) -> float:
        """Milliseconds in which such a share of the verdicts came."""
        return quantile([login.verification_seconds for login in self.logins], share) * 1000


def quantile(values: Sequence[float], share: float) -> float:
    """The least of the values that such a share of them does not exceed; nan of none."""
    return sorted(values)[math.ceil(share * len(values)) - 1] if values else math.nan


async def load(
    service: Service,
    users: Sequence[User],
    connections: int,
    *,
    seconds: float = math.inf,
    count: int | None = None,
) -> Load:
    """Log in until the time is over, or so many were tried. No user is at two connections at once."""
    assert len(users) >= connections, "each connection has users of its own"
    logins: list[Login] = []
    errors: list[str] = []
    tickets = itertools.count() if count is None else iter(range(count))
    begun, begun_here, begun_there = time.perf_counter(), time.process_time(), _used(service)

    async def one(own: Sequence[User]) -> None:
        async with service.client() as client:
            for user in itertools.cycle(own):
                if time.perf_counter() - begun >= seconds or next(tickets, None) is None:
                    return
                try:
                    logins.append(await client.login(user))
                except (LoginFailedError, NoConnectionError, AnswerLostError) as error:
                    errors.append(str(error))

    async with asyncio.TaskGroup() as running:
        for number in range(connections):
            running.create_task(one(users[number::connections]))
    seconds_here, seconds_there = time.process_time() - begun_here, _used(service) - begun_there
    return Load(logins, errors, time.perf_counter() - begun, seconds_here, seconds_there)


def _used(service: Service) -> float:
    return 0.0 if service.pid is None else processor_seconds(service.pid)
