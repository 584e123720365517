"""What a token does for its user within a session: a PIN change confirmed, transactions signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from host_tools.inventory.help_desk import checked_number
from host_tools.inventory.judging import Verdict
from host_tools.inventory.recording import credential_of
from host_tools.inventory.schema import CredentialRow
from host_tools.inventory.signing import judge_signature, next_reference
from host_tools.login import standing
from host_tools.login.beginning import refuse
from host_tools.login.devices import TokenPart
from host_tools.login.factors.challenge import keys_in
from host_tools.login.pin_changes import confirmed
from host_tools.login.sessions import LoginSession, answered_again, full_session_in
from host_tools.login.system import LoginSystem, Work
from host_tools.login.use_errors import NoTokenError, StaleSessionError


@dataclass(frozen=True, slots=True)
class Signed:
    """The verdict on a signature. `is_alarm` is for the operator alone, as of `Answered`; so are user and device."""

    accepted: bool
    user: str
    device: int
    is_alarm: bool = field(repr=False)


def confirm_pin_change(system: LoginSystem, token: str, number: str) -> str:
    """The 8 digits that confirm a PIN change on the session's token, which shows this 8-digit number.

    By the help desk's rules: the token's answer is no older than the policy's `session.help_desk`, and so many are
    given a day, which are counted before they are known. If the token's last answer, at the login or by a signature,
    was with the duress PIN, the digits come of the alarm key, and look the same. Raises ChangeNumberError,
    SessionError, LimitedSessionError, NoTokenError, StaleSessionError, LockedUserError, BlockedUserError,
    DailyLimitError, UnwrapError.
    """
    shown = checked_number(number)
    with system.writing() as work:
        found, part = _with_token(work, token)
        lasts = work.rules.session.help_desk
        if work.now - found.opened_at > lasts:
            raise StaleSessionError(lasts)
        refuse(work, found.user, found.device)
        digits = confirmed(work, part, shown, is_alarm=found.answered_by_alarm)
        found.note(work, "PIN change confirmed", credential=part.id.hex())
    return digits


def issue_reference(system: LoginSystem, token: str) -> str:
    """The next reference for a transaction of the session's token: six digits or more, each once.

    Raises SessionError, LimitedSessionError, NoTokenError, NoFormError, AllowanceSpentError.
    """
    with system.writing() as work:
        found, part = _with_token(work, token)
        row = work.session.get_one(CredentialRow, part.row)
        reference = next_reference(work.session, credential_of(row), row, work.now)
        found.note(work, "reference issued", credential=part.id.hex(), reference=reference)
        return reference


def verify_signature(system: LoginSystem, token: str, values: Sequence[str], signature: str) -> Signed:
    """Judge the signature, by the session's token, of a transaction with these values of its form.

    A wrong one counts as a failure of user and device, as a right one ends their count. What is malformed, and a
    reference that was used or was never issued, is no attempt. Raises SessionError, LimitedSessionError, NoTokenError,
    LockedUserError, BlockedUserError, ReferenceNotIssuedError, and what `inventory.signing.verify_signature` does of a
    credential that is there.
    """
    with system.writing() as work:
        found, part = _with_token(work, token)
        counted = refuse(work, found.user, found.device)
        row = work.session.get_one(CredentialRow, part.row)
        with keys_in(work, part) as keys:
            verdict = judge_signature(
                work.session, credential_of(row), keys, row, values, signature, work.now, only_issued=True
            )
        work.session.flush()
        standing.count(work, counted, found.user.id, found.device, success=verdict.accepted)
        by_alarm = verdict is Verdict.ALARM
        event = f"signature {'accepted' if verdict.accepted else 'rejected'}"
        found.note(work, event, alarm=by_alarm, credential=part.id.hex())
        if verdict.accepted:
            answered_again(work, found, by_alarm=by_alarm)
        is_alarm = by_alarm or (verdict.accepted and found.is_alarm)
        return Signed(verdict.accepted, found.user.name, found.device.id, is_alarm)


def _with_token(work: Work, token: str) -> tuple[LoginSession, TokenPart]:
    found = full_session_in(work, token)
    if found.device.token is None:
        raise NoTokenError(found.device.kind.value)
    return found, found.device.token
