"""A simulated token, made from order to proof through the firmware's own factory flow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dsc.protocol.orders import KeySet
from dsc.protocol.pin import check_pin
from dsc.protocol.plain import is_plain
from host_tools.display.frame import Frame
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory
from host_tools.inventory.errors import InventoryError, ResponseFormatError, UnknownSerialError
from host_tools.inventory.plain_codes import verify_code
from host_tools.inventory.rows import NewCredential
from host_tools.inventory.verify import Verdict, answer, issue_challenge
from host_tools.simulator.folder import BOARDS, TokenFolder, Workbench
from host_tools.station.conversation import Conversation, wipe_keys
from host_tools.station.errors import (
    FailedProofError,
    LeftInDoubtError,
    SameLabelError,
    WrongKeysError,
)
from host_tools.station.identity import check
from host_tools.station.ordering import (
    DEFAULT_SUITE,
    UNLABELLED,
    VERIFIED,
    CredentialSpec,
    Order,
    key_lengths,
    provision_message,
)

__all__ = ["DEFAULT_SUITE", "UNLABELLED", "CredentialSpec", "Order", "make_token"]


def make_token(
    inventory: Inventory,
    destination: Path,
    order: Order,
    engine: str,
    look: Callable[[str, Frame], None] = lambda name, frame: None,
    seed: int | None = None,
) -> TokenFolder:
    """Provision a blank simulated unit and put it into `destination`; its keys go into the inventory.

    The order of things is DESIGN section 6's: both sides' entropy, recorded in doubt, sealed, proved, restarted.
    If anything fails, the unit is destroyed and its keys are dropped; where that fails too (LeftInDoubtError), or
    this process is killed, the inventory keeps the token in doubt. `seed` fixes the unit's entropy, for tests.
    Raises TokenFolderError, StationError, EngineError, InventoryError, SuiteError, PinError.
    """
    bench = None
    try:
        check_pin(order.pin)  # as the token does, but before anything is started
        if len(set(order.names)) != len(order.names):
            raise SameLabelError(UNLABELLED)
        lengths = [key_lengths(spec) for spec in order.credentials]
        bench = Workbench(destination, order.serial, secure=order.mode == VERIFIED)
        with open_engine(engine, bench.token.unit(seed=seed)) as running:
            running.power_on()
            look("blank token", running.frame())
            conversation = Conversation(running)
            identity = conversation.identify()
            check(identity, BOARDS)
            message = provision_message(order)
            try:
                keys, unlock_secret = conversation.provision(message)
            finally:
                message.wipe()
            try:
                if not _as_ordered(order, lengths, keys, unlock_secret):
                    raise WrongKeysError(order.serial)
                inventory.record_in_doubt(
                    order.serial,
                    board=identity.board,
                    uid=bytes(identity.uid),
                    firmware_version=identity.version,
                    build=identity.build,
                    credentials=[_recorded(*pair) for pair in zip(order.credentials, keys, strict=True)],
                    mode=order.mode,
                    unlock_secret=unlock_secret or None,
                )
            finally:
                wipe_keys(keys, unlock_secret)
            try:
                conversation.commit()
                for spec, each in zip(order.credentials, keys, strict=True):
                    _prove(inventory, conversation, order.serial, spec, bytes(each.id))
                conversation.reset()
                running.power_off()
                made = bench.finish(identity.board)
                inventory.mark_sealed(order.serial)
                return made
            except BaseException as error:
                _unmake(inventory, bench, order.serial, error)
                raise
    finally:
        order.wipe_secrets()
        if bench is not None:
            bench.discard()


def _unmake(inventory: Inventory, bench: Workbench, serial: str, cause: BaseException) -> None:
    """Destroy the unit, and only then drop its keys: no doubt can remain. Raises LeftInDoubtError."""
    try:
        bench.undo()
        inventory.drop_in_doubt(serial)
    except UnknownSerialError:
        return  # `picodsc token forget` was faster
    except (OSError, InventoryError) as error:
        raise LeftInDoubtError(serial, str(cause) or type(cause).__name__) from error


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
    )


def _prove(
    inventory: Inventory, conversation: Conversation, serial: str, spec: CredentialSpec, credential_id: bytes
) -> None:
    """The first challenge of the credential's own sequence, answered by the token, or its first code; judged."""
    try:
        if is_plain(spec.login):
            code = conversation.prove(credential_id, "")
            verdict = verify_code(inventory, serial, code, credential_id)
        else:
            challenge = issue_challenge(inventory, serial, credential_id)
            response = conversation.prove(credential_id, challenge.question)
            verdict = answer(inventory, serial, challenge.question, response, credential_id)
    except ResponseFormatError as error:
        raise FailedProofError(serial) from error
    if verdict is not Verdict.ACCEPTED:
        raise FailedProofError(serial)
