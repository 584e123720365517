"""What a second factor is to those who begin and answer logins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from host_tools.inventory.judging import Verdict
from host_tools.login.accounts import User
from host_tools.login.devices import Device
from host_tools.login.system import Work


@dataclass(frozen=True, slots=True)
class Question:
    """What a factor asks for; the fields are those of `schema.DemandRow`, and the text of a challenge."""

    expires_at: datetime
    challenge: int | None = None
    text: str | None = None
    first: int | None = None
    second: int | None = None
    secret: int | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """A second factor that was asked for; times are UTC. `text` is the challenge, `client_text` the token's number."""

    id: int
    reference: bytes
    purpose: str
    challenge: int | None
    text: str | None
    client_text: str | None
    challenge_expires: datetime | None
    first: int | None
    second: int | None
    secret: int | None
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None


class Factor(Protocol):
    """One way to answer. Both calls are in the transaction that writes, and may write."""

    def ask(self, work: Work, user: User, device: Device) -> Question:
        """What is asked of the device now. Raises what keeps it from being asked."""

    def judge(self, work: Work, user: User, device: Device, demand: Demand, typed: str) -> Verdict:
        """The verdict on what was typed, which uses it up.

        Raises what is no answer at all, and leaves the demand open: ResponseFormatError, CardFormatError and the like.
        """
