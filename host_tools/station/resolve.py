"""A token in doubt settled: it answers a challenge that is typed on it, or its unit is seen blank."""

from __future__ import annotations

from dsc.protocol import messages
from host_tools.inventory import Credential, Inventory, Token, TokenState
from host_tools.inventory.errors import TokenStateError
from host_tools.inventory.lifecycle import make_blank
from host_tools.inventory.pins import has_letter_pin
from host_tools.inventory.plain_codes import verify_code
from host_tools.inventory.verify import IssuedChallenge, Verdict, answer, issue_challenge
from host_tools.station.conversation import Conversation
from host_tools.station.errors import NotBlankError, OtherUnitError, SealedLetterError
from host_tools.station.units import BlankUnit


def ask(inventory: Inventory, serial: str, credential: str | None = None) -> IssuedChallenge | Credential:
    """The challenge to be typed on the token; a credential of plain codes has none, and its next code is wanted.

    Raises TokenStateError (not in doubt), SealedLetterError, and what `issue_challenge` raises.
    """
    _need_doubt(inventory, serial)
    if has_letter_pin(inventory, serial):
        raise SealedLetterError(serial)
    chosen = inventory.credential(serial, credential)
    return chosen if chosen.kind != "ocra" else issue_challenge(inventory, serial, chosen.id)


def judge(inventory: Inventory, asked: IssuedChallenge | Credential, response: str) -> Verdict:
    """Judge what the token shows; a right one settles the doubt: the token is sealed. A wrong one leaves it.

    Raises ChallengeNotOpenError, ResponseFormatError, TokenStateError.
    """
    if isinstance(asked, Credential):
        serial = asked.serial
        verdict = verify_code(inventory, serial, response, asked.id)
    else:
        serial = asked.credential.serial
        verdict = answer(inventory, serial, asked.question, response, asked.credential.id)
    if verdict.accepted:
        inventory.mark_sealed(serial)
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
