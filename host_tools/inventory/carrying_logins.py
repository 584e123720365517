"""What a restore carries over of logins: what has counted, what was withdrawn, and what was ended for good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from host_tools.inventory import audit
from host_tools.inventory.cancelling import CANCELLED, cancelled, detail_of
from host_tools.inventory.failures import Kind
from host_tools.inventory.schema import (
    ApiKeyRow,
    AttemptRow,
    CredentialRow,
    DemandRow,
    DeviceRow,
    UserRow,
    WithdrawalAnswerRow,
    WithdrawalRow,
    table_of,
)
from host_tools.inventory.settling_logins import ENDED

AT_ONCE: Final = 500  # ids in one statement

Values = dict[str, Any]
Mark = tuple[
    str, int, datetime
]  # a device: whose, its row, and when it was added: rows are numbered anew since


@dataclass(frozen=True, slots=True)
class Counted:
    """One attempt, and to whom it counts: a credential, a user, his device."""

    credential: bytes | None
    user: str | None
    device: Mark | None
    values: Values


@dataclass(frozen=True, slots=True)
class CarriedLogins:
    """Rows of the inventory that is about to be replaced, by what finds their owners again in the other one."""

    users: frozenset[str]
    attempts: list[Counted]
    withdrawals: list[tuple[str, Values]]
    answers: list[tuple[str, Values]]
    cancelled: set[bytes]
    closed: dict[str, datetime]
    ended: dict[Mark, datetime]
    revoked: list[tuple[bytes, datetime]]

    @classmethod
    def of(cls, session: Session, now: datetime) -> CarriedLogins:
        """What there is at this time (UTC)."""
        connection = session.connection()
        marks = {mark[1]: mark for mark, _ in _marks(session)}
        attempts = connection.execute(
            select(_C.credential_id, _U.name, _A.device_id, _A.kind, _A.at)
            .select_from(
                _ATTEMPTS.outerjoin(_CREDENTIALS, _C.id == _A.credential_id).outerjoin(
                    _USERS, _U.id == _A.user_id
                )
            )
            .order_by(_A.id)
        )
        unanswered = connection.execute(_UNANSWERED, {"now": now})
        withdrawals = connection.execute(
            select(_U.name, *_MADE).join_from(_WITHDRAWALS, _USERS, _U.id == _W.user_id)
        )
        answers = connection.execute(
            select(_U.name, *_ANSWERED).join_from(_ANSWERS, _USERS, _U.id == _R.user_id)
        )
        users = connection.execute(select(_U.name, _U.closed_at)).all()
        revoked = connection.execute(select(_K.digest, _K.revoked_at).where(_K.revoked_at.is_not(None)))
        return cls(
            frozenset(name for name, _ in users),
            [
                Counted(identity, name, marks.get(device), {"kind": kind, "at": at})
                for identity, name, device, kind, at in attempts
            ]
            + [
                Counted(None, name, marks.get(device), {"kind": Kind.UNANSWERED.value, "at": at})
                for name, device, at in unanswered
            ],
            [(row.name, {one.name: getattr(row, one.name) for one in _MADE}) for row in withdrawals],
            [(row.name, {one.name: getattr(row, one.name) for one in _ANSWERED}) for row in answers],
            cancelled(session),
            {name: at for name, at in users if at is not None},
            dict(_marks(session, ended=True)),
            [(digest, at) for digest, at in revoked],
        )

    def put(self, session: Session, now: datetime, actor: str) -> None:
        """Write it into the inventory that came out of a backup; its audit log tells what is cancelled there, too."""
        users = _numbers(session, _U.name, _U.id, self.users)
        self._put_attempts(session, users)
        over = cancelled(session) | self.cancelled
        self._put_withdrawals(session, users, over)
        _cancel(session, over, now, actor)
        self._put_ends(session)

    def _put_attempts(self, session: Session, users: dict[str, int]) -> None:
        """What counted here is all that counts, for the credentials and users that both inventories know."""
        credentials = _numbers(
            session, _C.credential_id, _C.id, {one.credential for one in self.attempts if one.credential}
        )
        devices = {mark: mark[1] for mark, _ in _marks(session)}
        anew = [
            {
                **one.values,
                "credential_id": None if one.credential is None else credentials.get(one.credential),
                "user_id": None if one.user is None else users.get(one.user),
                "device_id": None if one.device is None else devices.get(one.device),
            }
            for one in self.attempts
        ]
        anew = [row for row in anew if row["credential_id"] is not None or row["user_id"] is not None]
        for column, numbers in (
            (_A.credential_id, {row["credential_id"] for row in anew}),
            (_A.user_id, set(users.values())),
        ):
            for some in _portions(sorted(numbers - {None})):
                session.execute(delete(_ATTEMPTS).where(column.in_(some)))
        if anew:
            session.execute(insert(_ATTEMPTS), anew)

    def _put_withdrawals(self, session: Session, users: dict[str, int], over: set[bytes]) -> None:
        """All that either inventory knows of, but for what is `over`: else who asks again has it counted again."""
        for table, by, rows in (
            (
                _WITHDRAWALS,
                _W.reference,
                [one for one in self.withdrawals if one[1]["reference"] not in over],
            ),
            (_ANSWERS, _R.idempotency_key, self.answers),
        ):
            there = set(session.scalars(select(by)))
            anew = [
                {**values, "user_id": users[name]}
                for name, values in rows
                if name in users and values[by.name] not in there
            ]
            if anew:
                session.execute(insert(table), anew)

    def _put_ends(self, session: Session) -> None:
        """What was ended for good is not to be alive again."""
        devices = {mark for mark, _ in _marks(session)}
        ended = [{"which": mark[1], "then": at} for mark, at in self.ended.items() if mark in devices]
        for query, rows in (
            (_CLOSE, [{"which": name, "then": at} for name, at in self.closed.items()]),
            (_END, ended),
            (_REVOKE, [{"which": digest, "then": at} for digest, at in self.revoked]),
        ):
            if rows:
                session.connection().execute(query, rows)


def _cancel(session: Session, over: set[bytes], now: datetime, actor: str) -> None:
    """What either inventory knows to be cancelled counts in neither."""
    found = [
        row
        for some in _portions(sorted(over))
        for row in session.execute(
            select(_W.id, _U.name, _W.cents, _W.reference)
            .join_from(_WITHDRAWALS, _USERS, _U.id == _W.user_id)
            .where(_W.reference.in_(some))
        )
    ]
    for row in found:
        session.execute(delete(_WITHDRAWALS).where(_W.id == row.id))
        audit.append(session, now, actor, CANCELLED, **detail_of(row.name, row.cents, row.reference))


def _marks(session: Session, *, ended: bool = False) -> Iterable[tuple[Mark, datetime]]:
    """All devices, or those that have ended, and when they did."""
    query = select(_U.name, _D.id, _D.added_at, _D.ended_at).join_from(_DEVICES, _USERS, _U.id == _D.user_id)
    if ended:
        query = query.where(_D.state == ENDED)
    for row in session.execute(query):
        yield (row.name, row.id, row.added_at), row.ended_at or row.added_at


def _numbers(session: Session, key: Any, number: Any, wanted: Iterable[Any]) -> dict[Any, int]:
    """Rows' numbers by what finds them again."""
    return {
        row[0]: row[1]
        for some in _portions(sorted(wanted))
        for row in session.execute(select(key, number).where(key.in_(some)))
    }


def _portions(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE)]


_ATTEMPTS, _CREDENTIALS, _DEVICES = table_of(AttemptRow), table_of(CredentialRow), table_of(DeviceRow)
_USERS, _WITHDRAWALS, _KEYS = table_of(UserRow), table_of(WithdrawalRow), table_of(ApiKeyRow)
_ANSWERS = table_of(WithdrawalAnswerRow)
_R = _ANSWERS.c
_ANSWERED: Final = [one for one in _R if one.name not in ("id", "user_id")]
_A, _C, _D, _U, _W, _K = _ATTEMPTS.c, _CREDENTIALS.c, _DEVICES.c, _USERS.c, _WITHDRAWALS.c, _KEYS.c
_Q = table_of(DemandRow).c
_MADE: Final = (_W.reference, _W.device_kind, _W.cents, _W.at, _W.is_alarm)
# What a success of its device has ended counts no more.
_ENDED_BY: Final = select(_A.id).where(
    _A.user_id == _Q.user_id,
    _A.device_id == _Q.device_id,
    _A.kind == Kind.SUCCESS.value,
    _A.at >= _Q.expires_at,
)
_UNANSWERED: Final = (
    select(_U.name, _Q.device_id, _Q.expires_at)
    .join_from(_Q.id.table, _USERS, _U.id == _Q.user_id)
    .where(
        _Q.used_at.is_(None),
        _Q.expires_at <= bindparam("now"),
        or_(_Q.challenge_id.is_not(None), _Q.first.is_not(None)),
        ~_ENDED_BY.exists(),
    )
    .order_by(_Q.id)
)
_THEN: Final[Any] = bindparam("then")
_CLOSE: Final = (
    update(_USERS).where(_U.name == bindparam("which"), _U.closed_at.is_(None)).values(closed_at=_THEN)
)
_END: Final = (
    update(_DEVICES).where(_D.id == bindparam("which"), _D.state != ENDED).values(state=ENDED, ended_at=_THEN)
)
_REVOKE: Final = (
    update(_KEYS).where(_K.digest == bindparam("which"), _K.revoked_at.is_(None)).values(revoked_at=_THEN)
)
