"""A user's devices, as they stand: what he may answer with, and how."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select

from host_tools.inventory.asking import IN_USE
from host_tools.inventory.schema import CredentialRow, DeviceRow, TokenRow, UserRow, table_of
from host_tools.inventory.states import TokenState
from host_tools.login.accounts import User, user_in
from host_tools.login.errors import (
    UnknownDeviceError,
)
from host_tools.login.system import LoginSystem, Work
from host_tools.policy.kinds import DeviceKind


class DeviceState(enum.StrEnum):
    """Where a device stands: ready to be activated, active, or ended for good."""

    READY = "ready"
    ACTIVE = "active"
    ENDED = "ended"


class Method(enum.StrEnum):
    """How a device answers."""

    CHALLENGE = "challenge"
    MUTUAL = "mutual"
    CODE = "code"
    CARD = "card"
    PASSCODE = "passcode"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class TokenPart:
    """What a device that is a token has there: the credential's row and what is needed of it, and the token's state.

    `counter_unsure`: the token may have counted on since the backup that was restored. `is_others` is true of one that
    was assigned to another user than the device's: it was released meanwhile.
    """

    row: int
    token: int
    serial: str
    state: TokenState
    is_others: bool
    id: bytes
    label: str
    kind: str
    suite: str
    is_mutual: bool
    possession_only: bool
    challenge_index: int
    challenges_due: datetime | None
    counter_unsure: bool

    @property
    def has_pin_hash(self) -> bool:
        """Whether a PIN enters the responses: only of imported ones."""
        return "-P" in self.suite


@dataclass(frozen=True, slots=True)
class Device:
    """One device; times are UTC. `token` is None for what is none, or has no keys any more."""

    id: int
    user: int
    kind: DeviceKind
    state: DeviceState
    secret: int | None
    added_at: datetime
    activated_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    token: TokenPart | None

    @property
    def method(self) -> Method | None:
        """How it answers; None if it cannot."""
        if self.token is not None:
            if self.token.kind != "ocra":
                return Method.CODE
            return Method.MUTUAL if self.token.is_mutual else Method.CHALLENGE
        return _METHODS.get(self.kind)

    def is_usable(self, now: datetime) -> bool:
        """Whether a login may be answered with it."""
        return self.state is DeviceState.ACTIVE and self._can_answer(now)

    def is_ready(self, now: datetime) -> bool:
        """Whether an answer of it may activate it."""
        return self.state is DeviceState.READY and self._can_answer(now)

    def has_expired(self, now: datetime) -> bool:
        """Whether its time is over, though nobody has ended it."""
        return self.state is not DeviceState.ENDED and self.expires_at is not None and now >= self.expires_at

    def _can_answer(self, now: datetime) -> bool:
        return (
            (self.expires_at is None or now < self.expires_at)
            and self.method is not None
            and (self.token is None or (self.token.state in IN_USE and not self.token.is_others))
        )


_METHODS: Final = {
    DeviceKind.SECURITY_CODE_CARD: Method.CARD,
    DeviceKind.ONLINE_SECURITY_CODE_CARD: Method.CARD,
    DeviceKind.TEMPORARY_PASSCODE: Method.PASSCODE,
    DeviceKind.SMS: Method.SMS,
}


def devices(system: LoginSystem, name: str) -> list[Device]:
    """All of a user's devices, ended ones too, the first one added first. Raises UnknownUserError."""
    with system.reading() as work:
        return all_devices_in(work, user_in(work, name).id)


def all_devices_in(work: Work, user: int) -> list[Device]:
    """The same of a user's row, in a transaction of the caller's."""
    return _devices(work, _OF_USER, user=user)


def devices_in(work: Work, user: int) -> list[Device]:
    """The same without those that were ended, of which there are more and more."""
    return _devices(work, _LEFT_TO_USER, user=user)


def device_in(work: Work, user: User, number: int) -> Device:
    """One of the user's devices. Raises UnknownDeviceError."""
    found = _devices(work, _ONE, number=number)
    if not found or found[0].user != user.id:
        raise UnknownDeviceError(user.name, number)
    return found[0]


def devices_of_credential(work: Work, credential: int) -> list[Device]:
    """Whoever's they are, of a credential's row."""
    return _devices(work, _OF_CREDENTIAL, credential=credential)


def note(work: Work, user: User, device: Device, event: str) -> None:
    """What was done with a device, into the audit log."""
    serial = None if device.token is None else device.token.serial
    work.note(event, serial, user=user.name, device=device.id, kind=device.kind.value)


def device_of(row: Any) -> Device:
    """Out of a row of `COLUMNS`."""
    token = None
    if row.credential is not None:
        token = TokenPart(
            row.credential, row.token, row.serial, TokenState(row.token_state),
            is_others(row.token_user, row.device_owner), row.credential_uuid, row.label, row.credential_kind,
            row.login_suite, row.server_id is not None, bool(row.possession_only), row.challenge_index,
            row.challenges_due, row.counter_unsure,
        )  # fmt: skip
    return Device(
        row.device, row.device_user, DeviceKind(row.device_kind), DeviceState(row.device_state), row.device_secret,
        row.added_at, row.activated_at, row.device_expires, row.ended_at, token,
    )  # fmt: skip


_DEVICES, _CREDENTIALS, _TOKENS = table_of(DeviceRow), table_of(CredentialRow), table_of(TokenRow)
_OWNERS: Final = table_of(UserRow).alias("owners")  # callers join the users as such
_D, _C, _T = _DEVICES.c, _CREDENTIALS.c, _TOKENS.c
COLUMNS: Final = (
    _D.id.label("device"), _D.user_id.label("device_user"), _D.kind.label("device_kind"),
    _D.state.label("device_state"), _D.secret_id.label("device_secret"), _D.added_at, _D.activated_at,
    _D.expires_at.label("device_expires"), _D.ended_at, _C.id.label("credential"), _T.id.label("token"), _T.serial,
    _T.state.label("token_state"), _T.user.label("token_user"), _OWNERS.c.name.label("device_owner"),
    _C.credential_id.label("credential_uuid"), _C.label.label("label"), _C.kind.label("credential_kind"),
    _C.login_suite, _C.server_id, _C.possession_only, _C.challenge_index, _C.challenges_due,
    _C.counter_unsure,
)  # fmt: skip
JOINED: Final = (
    _DEVICES.join(_OWNERS, _OWNERS.c.id == _D.user_id)
    .outerjoin(_CREDENTIALS, _C.id == _D.credential_id)
    .outerjoin(_TOKENS, _T.id == _C.token_id)
)
_ALL: Final = select(*COLUMNS).select_from(JOINED).order_by(_D.id)
_OF_USER: Final = _ALL.where(_D.user_id == bindparam("user"))
_LEFT_TO_USER: Final = _OF_USER.where(_D.state != DeviceState.ENDED.value)
_OF_CREDENTIAL: Final = _ALL.where(_D.credential_id == bindparam("credential"))
_ONE: Final = _ALL.where(_D.id == bindparam("number"))


def is_others(assigned: str | None, name: str) -> bool:
    """Whether a token is assigned to another one. The station takes a name as it is written; logins have lower case."""
    return assigned is not None and assigned.lower() != name


def _devices(work: Work, query: Any, **parameters: int) -> list[Device]:
    return [device_of(row) for row in work.connection.execute(query, parameters)]
