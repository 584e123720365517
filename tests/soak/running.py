"""A login service that runs on this machine, as the soak sees it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fakes.login_client import User
from fakes.login_load import Service
from fakes.processes import children


@dataclass(frozen=True)
class Running:
    """Where it is, whose logins it takes, and how to learn what its audit log says, while it runs and afterwards."""

    service: Service
    users: Sequence[User]
    accepted: Callable[
        [], Sequence[str]
    ]  # the transactions that it accepted, one as often as it was accepted

    sign_in: Callable[[], str] | None = None  # for another word: the one of `service` does not last for ever

    def signed_in(self) -> Service:
        """The service, with a word that lasts for a while."""
        return self.service if self.sign_in is None else replace(self.service, authorization=self.sign_in())

    @property
    def pid(self) -> int:
        """The process whose children are the workers, and which SIGTERM goes to."""
        assert self.service.pid is not None
        return self.service.pid

    def workers(self) -> list[int]:
        """The workers' processes."""
        return sorted(children(self.pid))
