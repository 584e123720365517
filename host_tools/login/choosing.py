"""Which of a user's devices is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from host_tools.login.devices import Device, DeviceState
from host_tools.login.errors import ExpiredDeviceError, NoDeviceError, UnknownDeviceError


def chosen(found: Sequence[Device], name: str, wanted: int | None, now: datetime) -> Device:
    """The device that is asked: the wanted one, or the one activated last.

    Raises NoDeviceError, of these ExpiredDeviceError where only time has ended it; UnknownDeviceError.
    """
    active = [one for one in found if one.state is DeviceState.ACTIVE and wanted in (None, one.id)]
    usable = [one for one in active if one.is_usable(now)]
    if usable:
        return max(usable, key=_since)
    expired = [one for one in active if one.has_expired(now)]
    if expired:
        raise expired_error(max(expired, key=_since), name)
    if wanted is not None:
        raise UnknownDeviceError(name, wanted)
    raise NoDeviceError(name)


def expired_error(device: Device, name: str) -> ExpiredDeviceError:
    """What to raise for a device whose time is over."""
    return ExpiredDeviceError(name, device.id, device.kind.value, device.expires_at or device.added_at)


def _since(device: Device) -> tuple[datetime, int]:
    return device.activated_at or device.added_at, device.id
