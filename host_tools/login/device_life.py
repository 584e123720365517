"""What becomes of a user's devices: added, activated, which ends what they replace, and ended."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import insert, update

from host_tools.inventory import Credential
from host_tools.inventory.schema import DeviceRow
from host_tools.inventory.token_rows import credential_row
from host_tools.login import ending, outbox
from host_tools.login.accounts import User, user_in, user_of_row
from host_tools.login.choosing import expired_error
from host_tools.login.devices import (
    Device,
    DeviceState,
    device_in,
    devices_in,
    devices_of_credential,
    is_others,
    note,
)
from host_tools.login.errors import (
    ClosedUserError,
    DeviceKindError,
    DeviceStateError,
    TokenTakenError,
    UnusableDeviceError,
)
from host_tools.login.rules.replacing import replaces
from host_tools.login.system import LoginSystem, Work
from host_tools.policy.kinds import DeviceKind

# What a token can be, by what its credential does; the first is what it is if nobody says otherwise.
_CHALLENGED: Final = (DeviceKind.DSC_PLUS, DeviceKind.PLATINUM, DeviceKind.GOLD, DeviceKind.IB_KEY)
_PLAIN: Final = (DeviceKind.DSC, DeviceKind.ALPINE)
_BUTTON: Final = (DeviceKind.ALPINE,)


def add_token(
    system: LoginSystem,
    name: str,
    serial: str,
    credential_id: bytes | str | None = None,
    kind: DeviceKind | None = None,
    *,
    active: bool = False,
) -> Device:
    """One credential of a token becomes the user's device, ready to be activated, or `active` at once.

    Another's device that answers no more ends with that: the token was assigned to this user, or the account is closed.

    Raises UnknownUserError, ClosedUserError, TokenTakenError (assigned to another user, or another's device),
    DeviceKindError, DeviceStateError (it is his device already), UnusableDeviceError (`active`, and it can't answer),
    and what `Inventory.credential` raises.
    """
    credential = system.inventory.credential(serial, credential_id)
    of_kind = _kind(credential, kind)
    with system.writing() as work:
        user = user_in(work, name)
        if user.closed_at is not None:
            raise ClosedUserError(user.name)
        row = credential_row(work.session, credential)
        if is_others(row.token.user, user.name):
            raise TokenTakenError(serial)
        own = None
        for each in devices_of_credential(work, row.id):
            if each.user == user.id:
                own = each
            elif each.state is not DeviceState.ENDED:
                _take_over(work, each, serial)
        if own is None:
            return insert_device(work, user, of_kind, credential=row.id, active=active)
        if own.state is not DeviceState.ENDED:
            raise DeviceStateError(own.id, own.state, [DeviceState.ENDED], held=True)
        return _again(work, user, own, of_kind, active=active)


def insert_device(
    work: Work,
    user: User,
    kind: DeviceKind,
    *,
    credential: int | None = None,
    secret: int | None = None,
    active: bool,
    expires_at: datetime | None = None,
    activated_at: datetime | None = None,
) -> Device:
    """A new device of the user, in a transaction of the caller's; active from now, if no other time is given."""
    row = {
        "user_id": user.id,
        "kind": kind.value,
        "state": (DeviceState.ACTIVE if active else DeviceState.READY).value,
        "credential_id": credential,
        "secret_id": secret,
        "added_at": work.now,
        "activated_at": (activated_at or work.now) if active else None,
        "expires_at": expires_at,
    }
    number = int(work.connection.execute(insert(DeviceRow).returning(DeviceRow.id), row).scalar_one())
    made = device_in(work, user, number)
    note(work, user, made, "device added")
    if active:
        _check_usable(work, user, made)
        _activated(work, user, made)
    return made


def activate(work: Work, user: User, device: Device) -> None:
    """From ready to active, in a transaction of the caller's, which ends what it replaces. Raises DeviceStateError."""
    if device.state is not DeviceState.READY:
        raise DeviceStateError(device.id, device.state, [DeviceState.READY])
    work.connection.execute(
        update(DeviceRow)
        .where(DeviceRow.id == device.id)
        .values(state=DeviceState.ACTIVE.value, activated_at=work.now)
    )
    _activated(work, user, device)


def ready_device(work: Work, user: User, number: int) -> Device:
    """One of the user's that can be activated: it waits for that, and could answer.

    One that could not would end those that can. Raises UnknownDeviceError, DeviceStateError, ExpiredDeviceError,
    UnusableDeviceError.
    """
    device = device_in(work, user, number)
    if device.state is not DeviceState.READY:
        raise DeviceStateError(device.id, device.state, [DeviceState.READY])
    if device.has_expired(work.now):
        raise expired_error(device, user.name)
    if not device.is_ready(work.now):
        raise UnusableDeviceError(user.name, device.id)
    return device


def end(work: Work, user: User, device: Device) -> None:
    """The device answers no more, its sessions end, and its secret is forgotten, in a transaction of the caller's.

    Raises DeviceStateError.
    """
    if device.state is DeviceState.ENDED:
        raise DeviceStateError(device.id, device.state, [DeviceState.READY, DeviceState.ACTIVE])
    ending.device(work, device.id, device.secret)
    if device.kind is DeviceKind.SMS:
        outbox.stop(work, user.id)
    note(work, user, device, "device ended")


def end_device(system: LoginSystem, name: str, number: int) -> None:
    """The device answers no more. Raises UnknownUserError, UnknownDeviceError, DeviceStateError."""
    with system.writing() as work:
        user = user_in(work, name)
        end(work, user, device_in(work, user, number))


def activate_device(system: LoginSystem, name: str, number: int) -> None:
    """The operator's word is enough, if it can answer. Raises UnknownUserError, and what `ready_device` does."""
    with system.writing() as work:
        user = user_in(work, name)
        activate(work, user, ready_device(work, user, number))


def _kind(credential: Credential, wanted: DeviceKind | None) -> DeviceKind:
    allowed: tuple[DeviceKind, ...] = _CHALLENGED
    if credential.kind != "ocra":
        allowed = _BUTTON if credential.possession_only else _PLAIN
    if wanted is None:
        return allowed[0]
    if wanted not in allowed:
        raise DeviceKindError(
            wanted.value, f"credential {credential.name} makes it one of {', '.join(allowed)}"
        )
    return wanted


def _take_over(work: Work, device: Device, serial: str) -> None:
    """End another user's device, if that user cannot answer with it any more. Raises TokenTakenError."""
    owner = user_of_row(work, device.user)
    is_over = owner.closed_at is not None or (device.token is not None and device.token.is_others)
    if not is_over:
        raise TokenTakenError(serial)
    end(work, owner, device)


def _again(work: Work, user: User, device: Device, kind: DeviceKind, *, active: bool) -> Device:
    """A device that had ended is taken up again: there is one row for each of a user's credentials."""
    values = {
        "kind": kind.value, "state": (DeviceState.ACTIVE if active else DeviceState.READY).value,
        "activated_at": work.now if active else None, "ended_at": None, "expires_at": None,
    }  # fmt: skip
    work.connection.execute(update(DeviceRow).where(DeviceRow.id == device.id).values(**values))
    again = device_in(work, user, device.id)
    note(work, user, again, "device added")
    if active:
        _check_usable(work, user, again)
        _activated(work, user, again)
    return again


def _check_usable(work: Work, user: User, device: Device) -> None:
    if not device.is_usable(work.now):
        raise UnusableDeviceError(user.name, device.id)


def _activated(work: Work, user: User, device: Device) -> None:
    """Every way to an active device comes by here."""
    note(work, user, device, "device activated")
    for other in devices_in(work, user.id):
        if other.id != device.id and replaces(
            device.kind, other.kind, other_is_ready=other.state is DeviceState.READY
        ):
            end(work, user, other)
