"""What the help desk tells a token's user, by rule: the answer that confirms a PIN change, and unlock codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsc.crypto.memory import wipe
from dsc.protocol.confirm import NUMBER_DIGITS, confirmation
from dsc.protocol.unlock import unlock_code
from host_tools.inventory import asking, failures, four_eyes
from host_tools.inventory.asking import check_in_use
from host_tools.inventory.desk_errors import (
    ChangeNumberError,
    DailyLimitError,
    SessionNeededError,
    UnlockNumberError,
    WrongResponseError,
)
from host_tools.inventory.errors import FieldError, NoAlarmError, NoUnlockError
from host_tools.inventory.judging import keys_of, without_separators
from host_tools.inventory.recording import UNLOCK_ROLE
from host_tools.inventory.rows import Credential
from host_tools.inventory.schema import ChallengeRow, ConfirmationRow, CredentialRow, UnlockRow
from host_tools.inventory.store import Inventory
from host_tools.inventory.token_rows import credential_row, token_row
from host_tools.policy.rules import HelpDeskRules

LONGEST_IDENTIFICATION: Final = 200  # characters


def authenticate(
    inventory: Inventory,
    serial: str,
    response: str,
    credential_id: bytes | str | None = None,
    question: str | None = None,
) -> None:
    """Open a session of 10 minutes, by the token's response to the challenge `question`, or to the one that is open.

    The challenge is from `asking.ask`. Raises WrongResponseError (which has counted), TokenStateError, UnwrapError, and
    what `asking.judged` and `Inventory.credential` raise. The duress PIN opens a session, too, and is in the audit log.
    """
    credential = inventory.credential(serial, credential_id)
    with keys_of(inventory, credential) as keys, inventory.writing() as session:
        verdict = asking.judged(inventory, session, credential, keys, response, question)
        if verdict.accepted:
            inventory.note(session, "session opened", serial, credential=credential.id.hex())
    if not verdict.accepted:
        raise WrongResponseError


def confirm(inventory: Inventory, serial: str, number: str, credential_id: bytes | str | None = None) -> str:
    """The 8 digits that confirm a PIN change on the token that shows this 8-digit number.

    The credential must have answered a challenge of `asking` within 10 minutes, at a login or for `authenticate`. If
    that was with the duress PIN, the digits come of the alarm key, and look the same. Three are given in 24 hours, and
    are counted before they are known. Spaces and dashes are ignored. Raises ChangeNumberError, SessionNeededError,
    DailyLimitError, LockedError, BlockedError, TokenStateError, UnwrapError, and what `Inventory.credential` raises.
    """
    shown = checked_number(number)
    credential = inventory.credential(serial, credential_id)
    with keys_of(inventory, credential) as keys:
        with inventory.writing() as session:
            row = credential_row(session, credential)
            now = inventory.now()
            check_in_use(row.token)
            failures.refuse(inventory, session, row, now)
            rules = inventory.rules()
            count_confirmation(session, row, now, rules.help_desk)
            is_alarm = _was_alarm(session, row, credential, now, rules.session.help_desk)
            key = keys.alarm if is_alarm else keys.real
            if key is None:
                raise NoAlarmError(credential.name)
            inventory.note(session, "PIN change confirmed", serial, credential=credential.id.hex())
        return confirmation(key, serial, shown)


def count_confirmation(session: Session, row: CredentialRow, now: datetime, rules: HelpDeskRules) -> None:
    """One more was given for the credential, in the caller's transaction. Raises DailyLimitError."""
    query = select(ConfirmationRow.at).where(ConfirmationRow.credential_id == row.id)
    _check_daily(session.scalars(query).all(), rules.confirmations, "confirmations", now, rules.within)
    session.add(ConfirmationRow(credential_id=row.id, at=now))


def checked_number(number: str) -> str:
    """The number of a PIN change, without spaces and dashes. Raises ChangeNumberError for what no token draws."""
    shown = without_separators(number)
    if len(shown) != NUMBER_DIGITS or not (shown.isascii() and shown.isdecimal()) or int(shown) % 16 == 0:
        raise ChangeNumberError
    return shown


def identify(
    inventory: Inventory, serial: str, identified_by: str, credential_id: bytes | str | None = None
) -> None:
    """The token's user was identified, in the way that is told: a block after 30 failures without a success is lifted.

    If there is no block, fewer failures go on to count. So does a lock for a day after ten in a row. Raises FieldError,
    TokenStateError, and what `Inventory.credential` raises.
    """
    check_identification(identified_by)
    credential = inventory.credential(serial, credential_id)
    with inventory.writing() as session:
        row = credential_row(session, credential)
        check_in_use(row.token)
        now = inventory.now()
        failures.lift(inventory, session, row, now)
        inventory.note(session, "user identified", serial, by=identified_by)


def unlock(
    inventory: Inventory,
    serial: str,
    n: int,
    identified_by: str,
    *,
    again: bool = False,
    ahead: bool = False,
) -> bytearray:
    """The token's n-th unlock code, 16 ASCII digits, which the caller wipes; `n` is what its screen shows.

    Codes are given in order, three in 24 hours. `again` gives the last one once more, to a user whose token still shows
    its number; `ahead` one that is not the next, if the inventory has forgotten those between. `identified_by` says how
    the user was identified, for the audit log. Raises UnlockNumberError, DailyLimitError, FieldError, TokenStateError,
    OperatorsNeededError, UnknownSerialError, NoUnlockError, UnwrapError; UnlockError for a number that there is not.
    """
    check_identification(identified_by)
    secret = inventory.unlock_secret(serial)
    try:
        code = unlock_code(secret, serial, n)
    finally:
        wipe(secret)
    try:
        with inventory.writing() as session:
            _count_unlock(inventory, session, serial, n, identified_by, again, ahead)
    except BaseException:
        wipe(code)
        raise
    return code


def unlock_detail(
    n: int, identified_by: str, *, again: bool = False, ahead: bool = False
) -> four_eyes.Details:
    """What two operators have to agree on."""
    flags = {name: True for name, is_set in (("again", again), ("ahead", ahead)) if is_set}
    return {"n": n, "identified_by": identified_by, **flags}


def check_identification(text: str) -> None:
    """Raises FieldError for what cannot go into the audit log."""
    if not 1 <= len(text) <= LONGEST_IDENTIFICATION or not text.isprintable() or text != text.strip():
        raise FieldError(
            "identified_by",
            f"how the user was identified is told in 1 to {LONGEST_IDENTIFICATION} printable characters, "
            "with no space at their ends",
        )


def _count_unlock(
    inventory: Inventory, session: Session, serial: str, n: int, identified_by: str, again: bool, ahead: bool
) -> None:
    row = token_row(session, serial)
    now = inventory.now()
    check_in_use(row)
    secret = next((one for one in row.secrets if one.role == UNLOCK_ROLE), None)
    if secret is None:
        raise NoUnlockError(serial)
    given = session.scalars(select(UnlockRow).where(UnlockRow.secret_id == secret.id)).all()
    last = max((one.n for one in given), default=0)
    if n < last or (n == last and not again) or (n > last + 1 and not ahead):
        raise UnlockNumberError(serial, n, last)
    rules = inventory.rules().help_desk
    _check_daily([one.at for one in given], rules.unlock_codes, "unlock codes", now, rules.within)
    detail = unlock_detail(n, identified_by, again=again, ahead=ahead)
    agreed = four_eyes.spend(inventory, session, four_eyes.UNLOCK, serial, detail)
    session.add(UnlockRow(secret_id=secret.id, n=n, at=now))
    inventory.note(session, "unlock code given", serial, **detail, **agreed)


def _was_alarm(
    session: Session, row: CredentialRow, credential: Credential, now: datetime, lasts: timedelta
) -> bool:
    """Whether the last answer that opened a session was under duress. Raises SessionNeededError if that is long ago."""
    begin = now - lasts if row.token.sealed_at is None else max(now - lasts, row.token.sealed_at)
    query = select(ChallengeRow).where(
        ChallengeRow.credential_id == row.id,
        ChallengeRow.accepted.is_(True),
        ChallengeRow.alarm.is_not(None),
        ChallengeRow.used_at >= begin,
        ChallengeRow.used_at <= now,
    )
    last = session.scalar(query.order_by(ChallengeRow.used_at.desc(), ChallengeRow.position.desc()).limit(1))
    if last is None:
        raise SessionNeededError(credential.name, lasts)
    return bool(last.alarm)


def _check_daily(given: Sequence[datetime], limit: int, what: str, now: datetime, within: timedelta) -> None:
    """Raises DailyLimitError; what was given at a later time than now counts, since the clock was set back then."""
    lately = sorted(at for at in given if at > now - within)
    if len(lately) >= limit:
        raise DailyLimitError(what, limit, within, lately[-limit] + within)
