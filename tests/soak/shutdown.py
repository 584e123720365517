"""A service is told to end while clients work, each of whom sends every right response twice at once."""

import asyncio
import itertools
import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dsc.crypto.ocra import respond
from fakes.login_client import (
    SUITE,
    AnswerLostError,
    LoginClient,
    LoginFailedError,
    NoConnectionError,
    User,
)
from fakes.processes import PROC
from soak.running import Running

CLIENTS = 8
LOGINS = 400  # before SIGTERM
LIMIT = 60.0  # seconds until it must have ended


@dataclass
class Shutdown:
    """What the clients saw: how often each transaction was accepted, and what failed before SIGTERM.

    After it, how many were turned away, since nobody took their connection, and what became of requests that a
    connection was there for, and that had no answer. And the processes that were `left` in the end, and how many
    seconds the others took.
    """

    seen: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    turned_away: int = 0
    lost: list[str] = field(default_factory=list)
    seconds: float = 0.0
    left: list[int] = field(default_factory=list)

    def faults(self, accepted: Sequence[str]) -> list[str]:
        """What must not be; `accepted` is what the audit log says."""
        written = Counter(accepted)
        found = [f"before SIGTERM: {error}" for error in self.errors[:3]]
        found += [f"answer lost after SIGTERM: {error}" for error in self.lost[:3]]
        found += [f"process {pid} has not ended in {LIMIT:g} s" for pid in self.left]
        for what, transactions in (
            (
                "accepted twice, by what the clients saw",
                [one for one, times in self.seen.items() if times > 1],
            ),
            ("accepted twice, by the audit log", [one for one, times in written.items() if times > 1]),
            ("accepted, and not in the audit log", [one for one in self.seen if one not in written]),
        ):
            if transactions:
                found.append(f"{len(transactions)} {what}: {', '.join(transactions[:3])}")
        return found


async def shut_down(
    running: Running, clients: int = CLIENTS, logins: int = LOGINS, limit: float = LIMIT
) -> Shutdown:
    """End it after so many logins, and wait until its processes are gone."""
    result = Shutdown()
    signalled = asyncio.Event()
    processes = [running.pid, *running.workers()]

    service = await asyncio.to_thread(running.signed_in)

    async def verdict(client: LoginClient, user: User, transaction: str, response: str) -> None:
        _, said = await client.verdict(user, transaction, response)
        if said == "ACCEPT":
            result.seen[transaction] += 1

    async def work(own: Sequence[User]) -> None:
        async with service.client() as one, service.client() as two:
            for user in itertools.cycle(own):
                try:
                    challenge, transaction = await one.challenge(user)
                    response = respond(SUITE, user.key, challenge)
                    both = [verdict(client, user, transaction, response) for client in (one, two)]
                    ended = await asyncio.gather(*both, return_exceptions=True)
                    if failed := [error for error in ended if isinstance(error, BaseException)]:
                        raise failed[0]
                    if not signalled.is_set() and transaction not in result.seen:
                        result.errors.append(f"{transaction} was not accepted")
                except (LoginFailedError, NoConnectionError, AnswerLostError) as error:
                    if signalled.is_set():
                        result.turned_away += isinstance(error, NoConnectionError)
                        if isinstance(error, AnswerLostError):
                            result.lost.append(str(error))
                        return
                    result.errors.append(str(error))
                if len(result.errors) > clients:
                    signalled.set()
                if len(result.seen) >= logins and not signalled.is_set():
                    signalled.set()
                    os.kill(running.pid, signal.SIGTERM)

    async with asyncio.TaskGroup() as tasks:
        for number in range(clients):
            tasks.create_task(work(running.users[number::clients]))
        await signalled.wait()
        begun = time.perf_counter()
        while (left := [pid for pid in processes if _is_there(pid)]) and time.perf_counter() - begun < limit:
            await asyncio.sleep(0.02)
        result.left, result.seconds = left, time.perf_counter() - begun
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    return result


def _is_there(pid: int) -> bool:
    """Whether the process runs: one that nobody has waited for is none."""
    try:
        return (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
