"""Challenges as rows: the next one of a credential's sequence, written in the transaction of whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from dsc.crypto.memory import wipe
from dsc.crypto.ocra import Suite
from host_tools.inventory import allowance
from host_tools.inventory.challenges import ChallengeSequence
from host_tools.inventory.custody import KeyCustody, Place, WrappedKey
from host_tools.inventory.errors import UnverifiableError, UnwrapError
from host_tools.inventory.recording import CHALLENGE_ROLE
from host_tools.inventory.schema import ChallengeRow, CredentialRow, WrappedKeyRow, table_of


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom a challenge is for: the credential's row, and how far its sequence and its allowance have come."""

    row: int
    serial: str
    id: bytes
    index: int
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Issued:
    """A challenge that was written: its row, and the question."""

    row: int
    question: str
    expires_at: datetime


def secrets_of(
    session: Session, custody: KeyCustody, row: int, serial: str, credential_id: bytes, *roles: str
) -> dict[str, bytearray]:
    """The credential's secrets of these roles, those that there are; the caller wipes them. Raises UnwrapError."""
    found: dict[str, bytearray] = {}
    try:
        for one in session.connection().execute(_WRAPPED, {"credential": row, "roles": roles}):
            wrapped = WrappedKey(one.key_version, one.nonce, one.ciphertext)
            found[one.role] = custody.unwrap(wrapped, Place(serial, credential_id, one.role))
    except BaseException:
        wipe(*found.values())
        raise
    return found


def issue(
    session: Session,
    custody: KeyCustody,
    asking: Asking,
    suite: Suite,
    now: datetime,
    lifetime: timedelta,
    purpose: str | None,
    client_question: str | None = None,
) -> Issued:
    """Write the next challenge, which was never issued before, and that it was.

    The transaction is the only one that writes, and `asking` was read in it. Raises UnverifiableError (the question is
    not numeric), SequenceExhaustedError, AllowanceSpentError, QuestionLengthError, UnwrapError.
    """
    if suite.question_format != "N":
        raise UnverifiableError(suite.text, "challenges are issued for numeric questions (QN) only")
    due = allowance.paid(asking.due, now)
    question = _question(session, custody, asking, suite.question_length)
    values = {
        "credential_id": asking.row,
        "position": asking.index,
        "question": question,
        "issued_at": now,
        "expires_at": now + lifetime,
        "client_question": client_question,
        "purpose": purpose,
    }
    connection = session.connection()
    row = int(connection.execute(_INSERT, values).scalar_one())
    connection.execute(_COUNT_ON, {"which": asking.row, "index": asking.index + 1, "due": due})
    return Issued(row, question, now + lifetime)


def _question(session: Session, custody: KeyCustody, asking: Asking, length: int) -> str:
    secrets = secrets_of(session, custody, asking.row, asking.serial, asking.id, CHALLENGE_ROLE)
    try:
        if CHALLENGE_ROLE not in secrets:
            raise UnwrapError
        sequence = ChallengeSequence(secrets[CHALLENGE_ROLE], length)
    finally:
        wipe(*secrets.values())
    try:
        return sequence.question(asking.index)
    finally:
        sequence.close()


_KEYS, _CREDENTIALS, _CHALLENGES = table_of(WrappedKeyRow), table_of(CredentialRow), table_of(ChallengeRow)
_WRAPPED: Final = select(_KEYS.c.role, _KEYS.c.key_version, _KEYS.c.nonce, _KEYS.c.ciphertext).where(
    _KEYS.c.credential_id == bindparam("credential"), _KEYS.c.role.in_(bindparam("roles", expanding=True))
)
_INSERT: Final = insert(_CHALLENGES).returning(_CHALLENGES.c.id)
_COUNT_ON: Final = (
    update(_CREDENTIALS)
    .where(_CREDENTIALS.c.id == bindparam("which"))
    .values(challenge_index=bindparam("index"), challenges_due=bindparam("due"))
)
