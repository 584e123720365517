"""All about a user that is not secret, in one view: his devices, how his login stands, and his open sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select

from host_tools.inventory.schema import LoginSessionRow, table_of
from host_tools.login import standing
from host_tools.login.accounts import User, user_in
from host_tools.login.devices import Device, DeviceState, all_devices_in
from host_tools.login.standing import Standing
from host_tools.login.system import LoginSystem, Work


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is open, by the number of the device that opened it; times are UTC.

    `is_alarm`: it was opened with the duress PIN, or that was used in it, which is for the operator to know alone.
    """

    device: int
    opened_at: datetime
    expires_at: datetime
    is_limited: bool
    is_alarm: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """One user; `blocked` are the numbers of the devices that do not answer until he was identified."""

    user: User
    devices: list[Device]
    standing: Standing
    blocked: list[int]
    sessions: list[OpenSession]


def overview(system: LoginSystem, name: str) -> Overview:
    """Of one moment. Raises UnknownUserError."""
    with system.reading() as work:
        user = user_in(work, name)
        found = all_devices_in(work, user.id)
        live = [one for one in found if one.state is not DeviceState.ENDED]
        blocked = [one.id for one in live if _standing(work, user, one).blocked]
        return Overview(user, found, _standing(work, user, None), blocked, _sessions(work, user, found))


def _standing(work: Work, user: User, device: Device | None) -> Standing:
    found, expired = standing.counting(work, user.id, device)
    return standing.standing(found, expired, user.id, device, work.now, work.rules.failures)


def _sessions(work: Work, user: User, devices: list[Device]) -> list[OpenSession]:
    usable = {one.id for one in devices if one.is_usable(work.now)}
    if user.closed_at is not None:
        return []
    rows = work.connection.execute(_OPEN, {"user": user.id, "now": work.now})
    return [OpenSession(*row) for row in rows if row.device_id in usable]


_S = table_of(LoginSessionRow).c
_OPEN: Final = (
    select(_S.device_id, _S.opened_at, _S.expires_at, _S.is_limited, _S.is_alarm)
    .where(
        _S.user_id == bindparam("user"),
        _S.ended_at.is_(None),
        _S.opened_at <= bindparam("now"),
        _S.expires_at > bindparam("now"),
    )
    .order_by(_S.id)
)
