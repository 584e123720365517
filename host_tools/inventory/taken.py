"""What is taken: ids of credentials, those of operators too, and the tokens that operators answer with."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_tools.inventory.desk_errors import OperatorTokenError
from host_tools.inventory.schema import CredentialRow, OperatorRow

# An operator is known by his credential's id alone: whoever could record another key under it would be him.
IDS = (CredentialRow.credential_id, CredentialRow.server_id, OperatorRow.credential_id)


def is_taken(session: Session, credential_id: bytes) -> bool:
    """Whether a credential or a server key has this id, or an operator answers with it."""
    return any(session.scalar(select(one).where(one == credential_id).limit(1)) is not None for one in IDS)


def refuse_operators_token(session: Session, serial: str) -> None:
    """Raises OperatorTokenError if an operator answers with this token: its keys may not be dropped then."""
    name = session.scalar(select(OperatorRow.name).where(OperatorRow.serial == serial))
    if name is not None:
        raise OperatorTokenError(serial, name)
