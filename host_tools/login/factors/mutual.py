"""Mutual OCRA (RFC 6287 section 7.2): the page answers the token's number first, and then the token answers both."""

from __future__ import annotations

from dsc.crypto.memory import wipe
from dsc.crypto.ocra import mutual
from host_tools.inventory import Credential
from host_tools.inventory.asking import LOGIN
from host_tools.inventory.errors import UnwrapError
from host_tools.inventory.issuing_challenges import Issued, issue, secrets_of
from host_tools.inventory.judging import Verdict
from host_tools.inventory.mutual_mode import judge_issued_mutual, page_question, suites
from host_tools.inventory.recording import SERVER_ROLE, credential_of
from host_tools.inventory.schema import ChallengeRow, CredentialRow
from host_tools.login.accounts import User
from host_tools.login.devices import Device
from host_tools.login.errors import PageNumberNeededError
from host_tools.login.factors.challenge import asking, keys_in, token_of
from host_tools.login.factors.port import Demand, Question
from host_tools.login.system import Work


class Mutual:
    """The page's number comes first; until then there is nothing to answer."""

    def ask(self, work: Work, user: User, device: Device) -> Question:
        """Nothing yet: the token draws its number first."""
        return Question(work.now + work.rules.challenge.lifetime)

    def judge(self, work: Work, user: User, device: Device, demand: Demand, typed: str) -> Verdict:
        """Raises PageNumberNeededError, ResponseFormatError, UnverifiableError, UnwrapError."""
        token = token_of(device)
        if demand.challenge is None:
            raise PageNumberNeededError
        row = work.session.get_one(CredentialRow, token.row)
        issued = work.session.get_one(ChallengeRow, demand.challenge)
        with keys_in(work, token) as keys:
            verdict = judge_issued_mutual(credential_of(row), keys, row, issued, typed, work.now)
        if verdict.accepted:
            issued.alarm = verdict is Verdict.ALARM
        work.session.flush()
        return verdict


def number_of(work: Work, device: Device, page_number: str) -> str:
    """The number that the token shows for the page, as it is kept. Raises ChallengeFormatError, UnverifiableError."""
    login, _ = suites(_credential(work, device))
    return page_question(login, page_number)


def answer_page(work: Work, device: Device, number: str) -> tuple[Issued, str]:
    """The challenge for the token's number, and the page's code, which proves the page to the token.

    Raises UnverifiableError, SequenceExhaustedError, AllowanceSpentError, UnwrapError.
    """
    login, _ = suites(_credential(work, device))
    custody, to = work.inventory.custody, asking(token_of(device))
    issued = issue(work.session, custody, to, login, work.now, work.rules.challenge.lifetime, LOGIN, number)
    return issued, code_again(work, device, issued.row)


def code_again(work: Work, device: Device, challenge: int) -> str:
    """The page's code for a challenge that was issued. Raises UnverifiableError, UnwrapError."""
    token = token_of(device)
    _, server = suites(_credential(work, device))
    issued = work.session.get_one(ChallengeRow, challenge)
    custody = work.inventory.custody
    secrets = secrets_of(work.session, custody, token.row, token.serial, token.id, SERVER_ROLE)
    try:
        if SERVER_ROLE not in secrets or issued.client_question is None:
            raise UnwrapError
        when = None if server.time_step is None else int(issued.issued_at.timestamp())
        return mutual(server, secrets[SERVER_ROLE], issued.client_question, issued.question, timestamp=when)
    finally:
        wipe(*secrets.values())


def _credential(work: Work, device: Device) -> Credential:
    return credential_of(work.session.get_one(CredentialRow, token_of(device).row))
