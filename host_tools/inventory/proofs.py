"""Proofs at the station that failed: the credential that failed one has to answer before its token counts as sealed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from host_tools.inventory.desk_errors import ProofNeededError
from host_tools.inventory.recording import credential_of
from host_tools.inventory.rows import Credential
from host_tools.inventory.schema import TokenRow
from host_tools.inventory.store import Inventory
from host_tools.inventory.token_rows import credential_row, token_row


def note_failed(inventory: Inventory, serial: str, credential_id: bytes) -> None:
    """The credential answered its first challenge wrongly. Raises UnknownSerialError, UnknownCredentialError."""
    credential = inventory.credential(serial, credential_id)
    with inventory.writing() as session:
        credential_row(session, credential).proof_failed = True
        inventory.note(session, "proof failed", serial, credential=credential_id.hex())


def failed(inventory: Inventory, serial: str) -> list[Credential]:
    """The credentials of the token that have failed, and not answered since. Raises UnknownSerialError."""
    with inventory.reading() as session:
        return _failed(token_row(session, serial))


def check_not_another(session: Session, credential: Credential) -> None:
    """Raises ProofNeededError if another credential of the token has failed, and this one has not."""
    waiting = _failed(credential_row(session, credential).token)
    if waiting and credential.id not in [one.id for one in waiting]:
        raise ProofNeededError(credential.serial, waiting[0].name)


def answered(session: Session, credential: Credential) -> None:
    """The credential has answered rightly."""
    credential_row(session, credential).proof_failed = False


def _failed(row: TokenRow) -> list[Credential]:
    return [credential_of(one) for one in row.credentials if one.proof_failed]
