"""The login system over the inventory: its clock, and transactions in which all of a login happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from host_tools.inventory import Inventory, Location, audit
from host_tools.inventory.audit import Detail
from host_tools.inventory.custody import Ask
from host_tools.inventory.store import Actor
from host_tools.login.rules.clock import Clock, Verdict, utc_now
from host_tools.login.rules.refusals import Refusals
from host_tools.policy import Policy
from host_tools.policy.rules import Rules


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction: when it is (UTC), by which rules, and where it is written."""

    system: LoginSystem
    session: Session
    connection: Connection
    now: datetime
    rules: Rules
    lost: list[Callable[[], object]]

    @property
    def inventory(self) -> Inventory:
        """Whose keys are used."""
        return self.system.inventory

    def note(self, event: str, serial: str | None = None, **detail: Detail) -> None:
        """Write into the audit log what the transaction does."""
        self.system.inventory.note(self.session, event, serial, **detail)

    def if_lost(self, put_back: Callable[[], object]) -> None:
        """Call `put_back` if the transaction is not committed: for what this process remembers of it."""
        self.lost.append(put_back)


class LoginSystem:
    """Users and their devices, over one inventory."""

    def __init__(self, inventory: Inventory, clock: Clock | None = None) -> None:
        """The policy is the inventory's; `clock` judges the time of day, which is believed without one."""
        self.inventory = inventory
        self.refusals = Refusals()
        self._clock = clock

    @classmethod
    def open(
        cls,
        location: Location,
        policy: Policy | None = None,
        *,
        actor: Actor | None = None,
        ask: Ask | None = None,
        pin: Ask | None = None,
    ) -> Self:
        """Over the inventory at `location`, whose time of day is judged. Raises what `Inventory.open` does."""
        rules = Policy.load() if policy is None else policy
        clock = Clock()
        inventory = Inventory.open(
            location,
            create=False,
            now=lambda: clock.read(rules.at(utc_now()).clock).at,
            actor=actor,
            ask=ask,
            pin=pin,
            policy=rules,
        )
        return cls(inventory, clock)

    def close(self) -> None:
        """Close the inventory."""
        self.inventory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """A consistent view; nothing may be written. Raises ClockError."""
        with self.inventory.reading() as session:
            yield self._work(session, [])

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """The only writer while it lasts; commits at the end, an exception leaves everything as it was.

        Raises ClockError, if the policy refuses to go on after a jump.
        """
        lost: list[Callable[[], object]] = []
        try:
            with self.inventory.writing() as session:
                yield self._work(session, lost)
        except BaseException:
            for put_back in lost:
                put_back()
            raise

    def rules(self) -> Rules:
        """Those in force now."""
        return self.inventory.rules()

    def jump(self) -> timedelta | None:
        """By how much the clock has jumped, below zero for back; None if it is fine. Raises ClockError."""
        if self._clock is None:
            return None
        with self.inventory.reading() as session:
            latest = audit.latest(session)
        reading = self._clock.read(self.inventory.rules().clock, latest)
        return None if reading.verdict is Verdict.FINE else reading.by

    def _work(self, session: Session, lost: list[Callable[[], object]]) -> Work:
        now = self.inventory.now()
        rules = self.inventory.rules()
        if self._clock is not None:
            # Another process, or this one before it was started anew, may have gone by a later time.
            now = self._clock.read(rules.clock, audit.latest(session)).at
            rules = self.inventory.rules(now)
        return Work(self, session, session.connection(), now, rules, lost)
