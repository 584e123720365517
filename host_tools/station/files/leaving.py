"""What must hold before a credential's key leaves for somebody else's system; asked before any key is read."""

from __future__ import annotations

from typing import Final

from host_tools.inventory import Credential, Inventory, TokenState
from host_tools.inventory.errors import TokenStateError
from host_tools.inventory.recording import ALARM_ROLE
from host_tools.station.errors import StationError

# A token in doubt may have other keys, or none; one that came back is made blank before anybody has it again.
MAY_LEAVE: Final = (TokenState.SEALED, TokenState.ASSIGNED, TokenState.SHIPPED)


class AlarmKeyError(StationError):
    """The credential has a duress PIN, whose alarm only our own verifier can tell."""

    def __init__(self, serial: str, credential: str) -> None:
        super().__init__(
            f"credential {credential} of token {serial} has a duress PIN, and no other server would tell its alarm "
            "from a wrong PIN: only credentials without one are handed on"
        )
        self.serial = serial
        self.credential = credential


def check_leaving(inventory: Inventory, credential: Credential) -> None:
    """Raises AlarmKeyError, TokenStateError, or what `Inventory.token` does, if the key has to stay."""
    state = inventory.token(credential.serial).state
    if state not in MAY_LEAVE:
        raise TokenStateError(credential.serial, state, MAY_LEAVE)
    with inventory.reading() as session:
        roles = {key.role for key in inventory.credential_row(session, credential).keys}
    if ALARM_ROLE in roles:
        raise AlarmKeyError(credential.serial, credential.name)
