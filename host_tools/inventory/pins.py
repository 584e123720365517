"""A PIN that the station chose or was ordered: kept under the master key for as long as somebody still needs it.

A random PIN is kept from before its token seals until its letter is made, or the token is no more; an ordered one until
its token has sealed. Then it is gone, and the audit log says so.
"""

from __future__ import annotations

from collections.abc import Callable

from dsc.crypto.memory import wipe
from host_tools.inventory.custody import Place, WrappedKey
from host_tools.inventory.errors import NoPinError
from host_tools.inventory.recording import LETTER_PIN_ROLE
from host_tools.inventory.schema import TokenRow, TokenSecretRow
from host_tools.inventory.states import KEYLESS, TokenState
from host_tools.inventory.store import Inventory
from host_tools.inventory.token_rows import token_row


def has_letter_pin(inventory: Inventory, serial: str) -> bool:
    """Whether a letter with this token's PIN can still be made. Raises UnknownSerialError."""
    with inventory.reading() as session:
        return _kept(token_row(session, serial)) is not None


def hand_over_letter_pin(inventory: Inventory, serial: str, make: Callable[[bytearray], None]) -> None:
    """Give the PIN (ASCII digits, wiped afterwards) to `make`, and forget it when `make` has returned.

    `make` puts the letter where it stays. If it fails, or this process is killed before the end, the PIN is still here.
    Raises UnknownSerialError, NoPinError (the letter was made, or there never was one to make), UnwrapError.
    """
    with inventory.writing() as session:
        row = token_row(session, serial)
        kept = _kept(row)
        if kept is None or row.state in KEYLESS | {TokenState.IN_DOUBT}:
            raise NoPinError(serial)
        wrapped = WrappedKey(kept.key_version, kept.nonce, kept.ciphertext)
        pin = inventory.custody.unwrap(wrapped, Place(row.serial, b"", LETTER_PIN_ROLE))
        try:
            make(pin)
        finally:
            wipe(pin)
        row.secrets.remove(kept)
        inventory.note(session, "letter made, PIN forgotten", serial)
    inventory.empty_log()


def _kept(row: TokenRow) -> TokenSecretRow | None:
    return next((secret for secret in row.secrets if secret.role == LETTER_PIN_ROLE), None)
