"""A device is activated by one right answer of it, judged and counted as at a login (SECURE_LOGIN.md section 4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from host_tools.inventory.judging import Verdict
from host_tools.login import demands
from host_tools.login.accounts import User, user_in
from host_tools.login.answering import PageAnswered, is_of, judged, page_answered
from host_tools.login.beginning import ACTIVATION, ACTIVATIONS, DESK_ACTIVATION, Asked, ask, refuse
from host_tools.login.device_life import activate, ready_device
from host_tools.login.devices import Device
from host_tools.login.errors import (
    ClosedUserError,
    DemandNotOpenError,
    SessionError,
)
from host_tools.login.factors.port import Demand
from host_tools.login.sessions import LoginSession, other_answered, session_in
from host_tools.login.system import LoginSystem, Work


@dataclass(frozen=True, slots=True)
class Activated:
    """The verdict; with `accepted`, the device is active. `is_alarm` is for the operator alone, as at a login."""

    accepted: bool
    user: str
    device: int
    is_alarm: bool = field(repr=False)


def begin_activation(system: LoginSystem, session: str, device: int) -> Asked:
    """What the user's device is asked, within his open session, be it a limited one.

    Raises SessionError, UnknownDeviceError, DeviceStateError, UnusableDeviceError, ExpiredDeviceError,
    LockedUserError, BlockedUserError, and what the device's factor raises.
    """
    with system.writing() as work:
        found = session_in(work, session)
        return _begin(work, found.user, device, ACTIVATION, found)


def begin_activation_vouched(system: LoginSystem, name: str, device: int) -> Asked:
    """The same for the help desk, which has identified the user. Raises UnknownUserError, ClosedUserError, too."""
    with system.writing() as work:
        user = user_in(work, name)
        if user.closed_at is not None:
            raise ClosedUserError(user.name)
        return _begin(work, user, device, DESK_ACTIVATION)


def answer_activation(
    system: LoginSystem,
    reference: str,
    typed: str,
    name: str | None = None,
    number: int | None = None,
    *,
    session: str | None = None,
) -> Activated:
    """Judge what was typed, which uses the reference up; right, and the device is active, and ends what it replaces.

    `name` and `number` are whose it has to be, and of which device. What was begun in a session is answered in one of
    the same user's, and in none that has ended meanwhile: whoever was shut out may have begun it. By the duress PIN,
    that session is an alarm from then on. For a token in mutual mode `answer_activation_page` comes first. Raises
    SessionError, and what `answer` does.
    """
    with system.writing() as work:
        user, device, demand, found = _found(work, reference, name, session)
        if number not in (None, device.id):
            raise DemandNotOpenError("unknown")
        verdict = judged(work, user, device, demand, typed)
        if verdict.accepted:
            activate(work, user, device)
        is_alarm = verdict is Verdict.ALARM
        if found is not None:
            other_answered(work, found, by_alarm=is_alarm)
            found.note(
                work, "activation answered", alarm=is_alarm, activates=device.id, accepted=verdict.accepted
            )
            is_alarm |= verdict.accepted and found.is_alarm
        return Activated(verdict.accepted, user.name, device.id, is_alarm)


def answer_activation_page(
    system: LoginSystem,
    reference: str,
    page_number: str,
    name: str | None = None,
    *,
    session: str | None = None,
) -> PageAnswered:
    """Answer the number that a token in mutual mode shows for the page, for whoever may answer the activation.

    Raises SessionError, and what `answering.answer_page` does.
    """
    with system.writing() as work:
        user, device, demand, _ = _found(work, reference, name, session)
        return page_answered(work, user, device, demand, page_number)


def _found(
    work: Work, reference: str, name: str | None, session: str | None
) -> tuple[User, Device, Demand, LoginSession | None]:
    """What waits for an answer, to whom may give it, and in which session if it was begun in one.

    Raises SessionError, DemandNotOpenError.
    """
    user, device, demand = demands.found(work, reference)
    if demand.purpose not in ACTIVATIONS or not is_of(user, name):
        raise DemandNotOpenError("unknown")
    within = _session(work, user, session) if demand.purpose == ACTIVATION else None
    return user, device, demand, within


def _begin(work: Work, user: User, number: int, purpose: str, within: LoginSession | None = None) -> Asked:
    """What waits is shown again, which is nothing to note: the log would grow by it at will."""
    device = ready_device(work, user, number)
    refuse(work, user, device)
    is_new = demands.waiting(work, user, device, purpose) is None
    asked = ask(work, user, device, purpose)
    if within is not None and is_new:
        within.note(work, "activation begun", activates=device.id)
    return asked


def _session(work: Work, user: User, session: str | None) -> LoginSession:
    if session is None:
        raise SessionError
    found = session_in(work, session)
    if found.user.id != user.id:
        raise DemandNotOpenError("unknown")
    return found
