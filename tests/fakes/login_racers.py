"""Processes of many threads each that do the same thing at once; `python -m fakes.login_racers` is one of them.

Another way in than the library's, such as HTTP, needs another `_once`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL

from host_tools.inventory import Inventory, Location
from host_tools.inventory.errors import InventoryError
from host_tools.inventory.location import parsed_address
from host_tools.login import activating, help_desk, pin_changes, sessions, withdrawals
from host_tools.login.answering import answer
from host_tools.login.beginning import begin_vouched
from host_tools.login.errors import LoginError
from host_tools.login.system import LoginSystem
from host_tools.policy import Policy

PROCESSES = 4
THREADS = 50


class Racers:
    """All of them have the login system open; each race begins for all at once."""

    def __init__(self, location: Location, policy: Path | None = None) -> None:
        """By the built-in policy, or one in a file."""
        address = location.database
        text = address.render_as_string(hide_password=False) if isinstance(address, URL) else str(address)
        rules = [] if policy is None else [str(policy)]
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "fakes.login_racers", text, str(location.master_key), *rules],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(PROCESSES)
        ]
        for process in self._processes:
            assert _line(process) == "ready"

    def race(self, typed: str, reference: str | None = None, name: str | None = None) -> Counter[str]:
        """Everybody types the same, for the reference or for one that he asks for himself; what each was told."""
        return self.all("login", typed=typed, reference=reference, name=name)

    def all(self, what: str, **job: object) -> Counter[str]:
        """Everybody does what `_THINGS` has under this word, with what it needs; what each was told."""
        for process in self._processes:
            _say(process, {"what": what, **job})
        for process in self._processes:
            assert _line(process) == "at the start"
        for process in self._processes:
            _say(process, "go")
        return sum((Counter(json.loads(_line(one))) for one in self._processes), Counter())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()


def _say(process: subprocess.Popen[str], what: object) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(what) + "\n")
    process.stdin.flush()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def _log_in(system: LoginSystem, job: dict[str, Any]) -> str:
    reference = job["reference"] or begin_vouched(system, job["name"]).reference
    return _verdict(answer(system, reference, job["typed"]).accepted)


def _activate(system: LoginSystem, job: dict[str, Any]) -> str:
    reference = job.get("reference")
    if reference is None:
        reference = activating.begin_activation_vouched(system, job["name"], job["device"]).reference
    return _verdict(activating.answer_activation(system, reference, job["typed"]).accepted)


def _unlock(system: LoginSystem, job: dict[str, Any]) -> str:
    return help_desk.unlock(system, job["name"], job["n"], "passport", again=job["again"]).decode()


def _withdraw(system: LoginSystem, job: dict[str, Any]) -> str:
    """With a key the answer has to be the very same; without, each is a withdrawal of its own."""
    withdrawn = withdrawals.withdraw(system, job["session"], job["cents"], job.get("key"))
    if job.get("key") is not None:
        return repr(withdrawn)
    reason = withdrawn.judged.reason
    return "allowed" if reason is None else reason.value


def _answer_pin_change(system: LoginSystem, job: dict[str, Any]) -> str:
    return _verdict(pin_changes.answer_pin_change(system, job["reference"], job["typed"]).accepted)


def _confirm(system: LoginSystem, job: dict[str, Any]) -> str:
    return pin_changes.confirm_by_telephone(system, job["reference"], job["number"])


def _resynchronise(system: LoginSystem, job: dict[str, Any]) -> str:
    return _verdict(help_desk.resynchronise(system, job["name"], *job["codes"]).accepted)


def _log_out(system: LoginSystem, job: dict[str, Any]) -> str:
    sessions.end_session(system, job["session"])
    return "ended"


def _verdict(accepted: bool) -> str:
    return "accepted" if accepted else "rejected"


_THINGS = {
    "login": _log_in, "activate": _activate, "unlock": _unlock, "withdraw": _withdraw,
    "resynchronise": _resynchronise, "log out": _log_out, "answer PIN change": _answer_pin_change, "confirm": _confirm,
}  # fmt: skip


def _once(system: LoginSystem, job: dict[str, Any]) -> str:
    """One caller; what he is told."""
    try:
        return _THINGS[job["what"]](system, job)
    except (LoginError, InventoryError) as error:
        return str(getattr(error, "reason", type(error).__name__))


def _run(system: LoginSystem, job: dict[str, Any]) -> None:
    told: list[str] = []
    start = threading.Barrier(THREADS + 1)

    def run() -> None:
        start.wait()
        told.append(_once(system, job))

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for one in threads:
        one.start()
    print("at the start", flush=True)
    sys.stdin.readline()
    start.wait()
    for one in threads:
        one.join()
    assert len(told) == THREADS
    print(json.dumps(Counter(told)), flush=True)


def _main() -> None:
    address, master_key, *rules = sys.argv[1:]
    policy = Policy.load(*(Path(one) for one in rules))
    location = Location(parsed_address(address), Path(master_key))
    with Inventory.open(location, create=False, policy=policy) as inventory:
        print("ready", flush=True)
        for line in sys.stdin:
            _run(LoginSystem(inventory), json.loads(line))


if __name__ == "__main__":
    _main()
