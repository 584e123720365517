"""A fresh challenge for whoever calls, and the verdict on the answer: both count, and no caller chooses either.

A challenge is for one purpose, and its answer for no other. The token does not show which: whoever has its owner answer
can still pass a challenge on, and what it is for has to be said by whoever asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_tools.inventory import failures
from host_tools.inventory.desk_errors import NoOpenChallengeError, PageNumberError
from host_tools.inventory.errors import TokenStateError
from host_tools.inventory.judging import Keys, Verdict, without_separators
from host_tools.inventory.mutual_mode import answer_page, judge_issued_mutual
from host_tools.inventory.rows import Credential
from host_tools.inventory.schema import ChallengeRow, CredentialRow, TokenRow
from host_tools.inventory.states import TokenState
from host_tools.inventory.store import Inventory
from host_tools.inventory.token_rows import credential_row
from host_tools.inventory.verify import (
    issue_row,
    judge_issued,
    login_suite,
    open_challenge,
)

IN_USE: Final = (TokenState.SEALED, TokenState.ASSIGNED, TokenState.SHIPPED)
HELP_DESK: Final = "help desk"
LOGIN: Final = "login"
SESSIONS: Final = (HELP_DESK, LOGIN)  # whose right answers open a session of the help desk


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be typed on the token until `expires_at` (UTC): in mutual mode the page's code first."""

    question: str
    code: str | None
    expires_at: datetime


def ask(
    inventory: Inventory,
    serial: str,
    credential_id: bytes | str | None = None,
    page_number: str | None = None,
    lifetime: timedelta | None = None,
    purpose: str = HELP_DESK,
) -> Asked:
    """The challenge for this purpose that the credential has not answered yet, shown again; or else its next one.

    `page_number` is what a token in mutual mode shows to be typed into a page; another one gets another challenge.
    Raises LockedError, BlockedError, PageNumberError, UnverifiableError (plain codes answer nothing),
    SequenceExhaustedError, QuestionLengthError, ChallengeFormatError, and what `Inventory.credential` raises.
    """
    credential = inventory.credential(serial, credential_id)
    is_mutual = credential.server_id is not None
    if is_mutual != (page_number is not None):
        raise PageNumberError(credential.name, needed=is_mutual)

    def before(session: Session, row: CredentialRow, now: datetime) -> ChallengeRow | None:
        failures.refuse(inventory, session, row, now)
        return next((one for one in _open(session, row, now, purpose) if one.client_question == asked), None)

    asked: str | None = None
    if page_number is not None:
        asked = without_separators(page_number)
        page = answer_page(inventory, serial, asked, credential.id, lifetime, before, purpose)
        return Asked(page.server_question, page.code, page.expires_at)
    suite = login_suite(credential)
    issued = issue_row(inventory, credential, suite, lifetime, before=before, purpose=purpose)
    return Asked(issued.question, None, issued.expires_at)


def judged(
    inventory: Inventory,
    session: Session,
    credential: Credential,
    keys: Keys,
    response: str,
    question: str | None = None,
    purpose: str = HELP_DESK,
    states: Sequence[TokenState] = IN_USE,
) -> Verdict:
    """Judge the response to the challenge `question`, or to the first one that is open for the purpose, and count it.

    It is used up, right or wrong; a response that is malformed is none. The token is in one of the `states`. The
    caller's transaction commits whatever the verdict. Raises TokenStateError, NoOpenChallengeError,
    ChallengeNotOpenError, LockedError, BlockedError, ResponseFormatError, UnverifiableError.
    """
    row = credential_row(session, credential)
    check_state(row.token, states)
    now = inventory.now()
    failures.refuse(inventory, session, row, now)
    is_mutual = credential.server_id is not None
    if question is not None:
        issued = open_challenge(session, row, question, now, mutual=is_mutual, purpose=purpose)
    else:
        found = _open(session, row, now, purpose)
        waiting = [one for one in found if (one.client_question is not None) == is_mutual]
        if not waiting:
            raise NoOpenChallengeError(credential.name)
        issued = waiting[-1 if is_mutual else 0]
    judge = judge_issued_mutual if is_mutual else judge_issued
    verdict = judge(credential, keys, row, issued, response, now)
    if verdict.accepted and purpose in SESSIONS:
        issued.alarm = verdict is Verdict.ALARM
    failures.count_verdict(inventory, session, row, verdict, now)
    return verdict


def check_in_use(row: TokenRow) -> None:
    """Nobody is helped with a token that is in nobody's hands. Raises TokenStateError."""
    check_state(row, IN_USE)


def check_state(row: TokenRow, states: Sequence[TokenState]) -> None:
    """Raises TokenStateError for a token in another state."""
    if row.state not in states:
        raise TokenStateError(row.serial, row.state, states)


def _open(session: Session, row: CredentialRow, now: datetime, purpose: str) -> list[ChallengeRow]:
    """The challenges that wait for an answer to this purpose, the first one issued first."""
    query = select(ChallengeRow).where(
        ChallengeRow.credential_id == row.id,
        ChallengeRow.purpose == purpose,
        ChallengeRow.used_at.is_(None),
        ChallengeRow.issued_at <= now,
        ChallengeRow.expires_at > now,
    )
    return list(session.scalars(query.order_by(ChallengeRow.position)))
