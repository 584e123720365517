"""What a restore carries over from the inventory that it replaces: the rule of two operators, and what has counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from host_tools.inventory.asking import IN_USE
from host_tools.inventory.carrying_logins import CarriedLogins
from host_tools.inventory.desk_errors import OperatorsLostError
from host_tools.inventory.governing import AT_LEAST
from host_tools.inventory.recording import UNLOCK_ROLE
from host_tools.inventory.schema import (
    ConfirmationRow,
    CredentialRow,
    OperatorRow,
    PolicyRow,
    TokenRow,
    TokenSecretRow,
    UnlockRow,
    table_of,
)

AT_ONCE = 500  # ids in one statement

Values = dict[str, Any]
Making = tuple[str, datetime]  # a token's serial, and when it was recorded: made anew, it has other secrets


@dataclass(frozen=True, slots=True)
class Carried:
    """Rows of the inventory that is about to be replaced, by what finds their owners again in the other one."""

    policy: tuple[str, ...]
    operators: tuple[tuple[str, str, bytes], ...]
    logins: CarriedLogins
    confirmations: list[tuple[bytes, Values]]
    unlocks: list[tuple[Making, Values]]
    clocks: list[Values]

    @classmethod
    def of(cls, session: Session, now: datetime) -> Carried:
        """What there is at this time (UTC)."""
        policy = session.scalars(select(PolicyRow.action).order_by(PolicyRow.action))
        operators = session.execute(select(OperatorRow.name, OperatorRow.serial, OperatorRow.credential_id))
        confirmations = session.execute(
            select(CredentialRow.credential_id, ConfirmationRow.at).join(
                CredentialRow, CredentialRow.id == ConfirmationRow.credential_id
            )
        )
        unlocks = session.execute(
            select(TokenRow.serial, TokenRow.created_at, UnlockRow.n, UnlockRow.at)
            .join(TokenSecretRow, TokenSecretRow.id == UnlockRow.secret_id)
            .join(TokenRow, TokenRow.id == TokenSecretRow.token_id)
        )
        clocks = session.execute(
            select(
                CredentialRow.credential_id, CredentialRow.last_step, CredentialRow.drift, CredentialRow.lean
            ).where(CredentialRow.last_step.is_not(None))
        )
        return cls(
            tuple(policy),
            tuple((name, serial, identity) for name, serial, identity in operators),
            CarriedLogins.of(session, now),
            [(identity, {"at": at}) for identity, at in confirmations],
            [((serial, made), {"n": n, "at": at}) for serial, made, n, at in unlocks],
            [
                {"which": identity, "step": step, "off": drift, "leant": lean}
                for identity, step, drift, lean in clocks
            ],
        )

    def put(self, session: Session, now: datetime, actor: str) -> tuple[str, ...]:
        """Write it into the inventory that came out of a backup; who is no operator any more.

        Raises OperatorsLostError.
        """
        self.logins.put(session, now, actor)
        self._put_counts(session)
        self._put_clocks(session)
        return self._put_rule(session) if self.policy else ()

    def _put_rule(self, session: Session) -> tuple[str, ...]:
        """What needs two here or needed two then goes on to; operators are those of now whose tokens can answer."""
        known = session.execute(
            select(TokenRow.serial, CredentialRow.credential_id)
            .join(CredentialRow)
            .where(
                CredentialRow.credential_id.in_([identity for _, _, identity in self.operators]),
                TokenRow.state.in_([state.value for state in IN_USE]),
            )
        )
        able = {(serial, identity) for serial, identity in known}
        left = [one for one in self.operators if one[1:] in able]
        if len(left) < AT_LEAST:
            raise OperatorsLostError([name for name, _, _ in left])
        session.execute(delete(OperatorRow))
        session.execute(
            insert(OperatorRow),
            [{"name": name, "serial": serial, "credential_id": identity} for name, serial, identity in left],
        )
        there = session.scalars(select(PolicyRow.action)).all()
        session.add_all(PolicyRow(action=action) for action in self.policy if action not in there)
        session.flush()
        return tuple(sorted(name for name, *token in self.operators if tuple(token) not in able))

    def _put_counts(self, session: Session) -> None:
        """What counted here is all that counts, for what both inventories know."""
        credentials = {one for one, _ in self.confirmations}
        owners = {
            identity: number
            for some in _portions(sorted(credentials))
            for number, identity in session.execute(
                select(CredentialRow.id, CredentialRow.credential_id).where(
                    CredentialRow.credential_id.in_(some)
                )
            )
        }
        secrets = {
            (serial, made): number
            for some in _portions(sorted({serial for (serial, _), _ in self.unlocks}))
            for number, serial, made in session.execute(
                select(TokenSecretRow.id, TokenRow.serial, TokenRow.created_at)
                .join(TokenRow)
                .where(TokenSecretRow.role == UNLOCK_ROLE, TokenRow.serial.in_(some))
            )
        }
        for kind, owner, known, rows in (
            (ConfirmationRow, "credential_id", owners, self.confirmations),
            (UnlockRow, "secret_id", secrets, self.unlocks),
        ):
            anew = [{**values, owner: known[one]} for one, values in rows if one in known]  # type: ignore[index]
            column = getattr(kind, owner)
            for some in _portions(sorted({each[owner] for each in anew})):
                session.execute(delete(kind).where(column.in_(some)))
            if anew:
                session.execute(insert(kind), anew)

    def _put_clocks(self, session: Session) -> None:
        """No code by time that was accepted here is accepted again, however far ahead the clock was then."""
        of = table_of(CredentialRow).c
        behind = or_(of.last_step.is_(None), of.last_step < bindparam("step"))
        later = update(table_of(CredentialRow)).where(of.credential_id == bindparam("which"), behind)
        if self.clocks:
            session.connection().execute(
                later.values(last_step=bindparam("step"), drift=bindparam("off"), lean=bindparam("leant")),
                self.clocks,
            )


def _portions(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE)]
