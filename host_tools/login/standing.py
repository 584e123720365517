"""How a login stands: failures of the user and of his device, what locks for a day, and what blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Integer, bindparam, delete, insert, null, or_, select, union_all, update

from host_tools.inventory.failures import Kind
from host_tools.inventory.schema import AttemptRow, CredentialRow, DemandRow, DeviceRow, table_of
from host_tools.login.devices import Device
from host_tools.login.system import Work
from host_tools.policy import lockout
from host_tools.policy.rules import FailureRules


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that counts; of another user, of a device that is shared, if `user` is not this one.

    `of_token` is true of what any credential of the device's token did, whoever holds it.
    """

    id: int
    kind: Kind
    at: datetime
    user: int | None
    device: int | None
    credential: int | None
    of_token: bool


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A challenge or a pair of indexes that was shown, and expired at this time without an answer.

    As of an `Attempt`, it may be another user's, of a device whose token is the same. `device` is None of a device
    that a restored backup does not know.
    """

    at: datetime
    user: int
    device: int | None
    of_token: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Failures since the user's last success; locked until then; the most that user or device has had without one, and
    whether that blocks, until the user was identified.
    """

    failures: int
    locked_until: datetime | None
    most: int
    blocked: bool


def counting(work: Work, user: int, device: Device | None) -> tuple[list[Attempt], list[Unanswered]]:
    """All that counts for the user, and for the device's token.

    What was answered, in the order in which it was written; and what was shown, and expired without an answer.
    """
    values = {"user": user, "token": _token(device), "now": work.now}
    attempts: list[Attempt] = []
    unanswered: list[Unanswered] = []
    # One statement, since each one is a way to the server and back.
    for number, kind, at, whose, by, credential, of_token in work.connection.execute(_COUNTING, values):
        if number is None:
            unanswered.append(Unanswered(at, whose, by, bool(of_token)))
        else:
            attempts.append(Attempt(number, Kind(kind), at, whose, by, credential, bool(of_token)))
    return sorted(attempts, key=lambda one: one.id), unanswered


def standing(
    found: Sequence[Attempt],
    expired: Sequence[Unanswered],
    user: int,
    device: Device | None,
    now: datetime,
    rules: FailureRules,
) -> Standing:
    """Judge what `counting` gave. A lock goes on when the user was identified; a block does not."""
    expired = _with_carried(found, expired)
    of_user = [one for one in found if one.user in (user, None)]
    success = _last(of_user, Kind.SUCCESS)
    cleared = _last(of_user, Kind.SUCCESS, Kind.IDENTIFIED)
    shown = [one for one in expired if one.user == user]
    failed = _failures(of_user, success, shown, rules)
    most = len(_failures(of_user, cleared, shown, rules))
    if device is not None:
        most = max(most, _of_device(found, expired, device, rules))
    return Standing(len(failed), lockout.locked_until(failed, now, rules), most, lockout.blocked(most, rules))


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
    number = work.connection.execute(_INSERT_NUMBERED, row).scalar_one()
    if not success:
        # The failure of a user that there is not takes the same work, and leaves nothing.
        work.connection.execute(_NOBODYS, {"which": number})


def still_counting(work: Work, user: int) -> set[tuple[datetime, int | None]]:
    """Of what the user left unanswered, when and of which device, what may count as failures: others never will again.

    A device's own success has ended it for both; where another one's has for the user, it counts on for the device.
    What counts only together with what another user of the same token left is not looked for.
    """
    _, expired = counting(work, user, None)
    times = set(lockout.counting([one.at for one in expired], work.rules.failures))
    successes = work.connection.execute(_SUCCESSES, {"user": user}).all()
    # As they were written: a clock may have been wrong, and then the last one has an earlier time.
    over = {row.device_id: min(row.at, successes[-1].at) for row in successes}
    counted = ((one.at, one.device) for one in expired if one.at in times)
    return {(at, device) for at, device in counted if device not in over or at > over[device]}


def identified(work: Work, user: int) -> None:
    """The user was identified: neither he nor his devices are blocked any more."""
    work.connection.execute(
        _INSERT,
        {"kind": Kind.IDENTIFIED.value, "at": work.now, "user_id": user, "device_id": None, "credential_id": None},
    )  # fmt: skip


def _with_carried(found: Sequence[Attempt], expired: Sequence[Unanswered]) -> list[Unanswered]:
    """Those, and the ones that a restore has carried over, where the backup has not the same ones itself."""
    carried = [
        Unanswered(one.at, one.user, one.device, one.of_token)
        for one in found
        if one.kind is Kind.UNANSWERED and one.user is not None
    ]
    known = {(one.at, one.user, one.device) for one in expired} if carried else set()
    return [*expired, *(one for one in carried if (one.at, one.user, one.device) not in known)]


def _of_device(
    found: Sequence[Attempt], expired: Sequence[Unanswered], device: Device, rules: FailureRules
) -> int:
    """A success without a PIN says nothing about who types the PINs of the token's other credentials."""
    own = [
        one
        for one in found
        if one.kind is Kind.IDENTIFIED or (one.device == device.id if device.token is None else one.of_token)
    ]
    clearing = [
        one
        for one in own
        if device.token is None or one.kind is Kind.IDENTIFIED or one.credential == device.token.row
    ]
    shown = [one for one in expired if one.device == device.id or (device.token is not None and one.of_token)]
    return len(_failures(own, _last(clearing, Kind.SUCCESS, Kind.IDENTIFIED), shown, rules))


def _token(device: Device | None) -> int:
    return -1 if device is None or device.token is None else device.token.token


def _last(found: Sequence[Attempt], *kinds: Kind) -> Attempt | None:
    """As they were written: a clock may have been wrong."""
    return max((one for one in found if one.kind in kinds), key=lambda one: one.id, default=None)


def _failures(
    found: Sequence[Attempt], since: Attempt | None, expired: Sequence[Unanswered], rules: FailureRules
) -> list[datetime]:
    left = [one.at for one in expired if since is None or one.at > since.at]
    return [*_wrong(found, since), *lockout.counting(left, rules)]


def _wrong(found: Sequence[Attempt], since: Attempt | None) -> list[datetime]:
    return [one.at for one in found if one.kind is Kind.FAILURE and (since is None or one.id > since.id)]


_ATTEMPTS: Final = table_of(AttemptRow)
_A, _D, _OF = _ATTEMPTS.c, table_of(DemandRow).c, table_of(DeviceRow).c
_CREDENTIALS: Final = select(CredentialRow.id).where(CredentialRow.token_id == bindparam("token"))
_OF_TOKEN: Final = _A.credential_id.in_(_CREDENTIALS)
_ANSWERED: Final = select(
    _A.id, _A.kind, _A.at, _A.user_id, _A.device_id, _A.credential_id, _OF_TOKEN.label("of_token")
)
_SUCCESSES: Final = (
    select(_A.device_id, _A.at)
    .where(_A.user_id == bindparam("user"), _A.kind == Kind.SUCCESS.value, _A.device_id.is_not(None))
    .order_by(_A.id)
)
_INSERT: Final = insert(_ATTEMPTS)
_INSERT_NUMBERED: Final = insert(_ATTEMPTS).returning(_A.id)
_NOBODYS: Final = delete(_ATTEMPTS).where(
    _A.id == bindparam("which"), _A.user_id.is_(None), _A.credential_id.is_(None)
)
_SUCCEEDED_AGAIN: Final = update(_ATTEMPTS).where(_A.id == bindparam("which")).values(at=bindparam("then"))
# Failures of the user's other devices go on to count for those.
_OVER: Final = delete(_ATTEMPTS).where(
    _A.user_id == bindparam("user"),
    or_(_A.device_id == bindparam("device"), _A.device_id.is_(None)),
    _A.kind != Kind.IDENTIFIED.value,
)
_HOLDERS: Final = union_all(
    select(bindparam("user", type_=Integer)), select(_OF.user_id).where(_OF.credential_id.in_(_CREDENTIALS))
)
_SHOWN_BY_TOKEN: Final = _D.device_id.in_(select(_OF.id).where(_OF.credential_id.in_(_CREDENTIALS)))
_UNANSWERED: Final = (
    select(_D.expires_at, _D.user_id, _D.device_id, _SHOWN_BY_TOKEN.label("of_token"))
    .where(
        # Whose they can be comes first, and as one list: so both databases go by the index.
        _D.user_id.in_(_HOLDERS),
        or_(_D.user_id == bindparam("user"), _SHOWN_BY_TOKEN),
        _D.used_at.is_(None),
        _D.expires_at <= bindparam("now"),
        or_(_D.challenge_id.is_not(None), _D.first.is_not(None)),
    )
    .order_by(_D.expires_at.desc())
    .limit(1000)
    .subquery()
)
# The user's and the token's apart: for "one or the other", PostgreSQL would go through all attempts that there are.
# What was shown is no row of the attempts, and has no number.
_COUNTING: Final = union_all(
    _ANSWERED.where(_A.user_id == bindparam("user")),
    _ANSWERED.where(_OF_TOKEN, _A.user_id.is_distinct_from(bindparam("user"))),
    select(
        null(), null(), _UNANSWERED.c.expires_at, _UNANSWERED.c.user_id, _UNANSWERED.c.device_id, null(),
        _UNANSWERED.c.of_token,
    ),
)  # fmt: skip
