"""The login page's side of mutual mode (RFC 6287 section 7.2): it answers the token first, then judges its answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dsc.crypto.memory import wipe
from dsc.crypto.ocra import Suite, mutual
from host_tools.inventory.errors import ChallengeFormatError, ChallengeNotOpenError, UnverifiableError
from host_tools.inventory.judging import (
    Factor,
    Keys,
    Verdict,
    as_response,
    judged_and_counted,
    keys_of,
    usable_suite,
    without_separators,
)
from host_tools.inventory.recording import SERVER_ROLE
from host_tools.inventory.rows import Credential
from host_tools.inventory.schema import ChallengeRow, CredentialRow
from host_tools.inventory.store import Inventory
from host_tools.inventory.token_rows import credential_row
from host_tools.inventory.verify import (
    Before,
    as_question,
    issue_row,
    login_suite,
    open_challenge,
    use_up,
)


@dataclass(frozen=True, slots=True)
class AnsweredPage:
    """What the login page shows to a user who has typed the token's number into it.

    `code` proves the page to the token. The token's response to both numbers is due until `expires_at` (UTC).
    """

    credential: Credential
    client_question: str
    server_question: str
    code: str
    expires_at: datetime


def answer_page(
    inventory: Inventory,
    serial: str,
    client_question: str,
    credential_id: bytes | str | None = None,
    lifetime: timedelta | None = None,
    before: Before | None = None,
    purpose: str | None = None,
) -> AnsweredPage:
    """The next challenge of the credential's sequence, and the server's code over (token's number, challenge).

    The token's number has the suite's full length and is not divisible by 16, as those that tokens draw; spaces and
    dashes are ignored. The code is made with the server key, which knows no PIN, so that it is the same whether PIN or
    duress PIN will be typed. `before` and `purpose` are those of `verify.issue_row`. Raises ChallengeFormatError,
    UnverifiableError, SequenceExhaustedError, AllowanceSpentError, QuestionLengthError, and what `Inventory.credential`
    raises.
    """
    credential = inventory.credential(serial, credential_id)
    login, server = suites(credential)
    asked = page_question(login, client_question)
    issued = issue_row(inventory, credential, login, lifetime, asked, before, purpose)
    timestamp = None if server.time_step is None else int(issued.issued_at.timestamp())
    key = inventory.secret(credential, SERVER_ROLE)
    try:
        code = mutual(server, key, asked, issued.question, timestamp=timestamp)
    finally:
        wipe(key)
    return AnsweredPage(credential, asked, issued.question, code, issued.expires_at)


def verify_mutual(
    inventory: Inventory,
    serial: str,
    server_question: str,
    response: str,
    credential_id: bytes | str | None = None,
) -> Verdict:
    """Judge the token's response over (challenge, token's number), which uses the challenge up, right or wrong.

    The token's number is the one that `answer_page` was given. Nothing is counted, as in `verify.answer`. A malformed
    response leaves the challenge open. Raises ChallengeNotOpenError, ChallengeFormatError, ResponseFormatError,
    UnverifiableError, UnwrapError, and what `Inventory.credential` raises.
    """
    credential = inventory.credential(serial, credential_id)
    login, _ = suites(credential)
    question = as_question(login, server_question)
    given = as_response(login, response)
    with keys_of(inventory, credential) as keys, inventory.writing() as session:
        row = credential_row(session, credential)
        now = inventory.now()
        issued = open_challenge(session, row, question, now, mutual=True)
        return _judge_mutual(login, keys, row, issued, given, now)


def judge_issued_mutual(
    credential: Credential, keys: Keys, row: CredentialRow, issued: ChallengeRow, response: str, now: datetime
) -> Verdict:
    """Judge the response to an open challenge of `answer_page`, and use it up. Raises ResponseFormatError."""
    login, _ = suites(credential)
    return _judge_mutual(login, keys, row, issued, as_response(login, response), now)


def _judge_mutual(
    login: Suite, keys: Keys, row: CredentialRow, issued: ChallengeRow, given: bytes, now: datetime
) -> Verdict:
    client_question = issued.client_question
    if client_question is None:
        raise ChallengeNotOpenError("unknown")

    def compute(key: bytearray, factor: Factor) -> str:
        return mutual(login, key, issued.question, client_question, counter=factor[0], timestamp=factor[1])

    return use_up(issued, judged_and_counted(keys, login, compute, given, row, now), now)


def page_question(login: Suite, typed: str) -> str:
    """The number that a token shows for the page, without separators. Raises ChallengeFormatError."""
    asked = without_separators(typed)
    if len(asked) != login.question_length or int(as_question(login, asked)) % 16 == 0:
        raise ChallengeFormatError(
            f"the {login.question_length} digits that the token shows, a number not divisible by 16"
        )
    return asked


def suites(credential: Credential) -> tuple[Suite, Suite]:
    """What token and page of a credential in mutual mode answer with. Raises UnverifiableError."""
    login = login_suite(credential)
    if credential.server_id is None or credential.server_suite is None:
        raise UnverifiableError(credential.login_suite, "the credential has no server key for mutual mode")
    if login.question_format != "N":
        raise UnverifiableError(login.text, "challenges are issued for numeric questions (QN) only")
    server = usable_suite(credential.server_suite)
    if server.counter:
        raise UnverifiableError(
            server.text, "a page that counted its answers would be out of step with the token"
        )
    return login, server
