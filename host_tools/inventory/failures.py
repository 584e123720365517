"""Failures count: ten in a row lock a credential for a day, thirty without a success block its token.

The rules are those of SECURE_LOGIN.md 2.4, 2.6 and 2.7, for logins and the help desk alike. Here they are counted for a
credential and for its token; a user with several tokens is the login service's to sum up.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from host_tools.inventory.desk_errors import BlockedError, LockedError
from host_tools.inventory.recording import credential_of
from host_tools.inventory.schema import AttemptRow, ChallengeRow, CredentialRow

DAY: Final = timedelta(hours=24)
IN_A_ROW: Final = 10  # failures within 24 hours that lock, until 24 hours after the last one
WITHOUT_SUCCESS: Final = 30  # failures that block, until the user was identified
UNANSWERED: Final = 10  # challenges within 24 hours that count as failures


class Kind(enum.StrEnum):
    """What counts."""

    SUCCESS = "success"
    FAILURE = "failure"
    IDENTIFIED = "identified"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a credential stands: failures since its last success; locked until then; whether its token is blocked."""

    failures: int
    locked_until: datetime | None
    token_failures: int

    @property
    def blocked(self) -> bool:
        """Until the user was identified."""
        return self.token_failures >= WITHOUT_SUCCESS


def locked_until(failures: Sequence[datetime], now: datetime) -> datetime | None:
    """When a lock ends that failures at these times have brought about; None if there is none (any more)."""
    times = sorted(failures)
    ends = [
        last + DAY
        for first, last in zip(times, times[IN_A_ROW - 1 :], strict=False)
        if last - first < DAY and now < last + DAY
    ]
    return max(ends, default=None)


def counting(unanswered: Sequence[datetime]) -> list[datetime]:
    """Of the times at which challenges expired unanswered, those that count: ten or more within 24 hours."""
    times = sorted(unanswered)
    counted: set[int] = set()
    for start, (first, last) in enumerate(zip(times, times[UNANSWERED - 1 :], strict=False)):
        if last - first < DAY:
            counted.update(range(start, start + UNANSWERED))
    return [times[place] for place in sorted(counted)]


def standing(session: Session, row: CredentialRow, now: datetime) -> Standing:
    """How the credential stands."""
    own = _failures(session, row, _last(session, [row.id], Kind.SUCCESS), now)
    every = [one.id for one in row.token.credentials]
    since = _last(session, every, Kind.SUCCESS, Kind.IDENTIFIED)
    of_token = sum(len(_failures(session, one, since, now)) for one in row.token.credentials)
    return Standing(len(own), locked_until(own, now), of_token)


def refuse(session: Session, row: CredentialRow, now: datetime) -> None:
    """Raises LockedError or BlockedError, if the credential may not be used now."""
    found = standing(session, row, now)
    if found.locked_until is not None:
        raise LockedError(credential_of(row).name, found.failures, found.locked_until)
    if found.blocked:
        raise BlockedError(row.token.serial, found.token_failures)


def count(session: Session, row: CredentialRow, now: datetime, *, success: bool) -> None:
    """What the credential has answered counts, in the transaction that judged it."""
    if success:
        session.execute(delete(AttemptRow).where(AttemptRow.credential_id == row.id))
    kind = Kind.SUCCESS if success else Kind.FAILURE
    session.add(AttemptRow(credential_id=row.id, kind=kind.value, at=now))
    session.flush()


def identified(session: Session, row: CredentialRow, now: datetime) -> None:
    """The user was identified: the token is not blocked any more. A lock for a day goes on."""
    session.add(AttemptRow(credential_id=row.id, kind=Kind.IDENTIFIED.value, at=now))
    session.flush()


def _last(session: Session, credentials: Sequence[int], *kinds: Kind) -> AttemptRow | None:
    """The last of these kinds, in the order in which they were written: a clock may have been wrong."""
    query = select(AttemptRow).where(
        AttemptRow.credential_id.in_(credentials), AttemptRow.kind.in_([kind.value for kind in kinds])
    )
    return session.scalar(query.order_by(AttemptRow.id.desc()).limit(1))


def _failures(
    session: Session, row: CredentialRow, since: AttemptRow | None, now: datetime
) -> list[datetime]:
    """When the credential failed since then, by a wrong answer or by too many that were never given."""
    answered = select(AttemptRow.at).where(
        AttemptRow.credential_id == row.id, AttemptRow.kind == Kind.FAILURE.value
    )
    unanswered = select(ChallengeRow.expires_at).where(
        ChallengeRow.credential_id == row.id, ChallengeRow.used_at.is_(None), ChallengeRow.expires_at <= now
    )
    if since is not None:
        answered = answered.where(AttemptRow.id > since.id)
        unanswered = unanswered.where(ChallengeRow.expires_at > since.at)
    return [*session.scalars(answered), *counting(session.scalars(unanswered).all())]
