"""Plain one-time codes: HOTP with look-ahead (RFC 4226), TOTP with drift (RFC 6238).."""

from __future__ import annotations

from host_tools.inventory.judging import Verdict
from host_tools.inventory.plain_codes import judge_in
from host_tools.inventory.recording import credential_of
from host_tools.inventory.schema import CredentialRow
from host_tools.login.accounts import User
from host_tools.login.devices import Device
from host_tools.login.factors.challenge import keys_in, token_of
from host_tools.login.factors.port import Demand, Question
from host_tools.login.system import Work


class Code:
    """The code that the token shows: the counter, or the time step, that it is of is never accepted again."""

    def ask(self, work: Work, user: User, device: Device) -> Question:
        """The token's next code."""
        return Question(work.now + work.rules.challenge.lifetime)

    def judge(self, work: Work, user: User, device: Device, demand: Demand, typed: str) -> Verdict:
        """Raises ResponseFormatError, CounterUnsureError, UnverifiableError, UnwrapError."""
        token = token_of(device)
        row = work.session.get_one(CredentialRow, token.row)
        with keys_in(work, token) as keys:
            verdict = judge_in(credential_of(row), keys, row, typed, work.now)
        work.session.flush()
        return verdict
