"""Judge responses: challenges that the caller brings, and challenges that the inventory issued itself."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from dsc.crypto.errors import InputError
from dsc.crypto.hashes import DIGEST_SIZE
from dsc.crypto.memory import equal, wipe
from dsc.crypto.ocra import Suite, padded_question, respond
from host_tools.inventory.challenges import ChallengeSequence
from host_tools.inventory.errors import (
    ChallengeFormatError,
    ChallengeNotOpenError,
    ResponseFormatError,
    UnverifiableError,
)
from host_tools.inventory.rows import Credential
from host_tools.inventory.schema import ChallengeRow, CredentialRow
from host_tools.inventory.store import CHALLENGE_ROLE, Inventory

LOOK_AHEAD = 20
CHALLENGE_LIFETIME = timedelta(minutes=3)
LAST_COUNTER = 2**64 - 1
_SEPARATORS = str.maketrans("", "", " -")


class Verdict(enum.Enum):
    """What a well-formed response turned out to be."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


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
    AmbiguousCredentialError, ChallengeFormatError, ResponseFormatError, UnverifiableError, UnwrapError.
    """
    credential = inventory.credential(serial, credential_id)
    suite, question, given = _well_formed(credential, challenge, response)
    key = inventory.key(credential)
    try:
        if not suite.counter:
            return _judge(suite, key, question, given, None, inventory.now())
        with inventory.writing() as session:
            row = inventory.credential_row(session, credential)
            return _judge(suite, key, question, given, row, inventory.now())
    finally:
        wipe(key)


def issue_challenge(
    inventory: Inventory,
    serial: str,
    credential_id: bytes | str | None = None,
    lifetime: timedelta = CHALLENGE_LIFETIME,
) -> IssuedChallenge:
    """The next challenge of the credential's sequence; never one that was issued to it before.

    Raises SequenceExhaustedError, QuestionLengthError, UnverifiableError (the question is not numeric), and
    what `Inventory.credential` raises.
    """
    credential = inventory.credential(serial, credential_id)
    suite = _login_suite(credential)
    if suite.question_format != "N":
        raise UnverifiableError(suite.text, "challenges are issued for numeric questions (QN) only")
    secret = inventory.secret(credential, CHALLENGE_ROLE)
    try:
        sequence = ChallengeSequence(secret, suite.question_length)
    finally:
        wipe(secret)
    try:
        with inventory.writing() as session:
            row = inventory.credential_row(session, credential)
            issued_at = inventory.now()
            challenge = ChallengeRow(
                position=row.challenge_index,
                question=sequence.question(row.challenge_index),
                issued_at=issued_at,
                expires_at=issued_at + lifetime,
            )
            row.challenge_index += 1
            row.challenges.append(challenge)
            return IssuedChallenge(credential, challenge.question, challenge.expires_at)
    finally:
        sequence.close()


def answer(
    inventory: Inventory,
    serial: str,
    challenge: str,
    response: str,
    credential_id: bytes | str | None = None,
) -> Verdict:
    """Judge the response to a challenge from `issue_challenge`, which it uses up, right or wrong.

    A response that is malformed is no answer, and leaves the challenge open. Raises ChallengeNotOpenError
    for a challenge that was never issued, was answered already or has expired, and what `verify_response`
    raises.
    """
    credential = inventory.credential(serial, credential_id)
    suite, question, given = _well_formed(credential, challenge, response)
    key = inventory.key(credential)
    try:
        with inventory.writing() as session:
            row = inventory.credential_row(session, credential)
            issued = session.scalar(
                select(ChallengeRow).where(
                    ChallengeRow.credential_id == row.id, ChallengeRow.question == question
                )
            )
            now = inventory.now()
            if issued is None:
                raise ChallengeNotOpenError("unknown")
            if issued.used_at is not None:
                raise ChallengeNotOpenError("used")
            # Before its time as after it: then the clock was set back, and its age is unknown.
            if not issued.issued_at <= now < issued.expires_at:
                raise ChallengeNotOpenError("expired")
            verdict = _judge(suite, key, question, given, row, now)
            issued.used_at = now
            issued.accepted = verdict is Verdict.ACCEPTED
            return verdict
    finally:
        wipe(key)


def _judge(
    suite: Suite, key: bytearray, question: str, given: bytes, row: CredentialRow | None, now: datetime
) -> Verdict:
    """Compare with every response in the window; `row`, needed for counters only, moves past the match."""
    match: int | None = None
    accepted = False
    for counter in _counters(suite, row):
        for timestamp in _timestamps(suite, now):
            expected = respond(suite, key, question, counter=counter, timestamp=timestamp)
            # No way out at the first match: the time taken must not tell how far the counter is ahead.
            if equal(expected.lower().encode("ascii"), given):
                accepted = True
                match = counter if match is None else match
    if accepted and row is not None and match is not None:
        row.counter = match + 1
    return Verdict.ACCEPTED if accepted else Verdict.REJECTED


def _counters(suite: Suite, row: CredentialRow | None) -> Iterable[int | None]:
    if not suite.counter or row is None:
        return (None,)
    # The very last counter is never accepted, since nothing would be left to move on to.
    return range(row.counter, min(row.counter + LOOK_AHEAD + 1, LAST_COUNTER))


def _timestamps(suite: Suite, now: datetime) -> Iterator[int | None]:
    if suite.time_step is None:
        yield None
        return
    present = int(now.timestamp())
    yield from (present, present - suite.time_step, present + suite.time_step)


def _login_suite(credential: Credential) -> Suite:
    if credential.kind != "ocra":
        raise UnverifiableError(credential.kind.upper(), "its codes answer no challenge")
    suite = Suite.parse(credential.login_suite)
    if suite.pin_algorithm is not None:
        raise UnverifiableError(suite.text, "its responses contain a PIN hash, and none is kept")
    if suite.session_length is not None:
        raise UnverifiableError(suite.text, "its responses contain session data, which is not known here")
    return suite


def _well_formed(credential: Credential, challenge: str, response: str) -> tuple[Suite, str, bytes]:
    """Suite, question and response as they are compared; whatever is malformed is refused before a key is touched."""
    suite = _login_suite(credential)
    return suite, _as_question(suite, challenge), _as_response(suite, response)


def _as_question(suite: Suite, text: str) -> str:
    question = text.translate(_SEPARATORS)
    try:
        padded_question(suite, question)
    except InputError as error:
        kinds = {"N": "digits", "A": "letters or digits", "H": "hex digits"}
        raise ChallengeFormatError(f"up to {suite.question_length} {kinds[suite.question_format]}") from error
    return question


def _as_response(suite: Suite, text: str) -> bytes:
    if suite.digits:
        alphabet, length, expected = "0123456789", suite.digits, f"{suite.digits} digits"
    else:  # the whole HMAC, as hex (RFC 6287 erratum 5625)
        length = 2 * DIGEST_SIZE[suite.algorithm]
        alphabet, expected = "0123456789abcdef", f"{length} hex digits"
    response = text.translate(_SEPARATORS).lower()
    if len(response) != length or not set(response) <= set(alphabet):
        raise ResponseFormatError(expected)
    return response.encode("ascii")
