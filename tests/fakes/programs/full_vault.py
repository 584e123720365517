"""The firmware with a vault that has no room left for a counter."""

from dsc.vault.errors import VaultFullError
from dsc.vault.store import Vault
from simulated import main


def advance_counter(vault, credential_id):
    """What the log raises when its last page is written."""
    raise VaultFullError(256, 0)


Vault.advance_counter = advance_counter
main.run()
