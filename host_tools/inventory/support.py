"""What the service tells the user of a token: the answer that confirms a PIN change, and unlock codes."""

from __future__ import annotations

from dsc.crypto.memory import wipe
from dsc.protocol.confirm import confirmation
from dsc.protocol.unlock import unlock_code
from host_tools.inventory.errors import NoAlarmError
from host_tools.inventory.judging import keys_of
from host_tools.inventory.store import Inventory


def confirm_pin_change(
    inventory: Inventory,
    serial: str,
    number: str,
    credential_id: bytes | str | None = None,
    *,
    alarm: bool = False,
) -> str:
    """The 8 digits that confirm a PIN change on the token that shows this 8-digit number.

    `alarm` is for a session that the alarm key opened: all that it is told comes of that key. Who may be told, and how
    often, is for the caller to see to. Raises QuestionError (another number), NoAlarmError, UnwrapError, and what
    `Inventory.credential` raises.
    """
    credential = inventory.credential(serial, credential_id)
    with keys_of(inventory, credential) as keys:
        key = keys.alarm if alarm else keys.real
        if key is None:
            raise NoAlarmError(credential.name)
        return confirmation(key, serial, number)


def code_to_unlock(inventory: Inventory, serial: str, n: int) -> bytearray:
    """The token's n-th unlock code, 16 ASCII digits; `n` is what its screen shows. The caller wipes it.

    Raises UnknownSerialError, NoUnlockError, UnwrapError, and UnlockError for a number that there is not.
    """
    secret = inventory.unlock_secret(serial)
    try:
        return unlock_code(secret, serial, n)
    finally:
        wipe(secret)
