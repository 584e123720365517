"""The login system over the inventory: its policy, its clock, and transactions in which all of a login happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from host_tools.inventory import Inventory
from host_tools.inventory.audit import Detail


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction: when it is, and where it is written."""

    system: LoginSystem
    session: Session
    connection: Connection
    now: datetime

    @property
    def inventory(self) -> Inventory:
        """Whose keys are used."""
        return self.system.inventory

    def note(self, event: str, serial: str | None = None, **detail: Detail) -> None:
        """Write into the audit log what the transaction does."""
        self.system.inventory.note(self.session, event, serial, **detail)


class LoginSystem:
    """Users and their devices, over one inventory, which the caller opens and closes."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """A consistent view; nothing may be written."""
        with self.inventory.reading() as session:
            yield Work(self, session, session.connection(), self.inventory.now())

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """The only writer while it lasts; commits at the end, an exception leaves everything as it was."""
        with self.inventory.writing() as session:
            yield Work(self, session, session.connection(), self.inventory.now())
