"""How a login stands: failures of the user and of his device, what locks for a day, and what blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, or_, select, update

from host_tools.inventory.failures import WITHOUT_SUCCESS, Kind, counting, locked_until
from host_tools.inventory.schema import AttemptRow, CredentialRow, DemandRow, table_of
from host_tools.login.devices import Device
from host_tools.login.system import Work


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that counts; of another user, of a device that is shared, if `user` is not this one."""

    id: int
    kind: Kind
    at: datetime
    user: int | None
    device: int | None
    credential: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Failures since the user's last success; locked until then; failures of user and device that may block."""

    failures: int
    locked_until: datetime | None
    user_failures: int
    device_failures: int

    @property
    def blocked(self) -> bool:
        """Until the user was identified."""
        return max(self.user_failures, self.device_failures) >= WITHOUT_SUCCESS


def attempts(work: Work, user: int, device: Device | None) -> list[Attempt]:
    """All that counts for the user, and for the device's token, as it was written."""
    token = -1 if device is None or device.token is None else device.token.token
    rows = work.connection.execute(_OF_USER_OR_TOKEN, {"user": user, "token": token})
    return [Attempt(row[0], Kind(row[1]), *row[2:]) for row in rows]


def unanswered(work: Work, user: int) -> list[datetime]:
    """When what was shown to the user, a challenge or a pair of indexes, expired without an answer."""
    return list(work.connection.execute(_UNANSWERED, {"user": user, "now": work.now}).scalars())


def standing(
    found: Sequence[Attempt], expired: Sequence[datetime], user: int, device: Device | None, now: datetime
) -> Standing:
    """Judge what `attempts` and `unanswered` gave. A lock goes on when the user was identified; a block does not."""
    of_user = [one for one in found if one.user in (user, None)]
    success = _last(of_user, Kind.SUCCESS)
    cleared = _last(of_user, Kind.SUCCESS, Kind.IDENTIFIED)
    failed = _failures(of_user, success, expired)
    return Standing(
        len(failed),
        locked_until(failed, now),
        len(_failures(of_user, cleared, expired)),
        0 if device is None else _of_device(found, device),
    )


def count(
    work: Work, found: Sequence[Attempt], user: int | None, device: Device | None, *, success: bool
) -> None:
    """What was answered counts, in the transaction that judged it."""
    number = None if device is None else device.id
    own = [one for one in found if one.user == user and one.device in (number, None)]
    if success and len(own) == 1 and own[0].kind is Kind.SUCCESS and own[0].id == found[-1].id:
        work.connection.execute(_SUCCEEDED_AGAIN, {"which": own[0].id, "then": work.now})
        return
    if success and own:
        work.connection.execute(_OVER, {"user": user, "device": number})
    row = {
        "kind": (Kind.SUCCESS if success else Kind.FAILURE).value,
        "at": work.now,
        "user_id": user,
        "device_id": number,
        "credential_id": None if device is None or device.token is None else device.token.row,
    }
    work.connection.execute(_INSERT, row)


def identified(work: Work, user: int) -> None:
    """The user was identified: neither he nor his devices are blocked any more."""
    work.connection.execute(
        _INSERT,
        {"kind": Kind.IDENTIFIED.value, "at": work.now, "user_id": user, "device_id": None, "credential_id": None},
    )  # fmt: skip


def _of_device(found: Sequence[Attempt], device: Device) -> int:
    """A success without a PIN says nothing about who types the PINs of the token's other credentials."""
    if device.token is None:
        of_device = [one for one in found if one.device == device.id or one.kind is Kind.IDENTIFIED]
        return len(_failures(of_device, _last(of_device, Kind.SUCCESS, Kind.IDENTIFIED), ()))
    own = [one for one in found if one.credential is not None or one.kind is Kind.IDENTIFIED]
    cleared = max(
        (
            one.id
            for one in own
            if one.kind is Kind.IDENTIFIED
            or (one.kind is Kind.SUCCESS and one.credential == device.token.row)
        ),
        default=0,
    )
    return sum(one.kind is Kind.FAILURE and one.id > cleared for one in own)


def _last(found: Sequence[Attempt], *kinds: Kind) -> Attempt | None:
    """As they were written: a clock may have been wrong."""
    return max((one for one in found if one.kind in kinds), key=lambda one: one.id, default=None)


def _failures(found: Sequence[Attempt], since: Attempt | None, expired: Sequence[datetime]) -> list[datetime]:
    wrong = [one.at for one in found if one.kind is Kind.FAILURE and (since is None or one.id > since.id)]
    return [*wrong, *counting([at for at in expired if since is None or at > since.at])]


_ATTEMPTS: Final = table_of(AttemptRow)
_A, _D = _ATTEMPTS.c, table_of(DemandRow).c
_CREDENTIALS: Final = select(CredentialRow.id).where(CredentialRow.token_id == bindparam("token"))
_OF_USER_OR_TOKEN: Final = (
    select(_A.id, _A.kind, _A.at, _A.user_id, _A.device_id, _A.credential_id)
    .where(or_(_A.user_id == bindparam("user"), _A.credential_id.in_(_CREDENTIALS)))
    .order_by(_A.id)
)
_INSERT: Final = insert(_ATTEMPTS)
_SUCCEEDED_AGAIN: Final = update(_ATTEMPTS).where(_A.id == bindparam("which")).values(at=bindparam("then"))
# Failures of the user's other devices go on to count for those.
_OVER: Final = delete(_ATTEMPTS).where(
    _A.user_id == bindparam("user"),
    or_(_A.device_id == bindparam("device"), _A.device_id.is_(None)),
    _A.kind != Kind.IDENTIFIED.value,
)
_UNANSWERED: Final = (
    select(_D.expires_at)
    .where(
        _D.user_id == bindparam("user"),
        _D.used_at.is_(None),
        _D.expires_at <= bindparam("now"),
        or_(_D.challenge_id.is_not(None), _D.first.is_not(None)),
    )
    .order_by(_D.expires_at.desc())
    .limit(1000)
)
