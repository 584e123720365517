"""What bridges the time until a token: code cards, temporary passcodes, and text messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, func, select

from dsc.crypto.memory import wipe
from host_tools.inventory.failures import Kind
from host_tools.inventory.help_desk import check_identification
from host_tools.inventory.schema import AttemptRow, DeviceRow, LoginSessionRow, table_of
from host_tools.login import code_secrets
from host_tools.login.accounts import User, user_in
from host_tools.login.device_life import end, insert_device
from host_tools.login.devices import Device, DeviceState, devices_in
from host_tools.login.errors import (
    ClosedUserError,
    DeviceKindError,
    DeviceStateError,
    NoPhoneError,
    TooManyCardsError,
)
from host_tools.login.identifying import lift_blocks, standing_of
from host_tools.login.rules import cards
from host_tools.login.rules.passcodes import Event, Happening, check_may_issue, new_passcode
from host_tools.login.sessions import session_in
from host_tools.login.system import LoginSystem, Work
from host_tools.policy.kinds import DeviceKind

_DAY: Final = timedelta(days=1)
_OBTAINING: Final = (
    DeviceKind.TEMPORARY_PASSCODE,
    DeviceKind.SMS,
)  # who logged in by these may have the online card


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A card that was made just now, ready to be activated; `codes` (ASCII, numbered from 1) are shown this once.

    The caller wipes the codes. `serial` is what the card is called where people see it; times are UTC.
    """

    device: Device
    serial: str
    issued_at: datetime
    expires_at: datetime | None
    codes: list[bytearray] = field(repr=False)


def issue_card(system: LoginSystem, name: str, *, online: bool) -> IssuedCard:
    """A new card for the user: the online one, which expires, or the one that is printed and sent.

    It ends those of its kind that were never activated; one that is in use ends when the new one is activated. Raises
    UnknownUserError, ClosedUserError, and ShapeError where the policy's card cannot be.
    """
    with system.writing() as work:
        return _card(work, _open_user(work, name), online=online)


def obtain_card(system: LoginSystem, session: str) -> IssuedCard:
    """The online card for whoever has logged in by a passcode or a text message, be it good for nothing else any more.

    Raises SessionError, ShapeError, DeviceKindError (of a device that stays: whoever finds such a session open must not
    take a card of his own along; and of the online card: it would be renewed for ever), TooManyCardsError.
    """
    with system.writing() as work:
        found = session_in(work, session)
        if found.device.kind not in _OBTAINING:
            kind = DeviceKind.ONLINE_SECURITY_CODE_CARD
            raise DeviceKindError(
                kind, f"the session was opened by a {found.device.kind}, which obtains none"
            )
        _check_number(work, found.user)
        made = _card(work, found.user, online=True)
        found.note(work, "card obtained", obtained=made.device.id)
        return made


@dataclass(frozen=True, slots=True)
class IssuedPasscode:
    """A passcode (ASCII) that was made just now, to be read out; the caller wipes it.

    `lifted` says that the user was blocked until now, and `locked_until` (UTC) that it opens nothing before then.
    """

    code: bytearray = field(repr=False)
    lifted: bool
    locked_until: datetime | None


def issue_passcode(system: LoginSystem, name: str, identified_by: str) -> IssuedPasscode:
    """A temporary passcode, active at once, for a user who was identified so. It ends an earlier one.

    `identified_by` says how, for the audit log. Blocks of him and of his devices are lifted, as by
    `help_desk.identify`; a lock for a day goes on. Raises UnknownUserError, ClosedUserError, FieldError,
    PasscodeTwiceError (never two in a row), ShapeError.
    """
    check_identification(identified_by)
    with system.writing() as work:
        user = _open_user(work, name)
        history = _history(work, user)
        check_may_issue(history)
        lifted = lift_blocks(work, user, identified_by)
        rules = work.rules.passcode
        passcode = new_passcode(rules.length, rules.alphabet)
        try:
            secret = code_secrets.keep_passcode(work, passcode, rules.alphabet)
            until = work.now + rules.lifetime
            # Where the clock was set back, what was before the passcode stays before it.
            since = max([work.now, *(one.at for one in history)])
            device = insert_device(
                work, user, DeviceKind.TEMPORARY_PASSCODE, secret=secret, active=True, expires_at=until,
                activated_at=since,
            )  # fmt: skip
            work.note("passcode issued", user=user.name, device=device.id, identified_by=identified_by)
            return IssuedPasscode(passcode, lifted, standing_of(work, user).locked_until)
        except BaseException:
            wipe(passcode)
            raise


def add_sms(system: LoginSystem, name: str) -> Device:
    """Codes by text message, active at once: for who has nothing else to answer with yet.

    Raises UnknownUserError, ClosedUserError, NoPhoneError, DeviceStateError (he has them), DeviceKindError (he has
    another active device, which this would weaken).
    """
    with system.writing() as work:
        user = _open_user(work, name)
        if user.phone is None:
            raise NoPhoneError(user.name)
        for other in devices_in(work, user.id):
            if not other.is_usable(work.now):
                continue
            if other.kind is DeviceKind.SMS:
                raise DeviceStateError(other.id, other.state, [DeviceState.ENDED], held=True)
            raise DeviceKindError(DeviceKind.SMS, f"{user.name!r} has an active device, number {other.id}")
        return insert_device(work, user, DeviceKind.SMS, active=True)


def card_serial(device: Device) -> str:
    """What a card is called on its face."""
    return f"SC-{device.id:06}"


def _open_user(work: Work, name: str) -> User:
    user = user_in(work, name)
    if user.closed_at is not None:
        raise ClosedUserError(user.name)
    return user


def _check_number(work: Work, user: User) -> None:
    """Raise TooManyCardsError if as many online cards were made in a day as there may be."""
    most = work.rules.card.online_a_day
    values = {"user": user.id, "since": work.now - _DAY, "most": most}
    made = list(work.connection.execute(_ONLINE_CARDS, values).scalars())
    if len(made) >= most:
        raise TooManyCardsError(user.name, most, made[-1] + _DAY)


def _card(work: Work, user: User, *, online: bool) -> IssuedCard:
    rules = work.rules.card
    kind = DeviceKind.ONLINE_SECURITY_CODE_CARD if online else DeviceKind.SECURITY_CODE_CARD
    shape = cards.Shape(rules.codes, rules.code_length, rules.alphabet)
    for other in devices_in(work, user.id):
        if other.kind is kind and other.state is DeviceState.READY:
            end(work, user, other)
    secret = cards.new_secret()
    try:
        number = code_secrets.keep_card(work, secret, shape)
        until = work.now + rules.online_lifetime if online else None
        device = insert_device(work, user, kind, secret=number, active=False, expires_at=until)
        return IssuedCard(device, card_serial(device), work.now, until, cards.values(secret, shape))
    finally:
        wipe(secret)


def _history(work: Work, user: User) -> list[Event]:
    """The last event of each kind, in order; of two at one moment the passcode is the later one, which refuses it."""
    found: list[Event] = []
    for row in work.connection.execute(_ACTIVATED, {"user": user.id}):
        kind = DeviceKind(row[0])
        what = Happening.DEVICE_ACTIVATED
        if kind is DeviceKind.TEMPORARY_PASSCODE:
            what = Happening.PASSCODE_ISSUED
        found.append(Event(what, kind, row[1]))
    # Logins of callers that have sessions of their own open none here; a success at the inventory's help desk takes the
    # place of those of logins.
    for query in (_OPENED, _ANSWERED):
        for row in work.connection.execute(query, {"user": user.id}):
            found.append(Event(Happening.LOGIN_ANSWERED, DeviceKind(row[0]), row[1]))
    return sorted(found, key=lambda one: (one.at, one.what is Happening.PASSCODE_ISSUED))


_D, _S, _A = table_of(DeviceRow).c, table_of(LoginSessionRow).c, table_of(AttemptRow).c
_ONLINE_CARDS: Final = (
    select(_D.added_at)
    .where(
        _D.user_id == bindparam("user"),
        _D.kind == DeviceKind.ONLINE_SECURITY_CODE_CARD.value,
        _D.added_at > bindparam("since"),
    )
    .order_by(_D.added_at.desc())
    .limit(bindparam("most"))
)
_ACTIVATED: Final = (
    select(_D.kind, func.max(_D.activated_at))
    .where(_D.user_id == bindparam("user"), _D.activated_at.is_not(None))
    .group_by(_D.kind)
)
_OPENED: Final = (
    select(_D.kind, func.max(_S.opened_at))
    .join_from(_S.opened_at.table, _D.id.table, _D.id == _S.device_id)
    .where(_S.user_id == bindparam("user"))
    .group_by(_D.kind)
)
_ANSWERED: Final = (
    select(_D.kind, func.max(_A.at))
    .join_from(_A.at.table, _D.id.table, _D.id == _A.device_id)
    .where(_A.user_id == bindparam("user"), _A.kind == Kind.SUCCESS.value)
    .group_by(_D.kind)
)
