"""A PIN change is confirmed by telephone: to whoever has answered a fresh challenge for it, and for nothing else.

Asked, judged and counted as at a login; no session opens. What is confirmed is counted together with what sessions and
the desk of the inventory confirm (docs/decisions/0033).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dsc.protocol.confirm import confirmation
from host_tools.inventory.audit import Detail
from host_tools.inventory.errors import NoAlarmError
from host_tools.inventory.help_desk import checked_number, count_confirmation
from host_tools.inventory.judging import Verdict
from host_tools.inventory.recording import credential_of
from host_tools.inventory.schema import CredentialRow
from host_tools.login import demands
from host_tools.login.accounts import User, user_in
from host_tools.login.answering import PageAnswered, is_of, judged, page_answered
from host_tools.login.beginning import PIN_CHANGE, Asked, ask, refuse
from host_tools.login.choosing import chosen
from host_tools.login.devices import Device, Method, TokenPart, devices_in
from host_tools.login.errors import ClosedUserError, DemandNotOpenError
from host_tools.login.factors.challenge import keys_in, token_of
from host_tools.login.factors.port import Demand
from host_tools.login.system import LoginSystem, Work
from host_tools.login.use_errors import AnswerNeededError, NoConfirmableTokenError, TokenChoiceError


@dataclass(frozen=True, slots=True)
class Verified:
    """The verdict on the caller's answer. `is_alarm` is for the operator alone, as of `Answered`."""

    accepted: bool
    user: str
    device: int
    is_alarm: bool = field(repr=False)


def begin_pin_change(system: LoginSystem, name: str, device: int | None = None) -> Asked:
    """What the caller's token is asked; `device` is needed where he has several that a change can be confirmed for.

    Raises UnknownUserError, ClosedUserError, NoDeviceError, ExpiredDeviceError, UnknownDeviceError, TokenChoiceError,
    NoConfirmableTokenError, LockedUserError, BlockedUserError, and what the token's factor raises.
    """
    with system.writing() as work:
        user = user_in(work, name)
        if user.closed_at is not None:
            raise ClosedUserError(user.name)
        found = _token(work, user, device)
        refuse(work, user, found)
        return ask(work, user, found, PIN_CHANGE)


def answer_pin_change(system: LoginSystem, reference: str, typed: str, name: str | None = None) -> Verified:
    """Judge what the caller has read out, which uses the challenge up; `name` is whose it has to be.

    Right, and a change can be confirmed by `confirm_by_telephone` for the policy's `session.help_desk`. For a token in
    mutual mode `answer_pin_change_page` comes first. Raises what `answer` does.
    """
    with system.writing() as work:
        user, device, demand = _found(work, reference, name)
        verdict = judged(work, user, device, demand, typed)
        if verdict.accepted:
            demands.hold(work, demand, work.now + work.rules.session.help_desk)
        return Verified(verdict.accepted, user.name, device.id, verdict is Verdict.ALARM)


def answer_pin_change_page(
    system: LoginSystem, reference: str, page_number: str, name: str | None = None
) -> PageAnswered:
    """Answer the number that a token in mutual mode shows for the page. Raises what `answering.answer_page` does."""
    with system.writing() as work:
        return page_answered(work, *_found(work, reference, name), page_number)


def confirm_by_telephone(system: LoginSystem, reference: str, number: str, name: str | None = None) -> str:
    """The 8 digits that confirm a PIN change on the caller's token, which shows this 8-digit number.

    `reference` is that of his answer, `name` whose it has to be. If that was with the duress PIN, the digits come of
    the alarm key, and look the same. Raises ChangeNumberError, DemandNotOpenError, AnswerNeededError (none that was
    right, or too long ago), ClosedUserError, LockedUserError, BlockedUserError, DailyLimitError, UnwrapError.
    """
    shown = checked_number(number)
    with system.writing() as work:
        user, device, answer = demands.answered(work, reference)
        if answer.purpose != PIN_CHANGE or not is_of(user, name):
            raise DemandNotOpenError("unknown")
        if not answer.is_good(work.now) or not device.is_usable(work.now):
            raise AnswerNeededError(work.rules.session.help_desk)
        refuse(work, user, device)
        part = token_of(device)
        digits = confirmed(work, part, shown, is_alarm=answer.is_alarm)
        _note(work, user, device, part, is_alarm=answer.is_alarm)
    return digits


def confirmed(work: Work, part: TokenPart, shown: str, *, is_alarm: bool) -> str:
    """The digits for the number that the token shows, counted before they are known, in the caller's transaction.

    Raises DailyLimitError, NoAlarmError, UnwrapError.
    """
    row = work.session.get_one(CredentialRow, part.row)
    count_confirmation(work.session, row, work.now, work.rules.help_desk)
    with keys_in(work, part) as keys:
        key = keys.alarm if is_alarm else keys.real
        if key is None:
            raise NoAlarmError(credential_of(row).name)
        return confirmation(key, part.serial, shown)


def _found(work: Work, reference: str, name: str | None) -> tuple[User, Device, Demand]:
    user, device, demand = demands.found(work, reference)
    if demand.purpose != PIN_CHANGE or not is_of(user, name):
        raise DemandNotOpenError("unknown")
    return user, device, demand


def _note(work: Work, user: User, device: Device, part: TokenPart, *, is_alarm: bool) -> None:
    """As sessions write it, the alarm beside it."""
    event = "PIN change confirmed"
    of: dict[str, Detail] = {
        "user": user.name,
        "device": device.id,
        "kind": device.kind.value,
        "credential": part.id.hex(),
    }
    work.note(event, part.serial, **of)
    if is_alarm:
        work.note("alarm", part.serial, **of, during=event)


def _token(work: Work, user: User, wanted: int | None) -> Device:
    found = devices_in(work, user.id)
    # Whether there is any, and why not.
    device = chosen(found, user.name, wanted, work.now)
    if wanted is not None:
        if not _is_confirmable(device):
            raise NoConfirmableTokenError(user.name)
        return device
    tokens = [one for one in found if one.is_usable(work.now) and _is_confirmable(one)]
    if not tokens:
        raise NoConfirmableTokenError(user.name)
    if len(tokens) > 1:
        raise TokenChoiceError(user.name, [one.id for one in tokens])
    return tokens[0]


def _is_confirmable(device: Device) -> bool:
    """As the token itself has it: it has its change confirmed by whom it answers challenges, after its PIN."""
    return (
        device.token is not None
        and device.method in (Method.CHALLENGE, Method.MUTUAL)
        and not device.token.possession_only
    )
