"""Processes that log one user in again and again, and withdraw, and can be killed at any moment.

They are forks of one that has loaded everything already; `python -m fakes.killable_logins` is that one. Each says in
one piece, so that nothing of it is lost, what it is about to do, and then what it was told.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL

from fakes.login_house import Hand, House
from host_tools.inventory import Location
from host_tools.inventory.allowance import AT_ONCE
from host_tools.inventory.location import parsed_address
from host_tools.inventory.store import utc_now
from host_tools.login import outbox, withdrawals
from host_tools.login.answering import answer
from host_tools.login.beginning import Asked
from host_tools.login.errors import LoginError
from host_tools.login.system import LoginSystem
from host_tools.login.use_errors import TooManyWithdrawalsError

STEP = 5  # seconds, of the codes by time
MOST_CHALLENGES = AT_ONCE - 30  # that a token takes here; a few are left for whoever looks at it afterwards
MESSAGES_LEFT = 2  # of a day's, likewise
AMOUNT = 1_900_000  # cents, of each withdrawal: some of them are a day's limit
CARD, PASSCODE, SMS = "card", "passcode", "sms"


@dataclass
class Holder:
    """One user with his devices, and what he knows of his logins; a new process of his begins with that.

    What is no token has the word for what it is (`CARD` and so on) where a token has its serial.
    """

    name: str
    devices: dict[str, int]  # serial -> device
    hands: dict[str, tuple[int, str, int]]  # serial -> number, suite, counter
    card: list[str] = field(default_factory=list)  # its codes
    passcode: str = ""
    flight: tuple[str, str, str] | None = None  # reference, serial, code: he was not told whether it is right
    last: dict[str, str] = field(
        default_factory=dict
    )  # serial -> the code that was accepted last, if it never is again
    step: int = -1  # the last one whose code was typed
    seed: int = 0
    holds: bool = False  # one verdict is never told: the process waits with it for its end


class KillableLogins:
    """Starts and kills processes, one for each user. One that fails raises RuntimeError here."""

    def __init__(self, location: Location) -> None:
        address = location.database
        text = address.render_as_string(hide_password=False) if isinstance(address, URL) else str(address)
        self._server = subprocess.Popen(
            [sys.executable, "-m", "fakes.killable_logins", text, str(location.master_key)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._said: list[dict[str, Any]] = []
        self._running: dict[str, int] = {}
        self._held: set[str] = set()

    def start(self, holder: Holder) -> None:
        """A process for him."""
        self._say(asdict(holder))
        self._hear("process")
        self._running[holder.name] = int(self._said.pop()["number"])

    def wait(self, name: str, words: int) -> None:
        """Until his process has said so much that was not taken yet."""
        while sum(one.get("name") == name for one in self._said) < words:
            self._line()

    def wait_until_held(self, name: str) -> None:
        """Until his process has a verdict that it does not tell."""
        while name not in self._held:
            self._line()

    def kill(self, name: str) -> list[dict[str, Any]]:
        """His process is gone when this returns; all that anybody said since this was last asked."""
        process = self._running.pop(name)
        os.kill(process, signal.SIGKILL)
        self._say({"gone": process})
        self._hear("gone")
        self._held.discard(name)
        said, self._said = self._said[:-1], []
        return said

    def _hear(self, word: str) -> None:
        self._line()
        while self._said[-1]["what"] != word:
            self._line()

    def _line(self) -> None:
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        if not line:
            raise RuntimeError("the server of processes has ended")
        self._said.append(json.loads(line))
        if self._said[-1]["what"] == "holds":
            self._held.add(self._said[-1]["name"])
        if self._said[-1]["what"] == "failed":
            raise RuntimeError(self._said[-1]["why"])

    def _say(self, what: dict[str, Any]) -> None:
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(what) + "\n")
        self._server.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            os.kill(process, signal.SIGKILL)
        self._server.communicate()


def answered(system: LoginSystem, reference: str, code: str) -> str:
    """The verdict, or why there is none, in a word."""
    return _answered(system, reference, code)[0]


def _answered(system: LoginSystem, reference: str, code: str) -> tuple[str, str | None]:
    """The same, and the session that was opened."""
    try:
        found = answer(system, reference, code)
    except LoginError as error:
        return str(getattr(error, "reason", type(error).__name__)), None
    return "accepted" if found.accepted else "rejected", found.session


def shown(house: House, holder: Holder, serial: str, asked: Asked) -> str:
    """What he types: from his card, his passcode, the message that waits for him, or what his token shows."""
    if serial == CARD:
        assert asked.indexes is not None
        return "".join(holder.card[index - 1] for index in asked.indexes)
    if serial == PASSCODE:
        return holder.passcode
    if serial == SMS:
        (waiting,) = [one for one in outbox.messages(house.system, waiting=True) if one.user == holder.name]
        return outbox.read(house.system, waiting.id)[: house.system.rules().sms.digits]
    return house.hands[serial].shows(asked.challenge, utc_now())


def _serve(location: Location) -> None:
    """Fork for each holder that a line of standard input tells of."""
    House(location, utc_now).close()  # loads what is loaded at first use
    for line in sys.stdin:
        order = json.loads(line)
        if "gone" in order:
            os.waitpid(order["gone"], 0)
            _tell("gone")
            continue
        process = os.fork()
        if process == 0:
            try:
                _work(location, Holder(**order))
            except BaseException:  # noqa: BLE001 - a fork must not go on as its parent
                _tell("failed", name=order["name"], why=traceback.format_exc()[-3000:])
            signal.pause()  # until it is killed
        _tell("process", number=process)


def _work(location: Location, holder: Holder) -> None:
    house = House(location, utc_now)
    for serial, (number, suite, counter) in holder.hands.items():
        house.hands[serial] = Hand(number, suite, counter)
    chance = random.Random(holder.seed)

    if holder.flight is not None:
        reference, serial, code = holder.flight
        _tell(
            "again",
            name=holder.name,
            serial=serial,
            code=code,
            verdict=answered(house.system, reference, code),
        )
    # Not all of them: each one is a failure, and ten in a row would lock.
    for serial in chance.sample(sorted(holder.last), min(2, len(holder.last))):
        if serial == SMS and _has_no_message_left(house, holder):
            continue
        code = holder.last[serial]
        asked = house.begin(holder.name, device=holder.devices[serial])
        _tell(
            "replayed", name=holder.name, serial=serial, verdict=answered(house.system, asked.reference, code)
        )
    while True:
        serial = chance.choice(sorted(holder.devices))
        counter, by_time = 0, False
        if serial in house.hands:
            counter = house.hands[serial].counter
            suite = house.hands[serial].suite
            by_time = suite.startswith("TOTP")
            if suite.startswith("OCRA") and counter >= MOST_CHALLENGES:
                continue
            if by_time and int(time.time()) // STEP <= holder.step:
                continue
        if serial == SMS and _has_no_message_left(house, holder):
            continue
        asked = house.begin(holder.name, device=holder.devices[serial])
        code = shown(house, holder, serial, asked)
        step = int(time.time()) // STEP  # not from before: the code may be of one that has begun meanwhile
        if by_time:
            holder.step = step
        counter = house.hands[serial].counter if serial in house.hands else counter
        told = {"name": holder.name, "serial": serial, "reference": asked.reference, "code": code}
        _tell("answers", **told, counter=counter, step=step)
        verdict, session = _answered(house.system, asked.reference, code)
        if holder.holds:
            _tell("holds", name=holder.name)
            signal.pause()
        _tell("told", **told, verdict=verdict)
        if session is not None and serial not in house.hands:
            _tell("withdrew", name=holder.name, **_withdrawn(house.system, session))


def _withdrawn(system: LoginSystem, session: str) -> dict[str, str | None]:
    """What he was told."""
    try:
        made = withdrawals.withdraw(system, session, AMOUNT)
    except TooManyWithdrawalsError as error:
        return {"verdict": type(error).__name__, "reference": None}
    return {"verdict": made.judged.reason, "reference": made.reference}


def _has_no_message_left(house: House, holder: Holder) -> bool:
    sent = sum(one.user == holder.name for one in outbox.messages(house.system))
    return sent >= house.system.rules().sms.a_day - MESSAGES_LEFT


def _tell(what: str, **more: object) -> None:
    # In one piece, and at once: whoever is killed next has said it.
    os.write(sys.stdout.fileno(), (json.dumps({"what": what, **more}) + "\n").encode())


if __name__ == "__main__":
    _serve(Location(parsed_address(sys.argv[1]), Path(sys.argv[2])))
