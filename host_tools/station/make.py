"""A simulated token, made from order to proof through the firmware's own factory flow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from host_tools.display.frame import Frame
from host_tools.engines.open import open_engine
from host_tools.inventory import Inventory
from host_tools.inventory.errors import InventoryError, UnknownSerialError
from host_tools.simulator.folder import BOARDS, TokenFolder, Workbench
from host_tools.station.conversation import Conversation
from host_tools.station.errors import LeftInDoubtError
from host_tools.station.identity import check
from host_tools.station.ordering import (
    DEFAULT_SUITE,
    UNLABELLED,
    VERIFIED,
    CredentialSpec,
    Order,
    check_order,
)
from host_tools.station.sealing import Step, seal

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
        check_order(order)
        bench = Workbench(destination, order.serial, secure=order.mode == VERIFIED)
        with open_engine(engine, bench.token.unit(seed=seed)) as running:
            running.power_on()
            look("blank token", running.frame())
            conversation = Conversation(running)
            identity = conversation.identify()
            check(identity, BOARDS)
            recorded = False

            def look_for_doubt(step: Step) -> None:
                nonlocal recorded
                recorded = recorded or step is Step.SEAL

            try:
                seal(inventory, conversation, identity, order, look_for_doubt)
                conversation.reset()
                running.power_off()
                made = bench.finish(identity.board)
                inventory.mark_sealed(order.serial)
                return made
            except BaseException as error:
                if recorded:
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
