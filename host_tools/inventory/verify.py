"""Judge responses: challenges that the caller brings, and challenges that the inventory issued itself.

What else a token shows is judged by `plain_codes`, `mutual_mode` and `signing`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsc.crypto.errors import InputError
from dsc.crypto.ocra import Suite, padded_question, respond
from host_tools.inventory.errors import ChallengeFormatError, ChallengeNotOpenError, UnverifiableError
from host_tools.inventory.issuing_challenges import Asking, issue
from host_tools.inventory.judging import (
    Factor,
    Keys,
    Verdict,
    as_response,
    judged_and_counted,
    keys_of,
    refuse_unsure,
    usable_suite,
    without_separators,
)
from host_tools.inventory.rows import Credential
from host_tools.inventory.schema import ChallengeRow, CredentialRow
from host_tools.inventory.store import Inventory
from host_tools.inventory.token_rows import credential_row

__all__ = [
    "IssuedChallenge",
    "Verdict",
    "answer",
    "issue_challenge",
    "verify_response",
]

# Told of the time, in the transaction that issues: may refuse, or give a challenge that is to be shown instead.
Before = Callable[[Session, CredentialRow, datetime], ChallengeRow | None]


@dataclass(frozen=True, slots=True)
class IssuedChallenge:
    """A challenge to show at a login: good for one answer of this credential, until `expires_at` (UTC)."""

    credential: Credential
    question: str
    expires_at: datetime


def verify_response(
    inventory: Inventory,
    serial: str,
    challenge: str,
    response: str,
    credential_id: bytes | str | None = None,
) -> Verdict:
    """Judge the response to a challenge that the caller chose. A development tool, not a login.

    With a suite that has a counter, the response may be up to 20 counters ahead, and an accepted one moves
    the stored counter past it in the same transaction: no response is accepted twice. Without a counter this
    is stateless: the same response to the same challenge is accepted as often as it is shown. Use
    `issue_challenge` and `answer` where that matters. Suites with a time step accept one step either way.

    Spaces and dashes in challenge and response are ignored. A token *in doubt* is judged like any other, for
    that may be how the doubt is settled. Raises UnknownSerialError, UnknownCredentialError,
    AmbiguousCredentialError, ChallengeFormatError, ResponseFormatError, UnverifiableError, UnwrapError,
    CounterUnsureError.
    """
    credential = inventory.credential(serial, credential_id)
    suite, question, given = _well_formed(credential, challenge, response)
    with keys_of(inventory, credential) as keys:
        if not suite.counter:
            return judge_question(suite, keys, question, given, None, inventory.now())
        with inventory.writing() as session:
            row = credential_row(session, credential)
            refuse_unsure(row, "let it answer a challenge that the inventory issues")
            return judge_question(suite, keys, question, given, row, inventory.now())


def issue_challenge(
    inventory: Inventory,
    serial: str,
    credential_id: bytes | str | None = None,
    lifetime: timedelta | None = None,
) -> IssuedChallenge:
    """The next challenge of the credential's sequence; never one that was issued to it before.

    It can be answered for the lifetime (default: the policy's).

    Raises SequenceExhaustedError, AllowanceSpentError, QuestionLengthError, UnverifiableError (the question is not
    numeric), and what `Inventory.credential` raises.
    """
    credential = inventory.credential(serial, credential_id)
    row = issue_row(inventory, credential, login_suite(credential), lifetime)
    return IssuedChallenge(credential, row.question, row.expires_at)


def answer(
    inventory: Inventory,
    serial: str,
    challenge: str,
    response: str,
    credential_id: bytes | str | None = None,
) -> Verdict:
    """Judge the response to a challenge from `issue_challenge`, which it uses up, right or wrong.

    Nothing is counted or refused, and no session of the help desk opens: a login is to go through `asking`. A response
    that is malformed is no answer, and leaves the challenge open. Raises ChallengeNotOpenError
    for a challenge that was never issued, was answered already or has expired, and what `verify_response`
    raises.
    """
    credential = inventory.credential(serial, credential_id)
    suite, question, given = _well_formed(credential, challenge, response)
    with keys_of(inventory, credential) as keys, inventory.writing() as session:
        row = credential_row(session, credential)
        now = inventory.now()
        issued = open_challenge(session, row, question, now, mutual=False)
        return use_up(issued, judge_question(suite, keys, question, given, row, now), now)


# The following is for the modules of this package.


def login_suite(credential: Credential) -> Suite:
    """The suite that the credential answers challenges with; raises UnverifiableError if it answers none."""
    if credential.kind != "ocra":
        raise UnverifiableError(credential.login_suite, "its codes answer no challenge")
    return usable_suite(credential.login_suite, has_pin_hash=credential.has_pin_hash)


def issue_row(
    inventory: Inventory,
    credential: Credential,
    suite: Suite,
    lifetime: timedelta | None = None,
    client_question: str | None = None,
    before: Before | None = None,
    purpose: str | None = None,
) -> ChallengeRow:
    """The row of the next challenge, written; raises as `issue_challenge` and `before` do."""
    with inventory.writing() as session:
        row = credential_row(session, credential)
        now = inventory.now()
        challenge = None if before is None else before(session, row, now)
        if challenge is None:
            asking = Asking(row.id, credential.serial, credential.id, row.challenge_index, row.challenges_due)
            lasts = inventory.rules().challenge.lifetime if lifetime is None else lifetime
            issued = issue(session, inventory.custody, asking, suite, now, lasts, purpose, client_question)
            challenge = session.get_one(ChallengeRow, issued.row)
        session.expunge(challenge)
        return challenge


def open_challenge(
    session: Session,
    row: CredentialRow,
    question: str,
    now: datetime,
    *,
    mutual: bool,
    purpose: str | None = None,
) -> ChallengeRow:
    """The challenge that was issued for this purpose and may be answered now; raises ChallengeNotOpenError."""
    issued = session.scalar(
        select(ChallengeRow).where(ChallengeRow.credential_id == row.id, ChallengeRow.question == question)
    )
    if issued is None or (issued.client_question is not None) != mutual or issued.purpose != purpose:
        raise ChallengeNotOpenError("unknown")
    if issued.used_at is not None:
        raise ChallengeNotOpenError("used")
    # Before its time as after it: then the clock was set back, and its age is unknown.
    if not issued.issued_at <= now < issued.expires_at:
        raise ChallengeNotOpenError("expired")
    return issued


def use_up(issued: ChallengeRow, verdict: Verdict, now: datetime) -> Verdict:
    """The challenge has had its answer, right or wrong; returns the verdict."""
    issued.used_at = now
    issued.accepted = verdict.accepted
    return verdict


def judge_issued(
    credential: Credential, keys: Keys, row: CredentialRow, issued: ChallengeRow, response: str, now: datetime
) -> Verdict:
    """Judge the response to an open challenge of `issue_challenge`, and use it up. Raises ResponseFormatError."""
    suite = login_suite(credential)
    given = as_response(suite, response)
    return use_up(issued, judge_question(suite, keys, issued.question, given, row, now), now)


def as_question(suite: Suite, text: str) -> str:
    """A question as it was typed, without separators; raises ChallengeFormatError if it is none of the suite's."""
    question = without_separators(text)
    try:
        padded_question(suite, question)
    except InputError as error:
        kinds = {"N": "digits", "A": "letters or digits", "H": "hex digits"}
        raise ChallengeFormatError(f"up to {suite.question_length} {kinds[suite.question_format]}") from error
    return question


def judge_question(
    suite: Suite, keys: Keys, question: str, given: bytes, row: CredentialRow | None, now: datetime
) -> Verdict:
    """The verdict on the response to a question; `row` is needed where the suite has a counter, which moves on."""

    def compute(key: bytearray, factor: Factor) -> str:
        return respond(suite, key, question, counter=factor[0], pin_hash=keys.pin_hash, timestamp=factor[1])

    return judged_and_counted(keys, suite, compute, given, row, now)


def _well_formed(credential: Credential, challenge: str, response: str) -> tuple[Suite, str, bytes]:
    """Suite, question and response as they are compared; whatever is malformed is refused before a key is touched."""
    suite = login_suite(credential)
    return suite, as_question(suite, challenge), as_response(suite, response)
