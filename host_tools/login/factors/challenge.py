"""Challenge and response by OCRA (RFC 6287), one-way and mutual: the sequence is the inventory's, and so is the key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import bindparam, update

from dsc.crypto.memory import wipe
from dsc.crypto.ocra import Suite
from host_tools.inventory.asking import LOGIN
from host_tools.inventory.errors import UnwrapError
from host_tools.inventory.issuing_challenges import Asking, issue, secrets_of
from host_tools.inventory.judging import Keys, Verdict, as_response, usable_suite
from host_tools.inventory.recording import ALARM_ROLE, LOGIN_ROLE, PIN_HASH_ROLE
from host_tools.inventory.schema import ChallengeRow, CredentialRow, table_of
from host_tools.inventory.verify import judge_question
from host_tools.login.accounts import User
from host_tools.login.devices import Device, TokenPart
from host_tools.login.errors import DemandNotOpenError
from host_tools.login.factors.port import Demand, Question
from host_tools.login.system import Work


class Challenge:
    """One-way: a challenge is shown, and the token's response is typed."""

    def ask(self, work: Work, user: User, device: Device) -> Question:
        """The next challenge of the token's sequence.

        Raises SequenceExhaustedError, AllowanceSpentError, UnverifiableError, QuestionLengthError, UnwrapError.
        """
        token = token_of(device)
        custody, lifetime = work.inventory.custody, work.rules.challenge.lifetime
        issued = issue(work.session, custody, asking(token), suite_of(token), work.now, lifetime, LOGIN)
        return Question(issued.expires_at, challenge=issued.row, text=issued.question)

    def judge(self, work: Work, user: User, device: Device, demand: Demand, typed: str) -> Verdict:
        """Raises ResponseFormatError, UnverifiableError, UnwrapError; DemandNotOpenError if the challenge is gone."""
        token = token_of(device)
        suite = suite_of(token)
        given = as_response(suite, typed)
        if demand.challenge is None or demand.text is None:
            raise DemandNotOpenError("unknown")
        row = work.session.get_one(CredentialRow, token.row) if suite.counter else None
        with keys_in(work, token) as keys:
            verdict = judge_question(suite, keys, demand.text, given, row, work.now)
        close_challenge(work, demand.challenge, verdict)
        return verdict


def token_of(device: Device) -> TokenPart:
    """The token that the device is. Raises UnwrapError where its keys are gone."""
    if device.token is None:
        raise UnwrapError
    return device.token


def suite_of(token: TokenPart) -> Suite:
    """Raises UnverifiableError."""
    return usable_suite(token.suite, has_pin_hash=token.has_pin_hash)


def asking(token: TokenPart) -> Asking:
    """Whom a challenge is for."""
    return Asking(token.row, token.serial, token.id, token.challenge_index, token.challenges_due)


@contextmanager
def keys_in(work: Work, token: TokenPart) -> Iterator[Keys]:
    """The credential's keys, in the transaction, wiped at the end. Raises UnwrapError."""
    secrets = secrets_of(
        work.session, work.inventory.custody, token.row, token.serial, token.id, LOGIN_ROLE, ALARM_ROLE, PIN_HASH_ROLE
    )  # fmt: skip
    try:
        if LOGIN_ROLE not in secrets:
            raise UnwrapError
        yield Keys(secrets[LOGIN_ROLE], secrets.get(ALARM_ROLE), work.rules.code, secrets.get(PIN_HASH_ROLE))
    finally:
        wipe(*secrets.values())


def close_challenge(work: Work, challenge: int, verdict: Verdict) -> None:
    """It has had its answer; what confirms a PIN change later looks here for which key it was."""
    values = {
        "which": challenge,
        "then": work.now,
        "verdict": verdict.accepted,
        "by_alarm": verdict is Verdict.ALARM if verdict.accepted else None,
    }
    work.connection.execute(_USED, values)


_CHALLENGES: Final = table_of(ChallengeRow)
_USED: Final = (
    update(_CHALLENGES)
    .where(_CHALLENGES.c.id == bindparam("which"), _CHALLENGES.c.used_at.is_(None))
    .values(used_at=bindparam("then"), accepted=bindparam("verdict"), alarm=bindparam("by_alarm"))
)
