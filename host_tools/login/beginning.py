"""A login begins: the first factor is judged, the device is chosen, and what it is asked is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, update

from host_tools.inventory.schema import UserRow, table_of
from host_tools.login import demands, passwords, refusing, standing
from host_tools.login.accounts import USER_COLUMNS, User, checked_name, user_of
from host_tools.login.choosing import chosen
from host_tools.login.devices import Device, Method, devices_in
from host_tools.login.errors import (
    BlockedUserError,
    ClosedUserError,
    LockedUserError,
    RefusedError,
    UnknownUserError,
    UserFieldError,
)
from host_tools.login.factors.of import factor_of
from host_tools.login.factors.port import Demand
from host_tools.login.joined_codes import code_length
from host_tools.login.sms.phone import masked
from host_tools.login.system import LoginSystem, Work
from host_tools.policy.kinds import DeviceKind

LOGIN: Final = "login"
ACTIVATION: Final = "activation"  # in a session, which has to be open when it is answered, too
DESK_ACTIVATION: Final = "desk activation"  # for the help desk
ACTIVATIONS: Final = (ACTIVATION, DESK_ACTIVATION)
PIN_CHANGE: Final = "PIN change"
NOBODY: Final = -1  # the row of a user that there is not: it has no attempts and no devices


@dataclass(frozen=True, slots=True)
class Asked:
    """What the login page shows; `reference` goes with the answer. Times are UTC.

    `challenge` for a token that answers challenges (in mutual mode only after the page's number), `indexes` for a card,
    `sent_to` for a text message: the number, of which only the last digits are shown.
    """

    reference: str
    method: Method
    device: int
    kind: DeviceKind
    serial: str | None
    challenge: str | None
    indexes: tuple[int, int] | None
    sent_to: str | None
    expires_at: datetime


def begin(system: LoginSystem, name: str, password: str, device: int | None = None) -> Asked:
    """By user name and password, which come first; `device` is one of the user's, or the one that he activated last.

    Whatever is wrong with the name or the password, the same is said after the same work: RefusedError. So it is while
    user or device are locked or blocked. What is wrong counts as a failure of the user. Raises NoDeviceError,
    UnknownDeviceError, and what the device's factor raises: that tells no more than what is asked of others does.
    """
    with system.reading() as work:
        known = _known(work, name)
        rules = work.rules.password
    right = passwords.is_right(_password(known), password, rules)
    return _opened(system, name, device, known, password if right else None)


def begin_joined(system: LoginSystem, name: str, joined: str) -> tuple[Asked, str | None]:
    """The same for callers that have one field: the password alone, or with a code behind it that answers no challenge.

    Returns what is asked, and the code that was behind the password. It takes two passwords' work, whoever it is.
    Raises as `begin` does.
    """
    with system.reading() as work:
        known = _known(work, name)
        rules = work.rules.password
        length = code_length(work, NOBODY if known is None else known.user)
    before, behind = joined[:-length], joined[-length:]
    alone = passwords.is_right(_password(known), joined, rules)
    split = passwords.is_right(_password(known), before, rules)
    right = joined if alone else before if split else None
    asked = _opened(system, name, None, known, right)
    return asked, behind if split and not alone else None


def begin_vouched(system: LoginSystem, name: str, device: int | None = None) -> Asked:
    """The same for a caller that has judged the first factor itself, and is told what is the matter.

    Raises UnknownUserError, ClosedUserError, LockedUserError, BlockedUserError, NoDeviceError, UnknownDeviceError, and
    what the device's factor raises.
    """
    with system.writing() as work:
        row = _known(work, name)
        if row is None:
            raise UnknownUserError(name)
        user = user_of(row)
        if user.closed_at is not None:
            raise ClosedUserError(user.name)
        return _begin(work, user, device)


def refuse(work: Work, user: User, device: Device | None) -> list[standing.Attempt]:
    """What counts for the user and his device. Raises ClosedUserError, LockedUserError, BlockedUserError."""
    if user.closed_at is not None:
        raise ClosedUserError(user.name)
    found, expired = standing.counting(work, user.id, device)
    now = standing.standing(found, expired, user.id, device, work.now, work.rules.failures)
    if now.locked_until is not None:
        raise LockedUserError(user.name, now.failures, now.locked_until)
    if now.blocked:
        raise BlockedUserError(user.name, now.most)
    return found


def ask(work: Work, user: User, device: Device, purpose: str) -> Asked:
    """What is asked of the device for this purpose: what waits again, or anew. Raises what its factor does."""
    demand = demands.waiting(work, user, device, purpose)
    if demand is None:
        question = factor_of(device).ask(work, user, device)
        demand = demands.write(work, user, device, purpose, question)
    return asked(user, device, demand)


def asked(user: User, device: Device, demand: Demand) -> Asked:
    """As the login page shows it."""
    method = device.method
    if method is None:
        raise AssertionError("an unusable device was asked")
    return Asked(
        demand.reference.hex(),
        method,
        device.id,
        device.kind,
        None if device.token is None else device.token.serial,
        demand.text,
        None if demand.first is None or demand.second is None else (demand.first, demand.second),
        masked(user.phone) if method is Method.SMS and user.phone else None,
        demand.expires_at,
    )


def _opened(system: LoginSystem, name: str, device: int | None, known: Any, right: str | None) -> Asked:
    """Go on with the password that was right, or refuse; `known` is the row that it was judged by."""
    begun = None
    with system.writing() as work:
        row = _known(work, name)
        user = None if row is None else user_of(row)
        number = NOBODY if user is None else user.id
        found, expired = standing.counting(work, number, None)
        now = standing.standing(found, expired, number, None, work.now, work.rules.failures)
        is_open = now.locked_until is None and not now.blocked
        # Somebody may have set another password meanwhile.
        same = row is not None and known is not None and row.password == known.password
        if user is not None and user.closed_at is None and right is not None and same and is_open:
            begun = _begun(work, user, device)
        if begun is None:
            counted = user if user is not None and right is None and is_open else None
            standing.count(work, found, None if counted is None else counted.id, None, success=False)
            whose = None if user is None else user.name
            refusing.note(work, number, whose, counts=counted is not None)
    if begun is None or right is None:
        raise RefusedError
    # Only now: where the login is locked, the time that it takes would tell that the password was right.
    if passwords.is_outdated(known.password):
        fresh = passwords.hashed_anew(right)
        with system.writing() as work:
            work.connection.execute(_RENEWED, {"which": known.user, "known": known.password, "fresh": fresh})
    return begun


def _begun(work: Work, user: User, wanted: int | None) -> Asked | None:
    """What the device is asked; None while it is locked or blocked, though its user is not."""
    try:
        return _begin(work, user, wanted)
    except (LockedUserError, BlockedUserError):
        return None


def _password(known: Any) -> str | None:
    password: str | None = None if known is None else known.password
    return password


def _begin(work: Work, user: User, wanted: int | None) -> Asked:
    device = chosen(devices_in(work, user.id), user.name, wanted, work.now)
    refuse(work, user, device)
    return ask(work, user, device, LOGIN)


def _known(work: Work, name: str) -> Any:
    """The user's row, with the password; None for a name that nobody has, or nobody can have."""
    try:
        wanted = checked_name(name)
    except UserFieldError:
        wanted = ""
    return work.connection.execute(_BY_NAME, {"wanted": wanted}).first()


_USERS: Final = table_of(UserRow)
_RENEWED: Final = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("which"), _USERS.c.password == bindparam("known"))
    .values(password=bindparam("fresh"))
)
_BY_NAME: Final = select(*USER_COLUMNS).where(_USERS.c.name == bindparam("wanted"))
