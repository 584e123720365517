"""A simulated token, made from order to proof through the firmware's own factory flow."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dsc.crypto.memory import wipe
from dsc.crypto.ocra import Suite
from dsc.protocol import messages
from dsc.protocol.pin import check_pin
from dsc.protocol.records import KIND_PIN, MODE_SOFT
from host_tools.display.frame import Frame
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory
from host_tools.inventory.errors import InventoryError, ResponseFormatError, UnknownSerialError
from host_tools.inventory.rows import NewCredential, normalised_label
from host_tools.inventory.verify import Verdict, answer, issue_challenge
from host_tools.simulator.folder import TokenFolder, Workbench
from host_tools.station.conversation import Conversation, key_length, wipe_keys
from host_tools.station.errors import (
    FailedProofError,
    LeftInDoubtError,
    NotBlankError,
    SameLabelError,
    WrongKeysError,
)

UNLABELLED: Final = "login"  # what the inventory calls a credential that the token shows by its serial
DEFAULT_SUITE: Final = "OCRA-1:HOTP-SHA256-8:QN06"


@dataclass(frozen=True)
class Order:
    """What a token is to be: `pin` ASCII digits (wiped by `make_token`), `rounds` 0 for the board's default.

    There is one credential for each of `labels`, all with the login suite `suite`; the labels become Unicode's NFC
    form, which the token expects (docs/formats.md).
    """

    serial: str
    pin: bytearray
    suite: str = DEFAULT_SUITE
    labels: tuple[str, ...] = ("",)
    rounds: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(map(normalised_label, self.labels)))

    @property
    def names(self) -> tuple[str, ...]:
        """What the inventory calls the credentials."""
        return tuple(label or UNLABELLED for label in self.labels)


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
        length = key_length(Suite.parse(order.suite).algorithm)
        bench = Workbench(destination, order.serial)
        with open_engine(engine, bench.token.unit(seed=seed)) as running:
            running.power_on()
            look("blank token", running.frame())
            conversation = Conversation(running)
            identity = conversation.identify()
            if identity.vault == messages.VAULT_SEALED:
                raise NotBlankError
            message = _message(order, length)
            try:
                keys = conversation.provision(message)
            finally:
                message.wipe()
            try:
                if len(keys) != len(order.labels) or any(len(key) != length for _, key in keys):
                    raise WrongKeysError(order.serial)
                credentials = [
                    NewCredential(id=credential_id, key=key, login_suite=order.suite, label=name)
                    for (credential_id, key), name in zip(keys, order.names, strict=True)
                ]
                inventory.record_in_doubt(
                    order.serial,
                    board=identity.board,
                    uid=bytes(identity.uid),
                    firmware_version=identity.version,
                    credentials=credentials,
                )
            finally:
                wipe_keys(keys)
            try:
                conversation.commit()
                for credential_id, _ in keys:
                    _prove(inventory, conversation, order.serial, credential_id)
                conversation.reset()
                running.power_off()
                made = bench.finish(identity.board)
                inventory.mark_sealed(order.serial)
                return made
            except BaseException as error:
                _unmake(inventory, bench, order.serial, error)
                raise
    finally:
        wipe(order.pin)
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


def _message(order: Order, length: int) -> messages.Provision:
    wanted = [
        messages.CredentialOrder(KIND_PIN, label, order.suite, key_length=length) for label in order.labels
    ]
    entropy = bytearray(os.urandom(messages.ENTROPY_SIZE))
    return messages.Provision(entropy, MODE_SOFT, 0, order.rounds, order.serial, order.pin, wanted)


def _prove(inventory: Inventory, conversation: Conversation, serial: str, credential_id: bytes) -> None:
    """The first challenge of the credential's own sequence, answered by the token and judged."""
    challenge = issue_challenge(inventory, serial, credential_id)
    response = conversation.prove(credential_id, challenge.question)
    try:
        verdict = answer(inventory, serial, challenge.question, response, credential_id)
    except ResponseFormatError as error:
        raise FailedProofError(serial) from error
    if verdict is not Verdict.ACCEPTED:
        raise FailedProofError(serial)
