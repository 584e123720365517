"""The rule of two operators: one asks for an action, another approves exactly that, and it is done once.

It is a rule of this program, with its evidence in the audit log. Whoever holds the database and the master key can
read every key without this program, and whoever may write to the database can change operators, policy and approvals.
Nor can it know that two operators are two people.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_tools.inventory import asking
from host_tools.inventory.audit import Detail
from host_tools.inventory.desk_errors import (
    OperatorsNeededError,
    RequestError,
    UnknownActionError,
    UnknownOperatorError,
    WrongResponseError,
)
from host_tools.inventory.judging import keys_of
from host_tools.inventory.operators import operator_credential, operator_row
from host_tools.inventory.schema import PolicyRow, RequestRow
from host_tools.inventory.store import Inventory

UNLOCK: Final = "unlock"
KEY_EXPORT: Final = "key-export"
ACTIONS: Final = (UNLOCK, KEY_EXPORT)  # that may need two operators
POLICY_OFF: Final = "policy-off"
OPERATOR_ADD: Final = "operator-add"
OPERATOR_REMOVE: Final = "operator-remove"
RESTORE: Final = "restore"
# These need two as soon as any of the others does.
GUARDED: Final = (POLICY_OFF, OPERATOR_ADD, OPERATOR_REMOVE, RESTORE)
# Of a request until it is approved, and from then on until it is used.
LIFETIME: Final = timedelta(minutes=15)
LONGEST_SHOWN: Final = 300  # characters of a detail
DOMAIN: Final = b"picodsc four eyes 1"

Details = Mapping[str, Detail]


@dataclass(frozen=True, slots=True)
class Request:
    """An action that an operator has asked for; times are UTC. `detail` is all that the action is."""

    id: int
    action: str
    serial: str | None
    detail: dict[str, Detail]
    digest: bytes
    requested_by: str
    requested_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    used_at: datetime | None

    @property
    def words(self) -> str:
        """For people: what it is, and who asked."""
        told = [self.action, *([] if self.serial is None else [self.serial])]
        told += [f"{name} {_shown(str(value))}" for name, value in self.detail.items()]
        return f"{', '.join(told)}; asked for by {self.requested_by}"

    def state(self, now: datetime) -> str:
        """For people: waiting, approved, used or expired."""
        if self.used_at is not None:
            return "used"
        if not _is_fresh(self.requested_at if self.approved_at is None else self.approved_at, now):
            return "expired"
        return "waiting" if self.approved_at is None else "approved"


def policy(inventory: Inventory) -> tuple[str, ...]:
    """The actions that need two operators."""
    with inventory.reading() as session:
        return tuple(action for action in ACTIONS if is_needed(session, action))


def require(
    inventory: Inventory, action: str, subject: str | None = None, detail: Details | None = None
) -> dict[str, Detail]:
    """Use up an approval of exactly this action, if it needs one; returns what its audit entry is to tell.

    Call it once, before anything is done. For what is done in a transaction of the inventory there is `spend`. Raises
    OperatorsNeededError.
    """
    with inventory.writing() as session:
        return spend(inventory, session, action, subject, detail)


def spend(
    inventory: Inventory,
    session: Session,
    action: str,
    subject: str | None = None,
    detail: Details | None = None,
) -> dict[str, Detail]:
    """The same in the transaction of what is done: an approval is used up if, and only if, that is done."""
    if not is_needed(session, action):
        return {}
    now = inventory.now()
    wanted = digest(action, subject, detail or {})
    rows = session.scalars(
        select(RequestRow)
        .where(RequestRow.digest == wanted, RequestRow.used_at.is_(None))
        .order_by(RequestRow.id)
    ).all()
    for row in rows:
        if row.approved_at is not None and _is_fresh(row.approved_at, now):
            row.used_at = now
            session.flush()
            return {"operators": f"{row.requested_by}, {row.approved_by}", "request": row.id}
    waiting = [row.id for row in rows if row.approved_at is None and _is_fresh(row.requested_at, now)]
    raise OperatorsNeededError(action, waiting[0] if waiting else None)


def request(
    inventory: Inventory,
    action: str,
    subject: str | None,
    detail: Details,
    operator: str,
    response: str,
    question: str | None = None,
) -> Request:
    """An operator asks for the action, by the response of his token to `asking.ask`, for `asking_for` this action.

    Raises UnknownOperatorError, WrongResponseError (which has counted), and what `asking.judged` raises.
    """

    def act(session: Session) -> Callable[[], RequestRow]:
        def ask_for() -> RequestRow:
            row = RequestRow(
                action=action,
                serial=subject,
                detail=_canonical(dict(detail)),
                digest=digest(action, subject, detail),
                requested_by=operator,
                requested_at=inventory.now(),
            )
            session.add(row)
            session.flush()
            told: Details = {
                "action": action,
                "operator": operator,
                "request": row.id,
                "digest": row.digest.hex(),
            }
            inventory.note(session, "requested", subject, **told)
            return row

        return ask_for

    return _by(inventory, operator, response, question, asking_for(action, subject, detail), act)


def approve(
    inventory: Inventory, number: int, operator: str, response: str, question: str | None = None
) -> Request:
    """A second operator approves the request, by the response of his token to `asking.ask`, for `approving` it.

    Raises RequestError (there is none, it has expired, was approved already, or is his own), and what `request` raises.
    """

    def act(session: Session) -> Callable[[], RequestRow]:
        row = _approvable(session, number, operator, inventory.now())

        def agree() -> RequestRow:
            row.approved_by, row.approved_at = operator, inventory.now()
            told: Details = {
                "action": row.action,
                "operator": operator,
                "request": row.id,
                "digest": row.digest.hex(),
            }
            inventory.note(session, "approved", row.serial, **told)
            return row

        return agree

    return _by(inventory, operator, response, question, approving(number), act)


def asking_for(action: str, subject: str | None, detail: Details) -> str:
    """The purpose of an operator's challenge, if he asks for this action and no other."""
    return f"request {digest(action, subject, detail).hex()}"


def approving(number: int) -> str:
    """The purpose of an operator's challenge, if he approves this request and no other."""
    return f"approve {number}"


def requests(inventory: Inventory, *, everything: bool = False) -> list[Request]:
    """Those that are waiting or approved, or all that there ever were, oldest first."""
    now = inventory.now()
    with inventory.reading() as session:
        found = [_request(row) for row in session.scalars(select(RequestRow).order_by(RequestRow.id))]
    return [one for one in found if everything or one.state(now) in ("waiting", "approved")]


def open_request(inventory: Inventory, number: int, operator: str) -> Request:
    """The request, if this operator may approve it. Raises RequestError, UnknownOperatorError."""
    with inventory.reading() as session:
        operator_row(session, operator)
        return _request(_approvable(session, number, operator, inventory.now()))


def is_needed(session: Session, action: str) -> bool:
    """Whether the action needs two operators. Raises UnknownActionError."""
    if action in GUARDED:
        return session.scalar(select(PolicyRow).limit(1)) is not None
    check_action(action)
    return session.get(PolicyRow, action) is not None


def check_action(action: str) -> None:
    """Raises UnknownActionError for what no policy can be about."""
    if action not in ACTIONS:
        raise UnknownActionError(action, ACTIONS)


def digest(action: str, subject: str | None, detail: Details) -> bytes:
    """SHA-256 over the canonical form of an action: what an approval is bound to, 32 bytes."""
    return hashlib.sha256(DOMAIN + _canonical([action, subject, dict(detail)]).encode()).digest()


def _by(
    inventory: Inventory,
    operator: str,
    response: str,
    question: str | None,
    purpose: str,
    act: Callable[[Session], Callable[[], RequestRow]],
) -> Request:
    """`act` checks, in the same transaction, and what it returns is done if the response is right."""
    credential = operator_credential(inventory, operator)
    with keys_of(inventory, credential) as keys, inventory.writing() as session:
        if operator_row(session, operator).credential_id != credential.id:
            raise UnknownOperatorError(operator, [])
        done = act(session)
        verdict = asking.judged(inventory, session, credential, keys, response, question, purpose)
        made = _request(done()) if verdict.accepted else None
    if made is None:
        raise WrongResponseError
    return made


def _approvable(session: Session, number: int, operator: str, now: datetime) -> RequestRow:
    row = session.get(RequestRow, number)
    if row is None:
        raise RequestError(number, "there is none of this number")
    found = _request(row)
    if found.state(now) != "waiting":
        raise RequestError(number, f"it is {found.state(now)}")
    if found.requested_by == operator:
        raise RequestError(number, f"{operator} has asked for it, and another operator has to approve it")
    if found.digest != digest(found.action, found.serial, found.detail):
        raise RequestError(number, "its record is not what was asked for")
    return row


def _request(row: RequestRow) -> Request:
    return Request(
        row.id,
        row.action,
        row.serial,
        json.loads(row.detail),
        row.digest,
        row.requested_by,
        row.requested_at,
        row.approved_by,
        row.approved_at,
        row.used_at,
    )


def _shown(value: str) -> str:
    if len(value) <= LONGEST_SHOWN:
        return value
    return f"{value[:LONGEST_SHOWN]} … ({len(value)} characters; `picodsc operator requests --json` has all)"


def _is_fresh(since: datetime, now: datetime) -> bool:
    return since <= now < since + LIFETIME


def _canonical(value: object) -> str:
    """JSON with its keys in order, no spaces, ASCII alone: the same value is always the same text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
