"""A login is answered: judged once, counted, written into the audit log, and a session opened, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from host_tools.inventory.judging import Verdict
from host_tools.login import demands, devices, sessions, standing
from host_tools.login.accounts import User, checked_name
from host_tools.login.beginning import (
    ACTIVATION,
    ACTIVATIONS,
    DESK_ACTIVATION,
    LOGIN,
    PIN_CHANGE,
    Asked,
    asked,
    refuse,
)
from host_tools.login.devices import Device, Method
from host_tools.login.errors import DemandNotOpenError, NoPageNumberError, UserFieldError
from host_tools.login.factors import mutual, passcode
from host_tools.login.factors.of import factor_of
from host_tools.login.factors.port import Demand, Question
from host_tools.login.system import LoginSystem, Work
from host_tools.login.use_errors import LimitedSessionError

_WHAT: Final = {
    LOGIN: "login",
    ACTIVATION: "activation",
    DESK_ACTIVATION: "activation",
    PIN_CHANGE: "PIN change answer",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """The verdict; with `accepted`, the session that it opened, if it opens one, and until when (UTC).

    `is_alarm` is for the operator alone: neither the caller nor what he sees may tell.
    """

    accepted: bool
    user: str
    device: int
    serial: str | None
    session: str | None = field(repr=False)
    expires_at: datetime | None
    is_limited: bool
    is_alarm: bool = field(repr=False)


@dataclass(frozen=True, slots=True)
class PageAnswered:
    """What the page shows to the user of a token in mutual mode: its code, which proves it, and then the challenge."""

    asked: Asked
    code: str


def answer(
    system: LoginSystem, reference: str, typed: str, name: str | None = None, *, opens: bool = True
) -> Answered:
    """Judge what was typed for `begin`'s reference, which uses it up, right or wrong; `name` is whose it has to be.

    Without `opens`, an accepted answer opens no session: for callers that have their own. They know of none that is
    only for obtaining an online card, so a passcode that is good for nothing else is not judged: LimitedSessionError.
    What is malformed is no answer, and leaves it open: raises ResponseFormatError (of tokens), MalformedCodeError (of
    all others). Raises DemandNotOpenError, ClosedUserError, LockedUserError, BlockedUserError, CounterUnsureError,
    PageNumberNeededError, UnverifiableError, UnwrapError.
    """
    with system.writing() as work:
        user, device, demand = demands.found(work, reference)
        if demand.purpose != LOGIN or not is_of(user, name):
            raise DemandNotOpenError("unknown")
        limited, ends_at = passcode.access(work, device)
        if limited and not opens:
            raise LimitedSessionError
        verdict = judged(work, user, device, demand, typed)
        serial = None if device.token is None else device.token.serial
        if not verdict.accepted:
            return Answered(False, user.name, device.id, serial, None, None, False, False)
        is_alarm = verdict is Verdict.ALARM
        token = until = None
        if opens:
            token, until = sessions.open_session(
                work, user, device, is_alarm=is_alarm, is_limited=limited, ends_at=ends_at
            )
        return Answered(True, user.name, device.id, serial, token, until, limited, is_alarm)


def answer_page(
    system: LoginSystem, reference: str, page_number: str, name: str | None = None
) -> PageAnswered:
    """Answer the number that a token in mutual mode shows for the page; the response to both is due by `answer`.

    `name` is whose it has to be. The same number is answered the same; another one gets another challenge, under
    another reference, and what was asked before has expired unanswered. Raises
    NoPageNumberError, DemandNotOpenError, ClosedUserError, LockedUserError, BlockedUserError, ChallengeFormatError,
    UnverifiableError, SequenceExhaustedError, AllowanceSpentError, UnwrapError.
    """
    with system.writing() as work:
        user, device, demand = demands.found(work, reference)
        if demand.purpose != LOGIN or not is_of(user, name):
            raise DemandNotOpenError("unknown")
        return page_answered(work, user, device, demand, page_number)


def page_answered(work: Work, user: User, device: Device, demand: Demand, page_number: str) -> PageAnswered:
    """The answer for a demand of any purpose, in the caller's transaction. Raises as `answer_page` does."""
    if device.method is not Method.MUTUAL:
        raise NoPageNumberError
    _check_device(work, device, demand)
    refuse(work, user, device)
    number = mutual.number_of(work, device, page_number)
    if demand.challenge is not None and demand.client_text == number:
        return PageAnswered(asked(user, device, demand), mutual.code_again(work, device, demand.challenge))
    issued, code = mutual.answer_page(work, device, number)
    question = Question(issued.expires_at, challenge=issued.row, text=issued.question)
    if demand.challenge is None:
        shown = demands.attach(work, demand, question, number)
    else:
        # Or he who may begin a login could have as many challenges at once as he has numbers.
        demands.leave(work, demand)
        shown = demands.write(work, user, device, demand.purpose, question)
    return PageAnswered(asked(user, device, shown), code)


def judged(work: Work, user: User, device: Device, demand: Demand, typed: str) -> Verdict:
    """The verdict on a demand's one answer, counted and noted. Raises as `answer` does."""
    _check_device(work, device, demand)
    found = refuse(work, user, device)
    verdict = factor_of(device).judge(work, user, device, demand, typed)
    demands.use_up(work, demand, accepted=verdict.accepted)
    standing.count(work, found, user.id, device, success=verdict.accepted)
    what = _WHAT[demand.purpose]
    devices.note(work, user, device, f"{what} {'accepted' if verdict.accepted else 'rejected'}")
    if verdict is Verdict.ALARM:
        devices.note(work, user, device, "alarm")
    return verdict


def is_of(user: User, name: str | None) -> bool:
    """Whether the name, if one is given, is the user's, in whichever case it was typed: `begin` takes it so, too."""
    try:
        return name is None or checked_name(name) == user.name
    except UserFieldError:
        return False


def _check_device(work: Work, device: Device, demand: Demand) -> None:
    """The device may have been ended, or activated, since it was asked. Raises DemandNotOpenError."""
    can_answer = device.is_ready if demand.purpose in ACTIVATIONS else device.is_usable
    if not can_answer(work.now):
        raise DemandNotOpenError("expired")
