"""Failures count: ten in a row lock a credential for a day, thirty without a success block its token.

The rules are those of SECURE_LOGIN.md 2.4, 2.6 and 2.7, for logins and the help desk alike. Here they are counted for a
credential and for its token; a user with several tokens is the login service's to sum up.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.orm import Session

from host_tools.inventory.desk_errors import BlockedError, LockedError
from host_tools.inventory.judging import Verdict
from host_tools.inventory.recording import credential_of
from host_tools.inventory.schema import AttemptRow, ChallengeRow, CredentialRow
from host_tools.inventory.store import Inventory
from host_tools.policy.lockout import blocked, counting, locked_until
from host_tools.policy.rules import FailureRules


class Kind(enum.StrEnum):
    """What counts. `UNANSWERED` is what a login was asked without an answer, if a restore has left no more of it."""

    SUCCESS = "success"
    FAILURE = "failure"
    IDENTIFIED = "identified"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a credential stands: failures since its last success; locked until then; whether its token is blocked."""

    failures: int
    locked_until: datetime | None
    token_failures: int
    blocked: bool


def standing(inventory: Inventory, session: Session, row: CredentialRow, now: datetime) -> Standing:
    """How the credential stands.

    A success without a PIN says nothing about who types PINs: it ends the count of such credentials alone.
    """
    rules = inventory.rules().failures
    own = _failures(session, row, _last(session, [row.id], []), now, rules)
    without_pin, with_pin = _ends_of_token(session, row)
    of_token = sum(
        len(_failures(session, one, without_pin if one.possession_only else with_pin, now, rules))
        for one in row.token.credentials
    )
    return Standing(len(own), locked_until(own, now, rules), of_token, blocked(of_token, rules))


def still_counting(session: Session, row: CredentialRow, now: datetime, rules: FailureRules) -> set[datetime]:
    """When challenges expired that the credential left unanswered, if they may count as failures: others never will.

    Its own success has ended that for the credential, and one of its token for the token.
    """
    times = set(counting(session.scalars(_unanswered(row, now)).all(), rules))
    own = _last(session, [row.id], []) if times else None
    if own is None:
        return times
    without_pin, with_pin = _ends_of_token(session, row)
    of_token = without_pin if row.possession_only else with_pin
    # As they were written: a clock may have been wrong, and then the last one has an earlier time.
    over = min(own.at, own.at if of_token is None else of_token.at)
    return {at for at in times if at > over}


def refuse(inventory: Inventory, session: Session, row: CredentialRow, now: datetime) -> None:
    """Raises LockedError or BlockedError, if the credential may not be used now."""
    found = standing(inventory, session, row, now)
    if found.locked_until is not None:
        raise LockedError(credential_of(row).name, found.failures, found.locked_until)
    if found.blocked:
        raise BlockedError(row.token.serial, found.token_failures)


def count(session: Session, row: CredentialRow, now: datetime, *, success: bool) -> None:
    """What the credential has answered counts, in the transaction that judged it."""
    if success:
        over = delete(AttemptRow).where(AttemptRow.credential_id == row.id)
        # An identification goes on to count for the others, for which a success without a PIN does not.
        session.execute(over.where(AttemptRow.kind != Kind.IDENTIFIED.value) if row.possession_only else over)
    kind = Kind.SUCCESS if success else Kind.FAILURE
    session.add(AttemptRow(credential_id=row.id, kind=kind.value, at=now))
    session.flush()


def count_verdict(
    inventory: Inventory, session: Session, row: CredentialRow, verdict: Verdict, now: datetime
) -> None:
    """The same of a verdict, with an entry in the audit log for what was wrong, and for an alarm."""
    count(session, row, now, success=verdict.accepted)
    if verdict is not Verdict.ACCEPTED:
        event = "alarm" if verdict is Verdict.ALARM else "wrong response"
        inventory.note(session, event, row.token.serial, credential=row.credential_id.hex())


def identified(session: Session, row: CredentialRow, now: datetime) -> None:
    """The user was identified: the token is not blocked any more. A lock for a day goes on."""
    session.add(AttemptRow(credential_id=row.id, kind=Kind.IDENTIFIED.value, at=now))
    session.flush()


def lift(inventory: Inventory, session: Session, row: CredentialRow, now: datetime) -> bool:
    """The user was identified: a block ends, if there is one; without one, fewer failures go on to count."""
    is_blocked = standing(inventory, session, row, now).blocked
    if is_blocked:
        identified(session, row, now)
    return is_blocked


def _last(session: Session, successes: Sequence[int], identified: Sequence[int]) -> AttemptRow | None:
    """The last success, or identification, of these credentials, as they were written: a clock may have been wrong."""
    query = select(AttemptRow).where(
        or_(
            *(
                and_(AttemptRow.credential_id.in_(of), AttemptRow.kind == kind.value)
                for of, kind in ((successes, Kind.SUCCESS), (identified, Kind.IDENTIFIED))
            )
        )
    )
    return session.scalar(query.order_by(AttemptRow.id.desc()).limit(1))


def _ends_of_token(session: Session, row: CredentialRow) -> tuple[AttemptRow | None, AttemptRow | None]:
    """What has ended the count for those of the token's credentials without a PIN, and for the others."""
    credentials = row.token.credentials
    every = [one.id for one in credentials]
    with_pin = [one.id for one in credentials if not one.possession_only]
    return _last(session, every, every), _last(session, with_pin, every)


def _unanswered(row: CredentialRow, now: datetime) -> Select[datetime]:
    return select(ChallengeRow.expires_at).where(
        ChallengeRow.credential_id == row.id, ChallengeRow.used_at.is_(None), ChallengeRow.expires_at <= now
    )


def _failures(
    session: Session, row: CredentialRow, since: AttemptRow | None, now: datetime, rules: FailureRules
) -> list[datetime]:
    """When the credential failed since then, by a wrong answer or by too many that were never given."""
    answered = select(AttemptRow.at).where(
        AttemptRow.credential_id == row.id, AttemptRow.kind == Kind.FAILURE.value
    )
    unanswered = _unanswered(row, now)
    if since is not None:
        answered = answered.where(AttemptRow.id > since.id)
        unanswered = unanswered.where(ChallengeRow.expires_at > since.at)
    return [*session.scalars(answered), *counting(session.scalars(unanswered).all(), rules)]
