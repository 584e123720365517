"""A token in doubt settled: it answers a challenge that is typed on it, or its unit is seen blank."""

from __future__ import annotations

from typing import Final

from dsc.protocol import messages
from host_tools.inventory import Credential, Inventory, Token, TokenState, asking, failures, proofs
from host_tools.inventory.errors import TokenStateError
from host_tools.inventory.judging import keys_of
from host_tools.inventory.lifecycle import make_blank
from host_tools.inventory.pins import has_letter_pin
from host_tools.inventory.plain_codes import judge_counted
from host_tools.inventory.token_rows import credential_row
from host_tools.inventory.verify import IssuedChallenge, Verdict
from host_tools.station.conversation import Conversation
from host_tools.station.errors import NotBlankError, OtherUnitError, SealedLetterError
from host_tools.station.units import BlankUnit

PURPOSE: Final = "resolve"
DOUBT: Final = (TokenState.IN_DOUBT,)


def ask(inventory: Inventory, serial: str, credential: str | None = None) -> IssuedChallenge | Credential:
    """The challenge to be typed on the token; a credential of plain codes has none, and its next code is wanted.

    A credential that failed its proof at the station is the one to answer. Raises TokenStateError (not in doubt),
    SealedLetterError, ProofNeededError, LockedError, BlockedError, and what `asking.ask` raises.
    """
    _need_doubt(inventory, serial)
    if has_letter_pin(inventory, serial):
        raise SealedLetterError(serial)
    waiting = proofs.failed(inventory, serial)
    chosen = waiting[0] if waiting and credential is None else inventory.credential(serial, credential)
    with inventory.reading() as session:
        proofs.check_not_another(session, chosen)
        failures.refuse(inventory, session, credential_row(session, chosen), inventory.now())
    if chosen.kind != "ocra":
        return chosen
    asked = asking.ask(inventory, serial, chosen.id, purpose=PURPOSE)
    return IssuedChallenge(chosen, asked.question, asked.expires_at)


def judge(inventory: Inventory, asked: IssuedChallenge | Credential, response: str) -> Verdict:
    """Judge what the token shows; a right one settles the doubt: the token is sealed. A wrong one leaves it.

    Either counts as at a login, and opens no session of the help desk; the duress PIN is in the audit log. Raises
    ChallengeNotOpenError, ResponseFormatError, TokenStateError, ProofNeededError, LockedError, BlockedError.
    """
    credential = asked if isinstance(asked, Credential) else asked.credential
    with keys_of(inventory, credential) as keys, inventory.writing() as session:
        asking.check_state(credential_row(session, credential).token, DOUBT)
        proofs.check_not_another(session, credential)
        if isinstance(asked, Credential):
            verdict = judge_counted(inventory, session, credential, keys, response)
        else:
            verdict = asking.judged(
                inventory, session, credential, keys, response, asked.question, PURPOSE, DOUBT
            )
        if verdict.accepted:
            proofs.answered(session, credential)
    if verdict.accepted:
        inventory.mark_sealed(credential.serial)
    return verdict


def see_blank(inventory: Inventory, serial: str, unit: BlankUnit) -> Token:
    """The unit on the desk is this token's, and blank: it never sealed, or was reset. Its keys are dropped.

    A unit's word for its unique id is believed here. Raises UnknownSerialError, OtherUnitError, NotBlankError,
    TokenStateError (a token that is with a user is returned first), StationError, EngineError.
    """
    token = inventory.token(serial)
    identity = Conversation(unit).identify()
    if bytes(identity.uid) != token.uid:
        raise OtherUnitError(serial, token.uid.hex(), bytes(identity.uid).hex())
    if identity.vault == messages.VAULT_SEALED:
        raise NotBlankError
    return make_blank(inventory, serial)


def _need_doubt(inventory: Inventory, serial: str) -> None:
    token = inventory.token(serial)
    if token.state is not TokenState.IN_DOUBT:
        raise TokenStateError(serial, token.state, [TokenState.IN_DOUBT])
