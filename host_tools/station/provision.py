"""One blank unit made a token: identified, given a serial, sealed, proved, restarted, and gone from USB.

Whatever breaks it off, before the unit was recorded nothing has happened but that a serial is kept for it; afterwards
the token is in doubt, until the same unit is seen blank again, or the token answers a challenge (`resolve`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from dsc.protocol import messages
from host_tools.engines.errors import EngineError
from host_tools.inventory import Inventory, Token, TokenState
from host_tools.inventory.errors import InventoryError, TokenStateError, UnknownSerialError
from host_tools.inventory.issuing import allot_serial
from host_tools.inventory.lifecycle import make_blank
from host_tools.inventory.pins import has_letter_pin
from host_tools.inventory.units import tokens_of_unit
from host_tools.simulator.folder import BOARDS
from host_tools.station.conversation import Conversation
from host_tools.station.errors import InDoubtError, StationError, UnitInUseError
from host_tools.station.identity import check
from host_tools.station.ordering import Order, check_order
from host_tools.station.receipt import Firmware, Receipt
from host_tools.station.sealing import NOBODY, Look, Step, seal
from host_tools.station.units import BlankUnit

UNKNOWN_SERIAL = "X"  # stands in an order for the serial that its unit will get


@dataclass(frozen=True)
class Wanted:
    """What a unit is to become: an order, whose serial is that given here or the next of a batch.

    `prefix` is the batch's. Exactly one of the two is given.
    """

    order: Order
    serial: str | None = None
    prefix: str | None = None

    def check(self) -> None:
        """Find out before a unit is touched what would be refused later. Raises as `check_order`, FieldError."""
        check_order(self.order if self.serial is None else replace(self.order, serial=self.serial))


def provision(
    inventory: Inventory,
    unit: BlankUnit,
    wanted: Wanted,
    look: Look = NOBODY,
    *,
    firmware: Firmware = "as the token says",
    on_identity: Callable[[messages.Identity], None] = lambda identity: None,
    on_serial: Callable[[str], None] = lambda serial: None,
) -> Receipt:
    """Make a token of the unit. The order's PIN is overwritten, whatever happens.

    `look` is told each step before it; `on_identity` what the unit says it is, and may raise; `on_serial` its serial.
    Raises UnknownBoardError, NotBlankError, SelfTestError, UnitInUseError, InDoubtError (from when the token was
    recorded; `__cause__` says what broke off), StationError, EngineError, InventoryError, SuiteError, MethodError,
    PinError, MessageError.
    """
    order = wanted.order
    try:
        wanted.check()
        look(Step.IDENTIFY)
        conversation = Conversation(unit)
        identity = conversation.identify()
        check(identity, BOARDS, left_over=True)
        on_identity(identity)
        look(Step.ALLOT)
        uid = bytes(identity.uid)
        blank_again(inventory, uid)
        serial = allot_serial(
            inventory,
            uid,
            board=identity.board,
            firmware_version=identity.version,
            serial=wanted.serial,
            prefix=wanted.prefix,
        )
        on_serial(serial)
        order = replace(order, serial=serial)
        try:
            seal(inventory, conversation, identity, order, look)
            look(Step.SETTLE)
            inventory.mark_sealed(serial)
        except BaseException as error:
            if not _may_be_sealed(inventory, serial):
                raise
            doubt = InDoubtError(serial, str(error) or type(error).__name__)
            if isinstance(error, Exception):
                raise doubt from error
            error.add_note(str(doubt))  # whoever interrupted it is told, and it stays an interruption
            raise
        # It has proved itself. A token that can't be told to restart does so when it loses its power.
        look(Step.RESET)
        with suppress(StationError, EngineError):
            conversation.reset()
        look(Step.LEAVE)
        return Receipt(
            inventory.token(serial),
            tuple(inventory.credentials(serial)),
            firmware,
            has_letter_pin(inventory, serial),
            unit.left(),
            str(inventory.audit_head()),
        )
    finally:
        order.wipe_secrets()


def blank_again(inventory: Inventory, uid: bytes) -> list[Token]:
    """Settle what was in doubt of a unit that is seen blank: it never sealed. Returns the tokens that were.

    Raises UnitInUseError for a unit that is another token already: then its keys were deleted, or its uid is a lie.
    """
    settled = []
    for token in tokens_of_unit(inventory, uid):
        if token.state is TokenState.IN_DOUBT:
            with suppress(TokenStateError):  # another station was faster
                settled.append(make_blank(inventory, token.serial))
        elif token.state not in (TokenState.BLANK, TokenState.DESTROYED):
            raise UnitInUseError(token.serial, token.state.words)
    return settled


def _may_be_sealed(inventory: Inventory, serial: str) -> bool:
    """Whether the token is in doubt; also if the inventory can't tell any more."""
    try:
        return inventory.token(serial).state is TokenState.IN_DOUBT
    except UnknownSerialError:
        return False
    except InventoryError:
        return True
