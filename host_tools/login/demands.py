"""What waits for an answer: written when a second factor is asked for, found again, and used up by its one answer."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update

from host_tools.inventory.schema import ChallengeRow, DemandRow, UserRow, table_of
from host_tools.login.accounts import USER_COLUMNS, User, user_of
from host_tools.login.devices import COLUMNS, JOINED, Device, device_of
from host_tools.login.errors import DemandNotOpenError
from host_tools.login.factors.port import Demand, Question
from host_tools.login.system import Work

REFERENCE_LENGTH: Final = 16  # bytes


def write(work: Work, user: User, device: Device, purpose: str, question: Question) -> Demand:
    """A new one, in the transaction that asked the factor."""
    reference = os.urandom(REFERENCE_LENGTH)
    values = {
        "reference": reference,
        "user_id": user.id,
        "device_id": device.id,
        "purpose": purpose,
        "challenge_id": question.challenge,
        "first": question.first,
        "second": question.second,
        "secret_id": question.secret,
        "issued_at": work.now,
        "expires_at": question.expires_at,
    }
    number = int(work.connection.execute(_INSERT, values).scalar_one())
    return Demand(
        number, reference, purpose, question.challenge, question.text, None, question.expires_at, question.first,
        question.second, question.secret, work.now, question.expires_at, None,
    )  # fmt: skip


def waiting(work: Work, user: User, device: Device, purpose: str) -> Demand | None:
    """What was asked of this device before and can still be answered: it is shown again."""
    values = {"user": user.id, "device": device.id, "purpose": purpose, "now": work.now}
    row = work.connection.execute(_WAITING, values).first()
    return None if row is None else demand_of(row)


def found(work: Work, reference: str) -> tuple[User, Device, Demand]:
    """What waits for an answer under this reference (32 hex digits). Raises DemandNotOpenError."""
    row = _row(work, reference)
    demand = demand_of(row)
    if demand.used_at is not None:
        raise DemandNotOpenError("used")
    # Before its time as after it: then the clock was set back, and its age is unknown.
    if not demand.issued_at <= work.now < demand.expires_at:
        raise DemandNotOpenError("expired")
    return user_of(row), device_of(row), demand


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer that a demand had, if it had one: when (UTC), whether it was right, and by which PIN.

    `until` is when a right one stops being good for what it was asked for.
    """

    purpose: str
    used_at: datetime | None
    until: datetime
    accepted: bool
    is_alarm: bool = field(repr=False)

    def is_good(self, now: datetime) -> bool:
        """Whether it was right, and not too long ago. A clock that was set back ends it, too."""
        return self.accepted and self.used_at is not None and self.used_at <= now < self.until


def answered(work: Work, reference: str) -> tuple[User, Device, Answer]:
    """What was asked under this reference, and its answer. Raises DemandNotOpenError."""
    row = _row(work, reference)
    answer = Answer(row.purpose, row.used_at, row.expires_at, bool(row.accepted), bool(row.alarm))
    return user_of(row), device_of(row), answer


def hold(work: Work, demand: Demand, until: datetime) -> None:
    """Its right answer is good for something until then, if nothing ends it before."""
    work.connection.execute(update(_DEMANDS).where(_D.id == demand.id).values(expires_at=until))


def use_up(work: Work, demand: Demand, *, accepted: bool) -> None:
    """It has had its answer, right or wrong."""
    values = {"which": demand.id, "then": work.now, "verdict": accepted}
    work.connection.execute(_USED, values)


def leave(work: Work, demand: Demand) -> None:
    """It is over without an answer, and counts as such from now on."""
    work.connection.execute(update(_DEMANDS).where(_D.id == demand.id).values(expires_at=work.now))


def attach(work: Work, demand: Demand, question: Question, number: str) -> Demand:
    """The challenge that a token in mutual mode got for its number goes with what asked for it."""
    values = {"challenge_id": question.challenge, "expires_at": question.expires_at}
    work.connection.execute(update(_DEMANDS).where(_D.id == demand.id).values(**values))
    return replace(
        demand,
        challenge=question.challenge,
        text=question.text,
        client_text=number,
        challenge_expires=question.expires_at,
        expires_at=question.expires_at,
    )


def demand_of(row: Any) -> Demand:
    """Out of a row of `_COLUMNS`."""
    return Demand(
        row.demand, row.reference, row.purpose, row.challenge_id, row.text, row.client_text, row.challenge_expires,
        row.first, row.second, row.demand_secret, row.issued_at, row.expires_at, row.used_at,
    )  # fmt: skip


def _row(work: Work, reference: str) -> Any:
    try:
        wanted = bytes.fromhex(reference)
    except ValueError:
        wanted = b""
    row = work.connection.execute(_FOUND, {"reference": wanted}).first()
    if row is None:
        raise DemandNotOpenError("unknown")
    return row


_DEMANDS, _CHALLENGES, _USERS = table_of(DemandRow), table_of(ChallengeRow), table_of(UserRow)
_D, _C, _U = _DEMANDS.c, _CHALLENGES.c, _USERS.c
_COLUMNS: Final = (
    _D.id.label("demand"), _D.reference, _D.purpose, _D.challenge_id, _C.question.label("text"),
    _C.client_question.label("client_text"), _C.expires_at.label("challenge_expires"), _D.first, _D.second,
    _D.secret_id.label("demand_secret"), _D.issued_at, _D.expires_at, _D.used_at,
)  # fmt: skip
_WITH_CHALLENGE: Final = _DEMANDS.outerjoin(_CHALLENGES, _C.id == _D.challenge_id)
_WAITING: Final = (
    select(*_COLUMNS)
    .select_from(_WITH_CHALLENGE)
    .where(
        _D.user_id == bindparam("user"),
        _D.used_at.is_(None),
        _D.expires_at > bindparam("now"),
        _D.issued_at <= bindparam("now"),
        _D.device_id == bindparam("device"),
        _D.purpose == bindparam("purpose"),
    )
    .order_by(_D.id.desc())
    .limit(1)
)
_FOUND: Final = (
    select(*USER_COLUMNS, *COLUMNS, *_COLUMNS, _D.accepted, _C.alarm)
    .select_from(
        JOINED.join(_DEMANDS, _D.device_id == COLUMNS[0].element)
        .outerjoin(_CHALLENGES, _C.id == _D.challenge_id)
        .join(_USERS, _U.id == _D.user_id)
    )
    .where(_D.reference == bindparam("reference"))
)
_INSERT: Final = insert(_DEMANDS).returning(_D.id)
_USED: Final = (
    update(_DEMANDS)
    .where(_D.id == bindparam("which"), _D.used_at.is_(None))
    .values(used_at=bindparam("then"), accepted=bindparam("verdict"))
)
