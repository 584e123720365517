"""The heart of provisioning: a blank unit that answers is ordered, recorded in doubt, sealed, and has proved itself."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Final

from dsc.crypto.memory import wipe
from dsc.protocol import messages
from dsc.protocol.orders import KeySet
from dsc.protocol.plain import is_plain
from host_tools.inventory import Inventory, proofs
from host_tools.inventory.errors import ResponseFormatError
from host_tools.inventory.plain_codes import verify_code
from host_tools.inventory.rows import NewCredential
from host_tools.inventory.verify import Verdict, answer, issue_challenge
from host_tools.station.conversation import Conversation, wipe_keys
from host_tools.station.errors import FailedProofError, WrongKeysError
from host_tools.station.ordering import VERIFIED, CredentialSpec, Order, key_lengths, provision_message


class Step(enum.StrEnum):
    """What happens to a unit, in this order; the names are for people."""

    IDENTIFY = "identify"
    ALLOT = "allot serial"
    ORDER = "order"
    RECORD = "record"
    SEAL = "seal"
    PROVE = "prove"
    SETTLE = "settle"
    RESET = "restart"
    LEAVE = "leave USB"


Look = Callable[[Step], None]
NOBODY: Final[Look] = lambda step: None  # noqa: E731 - a value of that type


def seal(
    inventory: Inventory,
    conversation: Conversation,
    identity: messages.Identity,
    order: Order,
    look: Look = NOBODY,
) -> None:
    """Make a token of the unit that said it is `identity`: DESIGN section 6's order of things, up to the proof.

    Both sides' entropy, recorded in doubt, sealed, proved. The order's PIN is overwritten. `look` is told each step
    before it. What fails after the token was recorded leaves it in doubt.
    Raises StationError, EngineError, InventoryError, SuiteError, MethodError.
    """
    lengths = [key_lengths(spec) for spec in order.credentials]
    kept = None if order.keep_pin is None else bytearray(order.pin)
    try:
        look(Step.ORDER)
        message = provision_message(order)
        try:
            keys, unlock_secret = conversation.provision(message)
        finally:
            message.wipe()
        try:
            if not _as_ordered(order, lengths, keys, unlock_secret):
                raise WrongKeysError(order.serial)
            look(Step.RECORD)
            inventory.record_in_doubt(
                order.serial,
                board=identity.board,
                uid=bytes(identity.uid),
                firmware_version=identity.version,
                build=identity.build,
                credentials=[_recorded(*pair) for pair in zip(order.credentials, keys, strict=True)],
                mode=order.mode,
                unlock_secret=unlock_secret or None,
                user=order.user,
                reference=order.reference,
                pin=kept,
                letter=order.keep_pin == "letter",
            )
        finally:
            wipe_keys(keys, unlock_secret)
    finally:
        wipe(kept)
    look(Step.SEAL)
    conversation.commit()
    look(Step.PROVE)
    for spec, each in zip(order.credentials, keys, strict=True):
        _prove(inventory, conversation, order.serial, spec, bytes(each.id))


def _as_ordered(
    order: Order, lengths: list[tuple[int, int]], keys: list[KeySet], unlock_secret: bytearray
) -> bool:
    """Whether the token reports the keys that were ordered, and no others."""
    if len(keys) != len(order.credentials) or bool(unlock_secret) != (order.mode == VERIFIED):
        return False
    return all(
        (len(each.key), len(each.server_key)) == length
        and bool(each.alarm_key) == (bool(order.duress) and spec.kind == "pin")
        for spec, each, length in zip(order.credentials, keys, lengths, strict=True)
    )


def _recorded(spec: CredentialSpec, keys: KeySet) -> NewCredential:
    return NewCredential(
        id=bytes(keys.id),
        label=spec.name,
        key=keys.key,
        login_suite=spec.login,
        sign_suite=spec.sign or None,
        server_suite=spec.server or None,
        counter=spec.counter,
        alarm_key=keys.alarm_key or None,
        server_id=bytes(keys.server_id) or None,
        server_key=keys.server_key or None,
        form=spec.form,
        possession_only=spec.kind == "open",
    )


def _prove(
    inventory: Inventory, conversation: Conversation, serial: str, spec: CredentialSpec, credential_id: bytes
) -> None:
    """The first challenge of the credential's own sequence, answered by the token, or its first code; judged.

    What fails is noted: another credential's answer will not settle the doubt.
    """
    try:
        if is_plain(spec.login):
            code = conversation.prove(credential_id, "")
            verdict = verify_code(inventory, serial, code, credential_id)
        else:
            challenge = issue_challenge(inventory, serial, credential_id)
            response = conversation.prove(credential_id, challenge.question)
            verdict = answer(inventory, serial, challenge.question, response, credential_id)
    except ResponseFormatError as error:
        proofs.note_failed(inventory, serial, credential_id)
        raise FailedProofError(serial) from error
    if verdict is not Verdict.ACCEPTED:
        proofs.note_failed(inventory, serial, credential_id)
        raise FailedProofError(serial)
