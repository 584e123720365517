"""Of what ended long ago, what nothing goes by any more: demands, challenges, sessions and messages, by their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, or_, select

from host_tools.inventory import failures
from host_tools.inventory.schema import (
    ChallengeRow,
    CredentialRow,
    DemandRow,
    DeviceRow,
    LoginSessionRow,
    OutboxRow,
    WithdrawalRow,
    table_of,
)
from host_tools.login import standing
from host_tools.login.devices import DeviceState
from host_tools.login.system import Work


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is gone through.

    `rows_after` are the next rows, so many at `most`, `after` a number; `spent` names those that may go of rows that
    have ended; `forget` removes the ones of `which`, if they ended by `before`.
    """

    rows_after: Any
    spent: Callable[[Work, Sequence[Any]], list[int]]
    forget: Any


def _spent_demands(work: Work, ended: Sequence[Any]) -> list[int]:
    """A pair is never asked for again as long as its card lives, and what was left unanswered may count as a failure.

    Challenges do not come again: the token's sequence has passed them.
    """
    counting: dict[int, set[tuple[datetime, int | None]]] = {}
    spent = []
    for row in ended:
        if row.secret_id is not None or (row.first is not None and row.state != DeviceState.ENDED):
            continue
        if row.used_at is None and (row.challenge_id is not None or row.first is not None):
            if row.user_id not in counting:
                counting[row.user_id] = standing.still_counting(work, row.user_id)
            if (row.expires_at, row.device_id) in counting[row.user_id]:
                continue
        spent.append(row.id)
    return spent


def _spent_challenges(work: Work, ended: Sequence[Any]) -> list[int]:
    """One goes after the demand that it was asked by, and not while it may count as a failure of its credential."""
    counting: dict[int, set[datetime]] = {}
    spent = []
    for row in ended:
        if row.is_asked:
            continue
        if row.used_at is None:
            if row.credential_id not in counting:
                credential = work.session.get_one(CredentialRow, row.credential_id)
                rules = work.rules.failures
                counting[row.credential_id] = failures.still_counting(
                    work.session, credential, work.now, rules
                )
            if row.expires_at in counting[row.credential_id]:
                continue
        spent.append(row.id)
    return spent


def _spent_sessions(_: Work, ended: Sequence[Any]) -> list[int]:
    """A withdrawal keeps the session that it was made in; and no two passcodes are issued in a row.

    By the last session of each device it is known what a user has answered with since a passcode.
    """
    return [row.id for row in ended if row.has_later and not row.has_withdrawn]


def _without_secret(_: Work, ended: Sequence[Any]) -> list[int]:
    return [row.id for row in ended if row.secret_id is None]


_DEMANDS, _DEVICES, _OUTBOX = table_of(DemandRow), table_of(DeviceRow), table_of(OutboxRow)
_CHALLENGES, _SESSIONS = table_of(ChallengeRow), table_of(LoginSessionRow)
_LATER = _SESSIONS.alias("later")
_D, _V, _O, _C, _S, _W = (
    _DEMANDS.c,
    _DEVICES.c,
    _OUTBOX.c,
    _CHALLENGES.c,
    _SESSIONS.c,
    table_of(WithdrawalRow).c,
)
_WHICH: Final[Any] = bindparam("which", expanding=True)


def _after(query: Any, number: Any) -> Any:
    return query.where(number > bindparam("after")).order_by(number).limit(bindparam("most"))


def _forget(table: Any, *conditions: Any) -> Any:
    # By its time again: SQLite may have given the number of a row that another process has removed to a new one.
    return delete(table).where(table.c.id.in_(_WHICH), table.c.expires_at <= bindparam("before"), *conditions)


DEMANDS: Final = Table(
    _after(
        select(
            _D.id, _D.user_id, _D.device_id, _D.challenge_id, _D.first, _D.secret_id, _D.expires_at, _D.used_at,
            _V.state,
        ).join_from(_DEMANDS, _DEVICES, _V.id == _D.device_id),
        _D.id,
    ),
    _spent_demands,
    _forget(_DEMANDS),
)  # fmt: skip
CHALLENGES: Final = Table(
    _after(
        select(
            _C.id, _C.credential_id, _C.expires_at, _C.used_at,
            select(_D.id).where(_D.challenge_id == _C.id).exists().label("is_asked"),
        ),
        _C.id,
    ),
    _spent_challenges,
    _forget(_CHALLENGES),
)  # fmt: skip
SESSIONS: Final = Table(
    _after(
        select(
            _S.id, _S.expires_at,
            select(_LATER.c.id)
            .where(
                _LATER.c.device_id == _S.device_id,
                _LATER.c.opened_at >= _S.opened_at,
                or_(_LATER.c.opened_at > _S.opened_at, _LATER.c.id > _S.id),
            )
            .exists()
            .label("has_later"),
            select(_W.id).where(_W.session_id == _S.id).exists().label("has_withdrawn"),
        ),
        _S.id,
    ),
    _spent_sessions,
    _forget(_SESSIONS),
)  # fmt: skip
# People call messages by their numbers; the last one stays, or SQLite would give its number again.
MESSAGES: Final = Table(
    _after(select(_O.id, _O.secret_id, _O.expires_at), _O.id),
    _without_secret,
    _forget(_OUTBOX, _O.id < select(func.max(_O.id)).scalar_subquery()),
)
