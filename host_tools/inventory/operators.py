"""Who the operators are: a name, and the token that each identifies himself with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_tools.inventory.desk_errors import UnknownOperatorError
from host_tools.inventory.rows import Credential
from host_tools.inventory.schema import OperatorRow
from host_tools.inventory.store import Inventory


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. `credential_id` is that of the token's credential; a token that was made anew has another."""

    name: str
    serial: str
    credential_id: bytes


def operators(inventory: Inventory) -> list[Operator]:
    """All of them, by name."""
    with inventory.reading() as session:
        rows = session.scalars(select(OperatorRow).order_by(OperatorRow.name))
        return [Operator(row.name, row.serial, row.credential_id) for row in rows]


def operator_credential(inventory: Inventory, name: str) -> Credential:
    """What the operator answers challenges with.

    Raises UnknownOperatorError, UnknownSerialError, UnknownCredentialError (his token has no keys any more).
    """
    with inventory.reading() as session:
        row = operator_row(session, name)
        serial, credential_id = row.serial, row.credential_id
    return inventory.credential(serial, credential_id)


def operator_row(session: Session, name: str) -> OperatorRow:
    """The operator's row; raises UnknownOperatorError."""
    row = session.get(OperatorRow, name)
    if row is None:
        known = session.scalars(select(OperatorRow.name).order_by(OperatorRow.name)).all()
        raise UnknownOperatorError(name, known)
    return row
