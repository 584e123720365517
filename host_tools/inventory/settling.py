"""What nobody can know after a restore, settled on the safe side: challenges, references, counters, codes, serials."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from dsc.crypto.errors import SuiteError
from dsc.crypto.ocra import Suite
from dsc.protocol.plain import Method, is_plain
from host_tools.inventory import allowance, drift
from host_tools.inventory.challenges import LENGTHS, question_count
from host_tools.inventory.schema import BatchRow, ChallengeRow, CredentialRow, RequestRow, TokenRow
from host_tools.inventory.settling_logins import OpenLogins, settle_logins
from host_tools.policy.rules import CodeRules

AT_ONCE: Final = 1000  # rows in one statement


@dataclass(frozen=True, slots=True)
class Open:
    """What somebody has to see to after a restore.

    `exhausted`: serials of devices that have no challenge left, to be retired. `unsure`: how many credentials count,
    and may have counted on. `timed_until`: until when codes by time are refused, the slowest token's, if there is one.
    `batches`: whose next serial somebody has to say. `closed`: challenges that can't be
    answered any more. `logins`: what became of the login system's.
    """

    exhausted: tuple[str, ...]
    unsure: int
    timed_until: datetime | None
    batches: tuple[str, ...]
    closed: int
    logins: OpenLogins


def settle(
    session: Session, then: datetime, now: datetime, reach: CodeRules, known: Collection[str] = ()
) -> Open:
    """Take everything to where it can't be behind, if the backup was made at `then` and it is `now`.

    `reach` is how far clocks of tokens may be off; `known` are the users whose withdrawals since the backup are known.
    """
    ocra = CredentialRow.kind == "ocra"
    _jump(session, CredentialRow.challenge_index, CredentialRow.challenges_due, then, now, ocra)
    signs = CredentialRow.form.is_not(None)
    _jump(session, CredentialRow.sign_index, CredentialRow.references_due, then, now, signs)
    session.execute(update(CredentialRow).where(signs).values(spent_references=CredentialRow.sign_index))
    # Those that have expired unanswered go on to count as failures.
    waiting = (ChallengeRow.used_at.is_(None), ChallengeRow.expires_at > now)
    closed = session.execute(update(ChallengeRow).where(*waiting).values(used_at=now))
    session.execute(update(BatchRow).values(stopped=True))
    # What two operators agreed on may have been done already.
    session.execute(update(RequestRow).where(RequestRow.used_at.is_(None)).values(used_at=now))
    exhausted: list[str] = []
    unsure = 0
    timed: list[int] = []
    suites = select(CredentialRow.login_suite, CredentialRow.sign_suite).distinct()
    for login, sign in session.execute(suites).all():
        alike = (
            CredentialRow.login_suite == login,
            CredentialRow.sign_suite.is_(None) if sign is None else CredentialRow.sign_suite == sign,
        )
        if _counts(login) or (sign is not None and _counts(sign)):
            marked = session.execute(update(CredentialRow).where(*alike).values(counter_unsure=True))
            unsure += marked.rowcount  # type: ignore[attr-defined]
        step = _step(login)
        if step is not None:
            # Codes up to that step may have been accepted already, from a token whose clock was found to be ahead.
            last = int(now.timestamp()) // step + drift.greatest(reach, step)
            behind = or_(CredentialRow.last_step.is_(None), CredentialRow.last_step < last)
            session.execute(update(CredentialRow).where(*alike, behind).values(last_step=last))
            slowest = session.scalar(select(func.min(CredentialRow.drift)).where(*alike)) or 0
            timed.append((last + 1 - min(0, slowest)) * step)
        count = _questions(login)
        if count is not None:
            spent = (
                select(TokenRow.serial)
                .join(CredentialRow)
                .where(*alike, CredentialRow.challenge_index >= count)
            )
            exhausted += session.scalars(spent)
    batches = session.scalars(select(BatchRow.prefix).order_by(BatchRow.prefix)).all()
    logins = settle_logins(session, now, known)
    session.expire_all()
    number = closed.rowcount  # type: ignore[attr-defined]
    until = datetime.fromtimestamp(max(timed), UTC) if timed else None
    return Open(tuple(sorted(set(exhausted))), unsure, until, tuple(batches), number, logins)


def _jump(session: Session, index, due, then: datetime, now: datetime, which) -> None:  # type: ignore[no-untyped-def]
    """Past the most that can have been issued since. Few have anything left to pay off: they are done one by one."""
    owing = session.execute(select(CredentialRow.id, due).where(which, due > then)).all()
    rest = update(CredentialRow).where(which, or_(due.is_(None), due <= then))
    nothing_left = allowance.nothing_left(now)
    most = allowance.most_since(None, then, now)
    session.execute(rest.values({index: index + most, due: nothing_left}))
    one = (
        update(CredentialRow.__table__)  # type: ignore[arg-type]
        .where(CredentialRow.__table__.c.id == bindparam("which"))
        .values({index.key: CredentialRow.__table__.c[index.key] + bindparam("most"), due.key: nothing_left})
    )
    for start in range(0, len(owing), AT_ONCE):
        jumps = [
            {"which": identity, "most": allowance.most_since(until, then, now)}
            for identity, until in owing[start : start + AT_ONCE]
        ]
        session.connection().execute(one, jumps)


def _counts(suite: str) -> bool:
    if is_plain(suite):
        return not Method.parse(suite).timed
    parsed = _parsed(suite)
    return parsed is not None and bool(parsed.counter)


def _step(suite: str) -> int | None:
    method = Method.parse(suite) if is_plain(suite) else None
    return method.step if method is not None and method.timed else None


def _questions(suite: str) -> int | None:
    parsed = None if is_plain(suite) else _parsed(suite)
    if parsed is None or parsed.question_format != "N" or parsed.question_length not in LENGTHS:
        return None
    return question_count(parsed.question_length)


def _parsed(suite: str) -> Suite | None:
    try:
        return Suite.parse(suite)
    except SuiteError:  # of another vendor's, as it was imported
        return None
